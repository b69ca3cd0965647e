import type { Approver } from '../api/objects.ts'
import { isValidKey } from '../policy/approvals/bind.ts'
import type { Key } from './registration.ts'

/** An Approver who can sign on this page. */
export interface Signer {
  readonly name: string
  readonly usernames: readonly string[]
  /** Passkeys for this origin that are valid now; at least one. */
  readonly keys: readonly Key[]
}

/** The relying party of pages on this machine. */
export const RP_ID = 'localhost'

/** Everybody whose passkey was made for this page and counts now, in order of name. */
export const signersHere = (approvers: readonly Approver[], origin: string, now: Date): readonly Signer[] =>
  approvers
    .map(({ metadata, spec }) => ({
      name: metadata.name,
      usernames: spec.usernames ?? [],
      keys: spec.keys.filter((key) => isHere(key, origin) && isValidKey(key, now.getTime(), now.getTime())),
    }))
    .filter(({ keys }) => keys.length > 0)

const isHere = (key: Key, origin: string): boolean =>
  key.type === 'webauthn' &&
  key.credentialId !== undefined &&
  key.rpId === RP_ID &&
  key.origins?.includes(origin) === true
