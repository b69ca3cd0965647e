import type { Approver } from '../api/objects.ts'
import { plainName } from '../review/text.ts'
import { readKey } from '../signing/keys.ts'
import { html } from './html.ts'
import type { Page, Site } from './layout.ts'
import type { Key } from './registration.ts'
import { signersHere } from './signers.ts'

/** Who can sign here, and how to become one of them. */
export function passkeysPage(site: Site, approvers: readonly Approver[], origin: string, now: Date): Page {
  const signers = signersHere(approvers, origin, now)
  const mine = approvers.find(({ spec }) => spec.usernames?.includes(site.username) === true)
  return {
    title: 'Passkeys',
    part: 'passkeys',
    summary: null,
    content: html`<h1 id="title" tabindex="-1">Passkeys</h1>
      <p>
        A passkey of this device signs decisions on this page, at <code>${origin}</code> and nowhere else. It counts
        once an administrator has confirmed that it is yours.
      </p>
      <h2>Confirmed for this page</h2>
      ${
        signers.length === 0
          ? html`<p>None yet.</p>`
          : html`<ul>
              ${signers.flatMap(({ name, keys }) => keys.map((key) => html`<li>${plainName(name)} <code>${fingerprintOf(key)}</code></li>`))}
            </ul>`
      }
      <h2>Enrol a passkey</h2>
      <form data-act="enrol" data-path="${site.base}/passkeys">
        <label
          >Name of the Approver
          <input
            id="approver"
            name="approver"
            required
            maxlength="63"
            pattern="[a-z0-9]([-a-z0-9.]*[a-z0-9])?"
            autocomplete="off"
            spellcheck="false"
            value="${mine?.metadata.name ?? ''}"
        /></label>
        <p class="faint">Lower-case letters, digits and dashes, as in <code>kubectl get approvers</code>.</p>
        <p><button id="make">Make a passkey</button></p>
      </form>`,
  }
}

export const fingerprintOf = (key: Key): string => {
  const read = readKey(key)
  return read.ok ? read.value.keyid : 'a key that cannot be read'
}

/** A passkey that was just made, and how it comes to count. */
export interface Made {
  readonly id: string
  readonly approver: string
  readonly key: Key
  /** What an administrator types. */
  readonly command: string
  readonly mayConfirm: boolean
  readonly isConfirmed: boolean
}

export function madePage(site: Site, made: Made): Page {
  return {
    title: 'Passkey made',
    part: 'passkeys',
    summary: made.isConfirmed ? 'The passkey is confirmed.' : 'The passkey waits for an administrator.',
    content: html`<h1 id="title" tabindex="-1">A passkey for ${plainName(made.approver)}</h1>
      <p>Its fingerprint is <code>${fingerprintOf(made.key)}</code>.</p>
      <div id="confirm" data-live="part">
        ${
          made.isConfirmed
            ? html`<p><strong>It is confirmed</strong>: <a id="queue" href="${site.base}/">sign with it</a>.</p>`
            : html`<p>
                  <strong>It does not count yet.</strong> Read the fingerprint to an administrator, by a way that nobody
                  else can write on, and give them this:
                </p>
                <pre tabindex="0" aria-label="Command for an administrator">${made.command}</pre>
                ${
                  made.mayConfirm
                    ? html`<form data-act="confirm" data-path="${site.base}/passkeys/${made.id}/confirm">
                        <p>You may write Approvers yourself, as ${plainName(site.username)}.</p>
                        <p><button id="confirm-key">Confirm it with my own rights</button></p>
                      </form>`
                    : null
                }`
        }
      </div>`,
  }
}
