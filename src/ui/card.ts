import type { ApprovalRequest } from '../api/objects.ts'
import type { People, Standing, State } from '../policy/approvals/standing.ts'
import { isOver } from '../review/over.ts'
import { plainName, shortened } from '../review/text.ts'
import type { Line, Section, View } from '../review/view.ts'
import { actTitle, brokenDigests, viewOf } from '../review/view.ts'
import { canonical, sha256Hex } from '../signing/canonical.ts'
import type { Html } from './html.ts'
import { html } from './html.ts'
import type { Page, Site } from './layout.ts'
import type { Signer } from './signers.ts'
import { signersHere } from './signers.ts'
import { badge } from './rows.ts'
import { shown } from './text.ts'
import { when } from './time.ts'

type Act = ApprovalRequest['spec']['acts'][number]

/** What is shown beside the request itself. */
export interface Sight {
  readonly standing: Standing
  readonly people: People
  /** Where passkeys sign. */
  readonly origin: string
  readonly now: Date
}

/**
 * Digest of everything about a request that a person was shown and is asked to sign: it must still be that when they
 * sign.
 */
export const seenOf = ({ metadata, spec }: ApprovalRequest): string => {
  const { cluster, agent, acts, ordered, review, required, expiresAt } = spec
  const uid = metadata.uid ?? ''
  return sha256Hex(canonical({ uid, cluster, agent, acts, ordered, review, required, expiresAt }))
}

/** One request: what would happen and to what, then the rest, and the two buttons, which are always in sight. */
export function cardPage(site: Site, request: ApprovalRequest, sight: Sight): Page {
  const view = viewOf(request, sight.standing, sight.now)
  return {
    title: `${view.class} ${request.metadata.name}`,
    part: 'queue',
    summary: `${request.metadata.name} is ${STATE_WORDS[view.state]}.`,
    content: html`<div id="head" data-live="part">
        <p class="badges">
          ${badge(view.class)}${view.state === 'Pending' ? null : badge(view.state)}<span
            >${Date.parse(request.spec.expiresAt) > sight.now.getTime() ? 'expires' : 'expired'}
            ${when(request.spec.expiresAt, sight.now)}</span
          ><span>asked by ${shown(plainName(request.spec.agent))}</span>
        </p>
      </div>
      ${headOf(request, view)}
      <div id="sections" data-live="part" data-version="${versionOf(sight.standing)}">${sectionsOf(request, view)}</div>
      ${decideOf(site, request, sight)}`,
  }
}

/** Changes with what is said, and not with the time: what is open, selected or focused stays so. */
const versionOf = ({ state, signed }: Standing): string => [state, ...signed].join(' ')

const STATE_WORDS: Readonly<Record<State, string>> = {
  Pending: 'waiting for signatures',
  Approved: 'approved',
  Denied: 'denied',
  Expired: 'expired',
  Used: 'used: the act was let through',
  Recommended: 'a recommendation: no signature opens it',
}

/** What the first look must take in: the act, its object, and what obstat found it does. */
function headOf({ spec }: ApprovalRequest, view: View): Html {
  const [act, ...others] = spec.acts
  const why = view.sections.find(({ id }) => id === 'why')?.lines ?? []
  return html`<div class="what ${view.class}">
    <h1 id="title" tabindex="-1">
      ${
        act === undefined || others.length > 0
          ? html`<span class="verb">A plan of ${spec.acts.length} acts</span> <span>${shown(view.summary)}</span>`
          : titleOf(act)
      }
    </h1>
    <ul>
      ${why.map(({ text }) => html`<li>${shown(text)}</li>`)}
    </ul>
  </div>`
}

function titleOf(act: Act): Html {
  const resource = `${act.resource}${act.group === '' ? '' : `.${act.group}`}${act.subresource === '' ? '' : `/${act.subresource}`}`
  const name = act.name === '' ? `${act.generateName ?? ''}*` : act.name
  return html`<span class="verb">${plainName(`${act.operation} ${resource}`)}</span>
    <span>${shown(plainName(shortened(name, 253)))}</span>
    <span class="verb"
      >${act.namespace === '' ? 'cluster-scoped' : html`in namespace ${shown(plainName(act.namespace))}`}</span
    >`
}

/** The exact act of a request of one is its title already. */
const isTitle = ({ spec }: ApprovalRequest, { text }: Line): boolean =>
  spec.acts.length === 1 && spec.acts.some((act) => actTitle(act) === text)

function sectionsOf(request: ApprovalRequest, view: View): Html {
  const rest = ORDER.flatMap((id) => view.sections.filter((section) => section.id === id)).map((section) => ({
    ...section,
    lines: section.lines.filter((line) => !isTitle(request, line)),
  }))
  const details = rest.flatMap(({ lines }) => lines.filter(isDetail))
  const plainly = rest.map((section) => ({ ...section, lines: section.lines.filter((line) => !isDetail(line)) }))
  return html`${plainly.filter(({ lines }) => lines.length > 0).map(sectionOf)}
    <details id="proof">
      <summary>To check by hand</summary>
      ${linesOf([{ label: 'request', text: view.id, mark: 'detail' }, ...details])}
    </details>`
}

/** What is lost stands next to the title; a long change would push it out of sight. `why` is with the title. */
const ORDER: readonly Section['id'][] = ['warnings', 'impact', 'act', 'who', 'claims', 'signatures', 'proof']

const isDetail = ({ mark }: Line): boolean => mark === 'detail'

const sectionOf = ({ id, title, lines }: Section): Html =>
  html`<section aria-labelledby="about-${id}">
    <h2 id="about-${id}">${title}</h2>
    ${linesOf(lines)}
  </section>`

const linesOf = (lines: readonly Line[]): Html =>
  html`<dl class="lines">
    ${lines.map(
      ({ label, text, mark }) =>
        html`<dt>${label}</dt>
          <dd class="line-${mark}">${shown(text)}</dd>`,
    )}
  </dl>`

/** The buttons, or why there are none. */
function decideOf(site: Site, request: ApprovalRequest, sight: Sight): Html {
  const { name } = request.metadata
  const { standing, people, origin, now } = sight
  const signers = signersHere(people.approvers, origin, now)
  const signed = new Set(standing.signed.flatMap((names) => names.split(' and ')))
  const fresh = signers.filter((signer) => !signed.has(signer.name))
  const isSound = brokenDigests(request).length === 0
  const offers = (['Deny', 'Approve'] as const)
    .filter((decision) => isSound && !isOver(standing.state, decision))
    .filter((decision) => decision === 'Deny' || fresh.length > 0 || signers.length === 0)
  const version = [versionOf(standing), ...signers.map((signer) => signer.name)].join(' ')
  const words = [wordsOf(standing), offers.length > 0 && signers.length === 0 ? NO_PASSKEY : ''].filter(
    (one) => one !== '',
  )
  return html`<form
    class="decide"
    id="decide"
    data-live="part"
    data-version="${version}"
    data-act="decide"
    data-path="${site.base}/requests/${name}"
    data-seen="${seenOf(request)}"
    aria-label="Decide"
  >
    ${words.map((one) => html`<p>${one}</p>`)}${signers.length === 0 && offers.length > 0 ? html`<p><a id="enrol" href="${site.base}/passkeys">Enrol a passkey</a></p>` : null}
    ${offers.length > 0 && signers.length > 0 ? askOf(site, signers) : null}
    ${
      offers.length === 0
        ? null
        : html`<div class="buttons">
            ${offers.map(
              (decision) =>
                html`<button
                  id="${decision.toLowerCase()}"
                  class="${decision.toLowerCase()}"
                  value="${decision}"
                  ${signers.length === 0 ? html` disabled` : null}
                >
                  ${decision}
                </button>`,
            )}
          </div>`
    }
  </form>`
}

const NO_PASSKEY =
  'No passkey of this page is confirmed yet, so nothing can be signed here. kubectl obstat approve signs with an SSH key.'

function askOf(site: Site, signers: readonly Signer[]): Html {
  const mine = signers.find(({ usernames }) => usernames.includes(site.username)) ?? signers[0]
  return html`<div class="who">
    <label>Reason, which you sign <input id="reason" name="reason" maxlength="500" autocomplete="off" /></label>${
      signers.length === 1
        ? html`<input type="hidden" name="approver" value="${mine?.name ?? ''}" />`
        : html`<label
            >Sign as
            <select id="approver" name="approver">
              ${signers.map(
                ({ name }) =>
                  html`<option value="${name}" ${name === mine?.name ? html` selected` : null}>${name}</option>`,
              )}
            </select></label
          >`
    }
  </div>`
}

function wordsOf({ state, signed }: Standing): string {
  const by = signed.map(plainName).join(', ')
  switch (state) {
    case 'Pending':
      return signed.length === 0 ? '' : `Signed by ${by}; more must sign.`
    case 'Approved':
      return `Approved by ${by}. The agent may repeat its request now; it goes through once.`
    case 'Denied':
      return 'Denied. It stays so until the request expires.'
    case 'Expired':
      return 'Expired without enough signatures: that is a refusal. The agent can ask again.'
    case 'Used':
      return 'Used: the act was let through, once.'
    case 'Recommended':
      return 'A recommendation: no signature opens it in this trust phase of the agent. Carry it out yourself, or leave it.'
  }
}
