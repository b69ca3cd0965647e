/**
 * Which check an envelope or a signature failed. A closed set, so that it can be a label.
 *
 * `Envelope`, `Limit`: the envelope itself. `NoKey`: no Approver has a usable key. `OtherKey`, `Format`, `Algorithm`,
 * `Namespace`, `Hash`, `Presence`, `Verification`, `Backup`, `RpId`, `Origin`, `CrossOrigin`, `ClientType`,
 * `Challenge`, `Range`, `Signature`: a signature. `Statement`, `Digest`: what was signed, after a signature verified.
 */
export type Check =
  | 'Envelope'
  | 'Limit'
  | 'NoKey'
  | 'OtherKey'
  | 'Format'
  | 'Algorithm'
  | 'Namespace'
  | 'Hash'
  | 'Presence'
  | 'Verification'
  | 'Backup'
  | 'RpId'
  | 'Origin'
  | 'CrossOrigin'
  | 'ClientType'
  | 'Challenge'
  | 'Range'
  | 'Signature'
  | 'Statement'
  | 'Digest'

export interface Failure {
  readonly ok: false
  readonly check: Check
  /** `expected X, got Y`, without a byte of what was signed. */
  readonly message: string
}

/** The answer of a verification. */
export type Verified = { readonly ok: true } | Failure

/** Is `signature` one over `message`? */
export type Verify = (message: Uint8Array, signature: Uint8Array) => Verified

/** A value that was read out of a signature, or why it could not be. */
export type Checked<T> = { readonly ok: true; readonly value: T } | Failure

export const VERIFIED: Verified = Object.freeze({ ok: true })

export const failed = (check: Check, message: string): Failure => ({ ok: false, check, message })

export const checked = <T>(value: T): Checked<T> => ({ ok: true, value })
