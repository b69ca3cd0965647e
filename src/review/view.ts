import type { Json, JsonObject } from '../api/json.ts'
import { entries } from '../api/json.ts'
import type { ApprovalRequest } from '../api/objects.ts'
import type { Standing, State } from '../policy/approvals/standing.ts'
import { impactLines } from '../policy/impact/impact.ts'
import { intentSha256 } from '../signing/act.ts'
import { canonical, sha256Hex } from '../signing/canonical.ts'
import { changeLines } from './change.ts'
import { formatDuration } from './duration.ts'
import { plain, plainName, shortened } from './text.ts'

/**
 * How a line is to be seen, beside what it says: `loss` is gone or out of service, `unknown` could not be read, `claim`
 * is somebody's word and not proved, `added`, `removed` and `changed` are a change, `detail` is for those who check.
 */
export type Mark =
  'plain' | 'loss' | 'unknown' | 'warning' | 'claim' | 'added' | 'removed' | 'changed' | 'good' | 'detail'

/** One line of the card. Both texts are already fit for a terminal (see `plain`); a page still escapes HTML. */
export interface Line {
  /** What it is about, in a word or two; '' goes on from the line above. */
  readonly label: string
  readonly text: string
  readonly mark: Mark
}

export const SECTIONS = ['warnings', 'act', 'impact', 'why', 'who', 'claims', 'signatures', 'proof'] as const

export interface Section {
  readonly id: (typeof SECTIONS)[number]
  readonly title: string
  /** Never empty: a section without lines is left out. */
  readonly lines: readonly Line[]
}

/** What a person reads before they sign, in the order in which it matters: the same on the terminal and on the page. */
export interface View {
  readonly id: string
  readonly class: ApprovalRequest['spec']['review']['class']
  readonly state: State
  /** The act in one line. */
  readonly summary: string
  readonly sections: readonly Section[]
}

type Act = ApprovalRequest['spec']['acts'][number]
type Review = ApprovalRequest['spec']['review']

/** The card of a request: acts first, since they are what is signed. Everything in it is escaped and cut. */
export function viewOf(request: ApprovalRequest, standing: Standing, now: Date): View {
  const { spec, metadata } = request
  const { review } = spec
  const sections: readonly Section[] = [
    { id: 'warnings', title: 'Look out', lines: warnings(request, standing) },
    { id: 'act', title: 'What', lines: [...actsOf(spec), ...orderOf(spec)] },
    { id: 'impact', title: 'What hangs on it', lines: impactOf(review.impact) },
    { id: 'why', title: 'Why it was held', lines: findingsOf(review) },
    { id: 'who', title: 'Who asked', lines: requesterOf(spec) },
    { id: 'claims', title: 'What the agent says, not proved', lines: claimsOf(review.claims) },
    { id: 'signatures', title: 'Signatures', lines: signaturesOf(spec, standing, now) },
    { id: 'proof', title: 'To check', lines: proofOf(review) },
  ]
  return {
    id: plainName(metadata.name),
    class: review.class,
    state: standing.state,
    summary: shortened(plain(review.summary), 300),
    sections: sections.filter(({ lines }) => lines.length > 0),
  }
}

/** Indexes of the acts whose digest is not that of the act: somebody or something altered the request. */
export const brokenDigests = ({ spec }: Pick<ApprovalRequest, 'spec'>): readonly number[] =>
  spec.acts.flatMap(({ intentSha256: digest, ...act }, index) => (intentSha256(act) === digest ? [] : [index]))

const line = (label: string, said: string, mark: Mark = 'plain'): Line => ({ label, text: said, mark })

/** Longest text of one line; what is cut off is digested. */
const MOST = 1000
const said = (label: string, value: string, mark: Mark = 'plain'): Line =>
  line(label, plain(shortened(value, MOST)), mark)

function warnings(request: ApprovalRequest, standing: Standing): readonly Line[] {
  const broken = brokenDigests(request).map((act) =>
    line('WARNING', `the digest of act ${act + 1} is not that of the act; do not sign`, 'warning'),
  )
  const recommended =
    standing.state === 'Recommended'
      ? [
          line(
            'NOTE',
            'a recommendation: no signature opens it in this trust phase. Carry it out yourself, or leave it.',
            'warning',
          ),
        ]
      : []
  return [...broken, ...recommended]
}

/** `UPDATE deployments.apps/scale "cart" in namespace shop`. */
export function actTitle(act: Act): string {
  const resource = act.group === '' ? act.resource : `${act.resource}.${act.group}`
  const name = act.name === '' ? `${act.generateName ?? ''}*` : act.name
  const where = act.namespace === '' ? 'cluster-scoped' : `in namespace ${act.namespace}`
  const subresource = act.subresource === '' ? '' : `/${act.subresource}`
  return plainName(`${act.operation} ${resource}${subresource} "${shortened(name, 253)}" ${where}`)
}

/** Acts of a plan that the card shows whole. */
const MAX_ACTS = 20

const actsOf = ({ acts }: ApprovalRequest['spec']): readonly Line[] => [
  ...acts.slice(0, MAX_ACTS).flatMap((act, index) => actLines(act, acts.length > 1 ? `act ${index + 1}` : 'act')),
  ...(acts.length > MAX_ACTS
    ? [line('WARNING', `${acts.length - MAX_ACTS} acts more, not shown here: obstat show -o yaml`, 'warning')]
    : []),
]

const actLines = (act: Act, label: string): readonly Line[] => [
  line(label, actTitle(act)),
  ...(act.uid === '' ? [] : [line('', `uid ${plainName(act.uid)}`, 'detail')]),
  ...(Object.keys(act.options).length === 0
    ? []
    : [line('', `with ${plain(shortened(canonical(act.options), MOST))}`)]),
  ...changeLines(act).map(({ mark, text: changed }) => line('', changed, mark)),
  line('', `sha256 ${plainName(act.intentSha256)}`, 'detail'),
]

const orderOf = ({ acts, ordered }: ApprovalRequest['spec']): readonly Line[] =>
  acts.length > 1 ? [line('order', ordered ? 'one after the other' : 'any')] : []

/** What hangs on the object, by a stored or a fresh impact. */
export function impactOf(impact: Json): readonly Line[] {
  const lines = impactLines(impact).map(({ about, mark, what }) =>
    said(plainName(about), what, mark === 'note' ? 'plain' : mark),
  )
  return lines.length > 0 ? lines : [line('impact', 'was not read: judge by the act alone', 'unknown')]
}

/** What makes an act worse than its verb, and by which rule. */
export const findingsOf = ({ findings }: Pick<Review, 'findings'>): readonly Line[] =>
  findings.flatMap(({ rule, raises, what }) => [said('found', what), line('', `[${plainName(rule)}: ${raises}]`)])

function requesterOf({ agent, review }: ApprovalRequest['spec']): readonly Line[] {
  const { username, pod, job } = review.requester
  return [
    line('agent', plainName(shortened(agent, 253))),
    line('asked by', plainName(shortened(username, 253))),
    ...(pod === undefined ? [] : [line('pod', plainName(shortened(pod, 253)))]),
    ...(job === undefined ? [] : [line('Job', plainName(shortened(job, 253)))]),
  ]
}

const claimsOf = (claims: JsonObject): readonly Line[] =>
  entries(claims).map(([key, value]) =>
    said(`says ${plainName(shortened(key, 40))}`, typeof value === 'string' ? value : canonical(value), 'claim'),
  )

function signaturesOf(spec: ApprovalRequest['spec'], standing: Standing, now: Date): readonly Line[] {
  const { signed, needsPresence } = standing
  return [
    line('needs', needsOf(standing)),
    ...(needsPresence
      ? [line('', 'a security key or a passkey that somebody touches: no other signature counts', 'warning')]
      : []),
    line(
      'signed',
      signed.length === 0 ? 'nobody yet' : signed.map(plainName).join(', '),
      signed.length > 0 ? 'good' : 'plain',
    ),
    line('expires', expiry(spec.expiresAt, now)),
  ]
}

function needsOf({ count, missingRoles, signed }: Standing): string {
  const people = count === 1 ? '1 person' : `${count} people`
  const rest = missingRoles.length === 0 ? '' : `, still of role ${missingRoles.map(plainName).join(', ')}`
  return `${people}, ${Math.min(signed.length, count)} signed${rest}`
}

function expiry(expiresAt: string, now: Date): string {
  const ms = Date.parse(expiresAt) - now.getTime()
  const at = plainName(expiresAt)
  return ms > 0 ? `in ${formatDuration(ms)} (${at})` : `${formatDuration(-ms)} ago (${at})`
}

const proofOf = (review: Review): readonly Line[] => [
  line('review', `sha256 ${sha256Hex(canonical(review))}`, 'detail'),
]
