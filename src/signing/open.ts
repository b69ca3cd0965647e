import type { Json } from '../api/json.ts'
import type { Issue } from '../api/result.ts'
import type { Envelope, EnvelopeSignature } from './envelope.ts'
import { pae, parseEnvelope } from './envelope.ts'
import type { KeyRecord, PublicKey } from './keys.ts'
import { readKey } from './keys.ts'
import type { Statement } from './statement.ts'
import { parseStatement, WRONG_DIGEST } from './statement.ts'
import type { Check, Failure } from './verified.ts'
import { failed } from './verified.ts'

/** The keys of one Approver, by its name. */
export interface ApproverKeys {
  readonly approver: string
  readonly keys: readonly KeyRecord[]
}

/**
 * A key record that verified a signature of an envelope. Whether it is valid and may sign is for the caller to judge.
 */
export interface Signer {
  readonly approver: string
  readonly key: KeyRecord
  /** See PublicKey. */
  readonly identity: string
}

/** Keys that were read once, for many envelopes. Records that can't be read are left out: they verify nothing. */
export interface Keyring {
  readonly entries: readonly KeyringEntry[]
}
export interface KeyringEntry extends Signer {
  readonly publicKey: PublicKey
}

export type Opened =
  | {
      readonly ok: true
      readonly statement: Statement
      readonly payload: Uint8Array
      /** At least one; each key record of each Approver at most once. */
      readonly signers: readonly Signer[]
      readonly verifications: number
    }
  | (Failure & { readonly verifications: number })

/** Verifications that one review may cost (APPROVALS section 3), over all its envelopes. */
export const MAX_VERIFICATIONS = 1024

export const readKeyring = (approvers: readonly ApproverKeys[]): Keyring => ({
  entries: approvers.flatMap(({ approver, keys }) =>
    keys.flatMap((key) => {
      const read = readKey(key)
      return read.ok ? [{ approver, key, publicKey: read.value, identity: read.value.identity }] : []
    }),
  ),
})

/** As openWithKeyring, for one envelope alone. */
export const openEnvelope = (envelope: Json, approvers: readonly ApproverKeys[]): Opened =>
  openWithKeyring(envelope, readKeyring(approvers), MAX_VERIFICATIONS)

/**
 * Verifies an envelope and then, and only then, reads what was signed. One signature that verifies is enough here;
 * `signers` says whose did. A `keyid` that some key has selects the keys that are tried; without one, or with an
 * unknown one, all are. The caller subtracts `verifications` from the limit that it gives for the next envelope.
 */
export function openWithKeyring(envelope: Json, keyring: Keyring, limit: number): Opened {
  const parsed = parseEnvelope(envelope)
  if (!parsed.ok) return { ...failed('Envelope', describe(parsed.issues)), verifications: 0 }
  const { payload } = parsed.value
  const tried = verifyAll(parsed.value, keyring, limit)
  const { verifications } = tried
  if (tried.failure !== null) return { ...tried.failure, verifications }
  const statement = parseStatement(payload)
  if (!statement.ok) return { ...failed(statementCheck(statement.issues), describe(statement.issues)), verifications }
  return { ok: true, statement: statement.value, payload, signers: tried.signers, verifications }
}

interface Tried {
  readonly signers: readonly Signer[]
  readonly verifications: number
  /** Why nothing counts; null when at least one signature verified. */
  readonly failure: Failure | null
}

function verifyAll({ payload, signatures }: Envelope, keyring: Keyring, limit: number): Tried {
  const message = pae(payload)
  const pairs = signatures.flatMap((signature) => selected(signature, keyring).map((entry) => ({ entry, signature })))
  if (pairs.length === 0) return refusal(failed('NoKey', 'no Approver has a key that can be read'), 0)
  if (pairs.length > limit) return refusal(failed('Limit', `expected at most ${limit} verifications`), 0)
  const verified = new Set<KeyringEntry>()
  const failures: Failure[] = []
  for (const { entry, signature } of pairs) {
    const result = entry.publicKey.verify(message, signature.sig)
    if (result.ok) verified.add(entry)
    else failures.push(result)
  }
  if (verified.size === 0) return refusal(mostTelling(failures), pairs.length)
  const signers = [...verified].map(({ approver, key, identity }) => ({ approver, key, identity }))
  return { signers, verifications: pairs.length, failure: null }
}

const refusal = (failure: Failure, verifications: number): Tried => ({ signers: [], verifications, failure })

function selected({ keyid }: EnvelopeSignature, { entries }: Keyring): readonly KeyringEntry[] {
  const named = entries.filter(({ publicKey }) => publicKey.keyid === keyid)
  return named.length > 0 ? named : entries
}

/** Failures that only say that a signature is not by this key tell less than all others, in this order. */
const LEAST_TELLING: readonly Check[] = ['OtherKey', 'Format', 'Signature']

function mostTelling(failures: readonly Failure[]): Failure {
  const rank = ({ check }: Failure): number => {
    const at = LEAST_TELLING.indexOf(check)
    return at < 0 ? LEAST_TELLING.length : at
  }
  return failures.reduce((best, one) => (rank(one) > rank(best) ? one : best))
}

const statementCheck = (issues: readonly Issue[]): Check =>
  issues.every(({ message }) => message === WRONG_DIGEST) ? 'Digest' : 'Statement'

const describe = (issues: readonly Issue[]): string =>
  issues.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; ')
