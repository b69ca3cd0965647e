import type { Json } from '../api/json.ts'
import { field, isObject, text } from '../api/json.ts'
import type { Approver } from '../api/objects.ts'
import type { Result } from '../api/result.ts'
import { issue, ok } from '../api/result.ts'
import { base64urlBytes } from '../signing/base64.ts'
import { sha256 } from '../signing/canonical.ts'
import { readJsonBytes } from '../signing/json.ts'
import { readKey } from '../signing/keys.ts'
import { AT, ED, EDDSA_HEAD, ES256_HEAD, UP, UV } from '../signing/webauthn.ts'

export type Key = Approver['spec']['keys'][number]

/** What a new passkey is made for. */
export interface Asked {
  readonly rpId: string
  readonly origin: string
  /** base64url. */
  readonly challenge: string
}

const NEEDED = UP | UV | AT

/** rpIdHash, flags, signCount, aaguid; then two bytes of length and the credential's id (section 6.5.1). */
const ID_LENGTH_AT = 37 + 16

/** COSE keys have one canonical form, so their beginning tells their length. */
const COSE_BYTES: ReadonlyMap<string, number> = new Map([
  [ES256_HEAD, 77],
  [EDDSA_HEAD, 42],
])
const COSE_HEAD_BYTES = 10

/**
 * The key record of a passkey that the browser has just made (WebAuthn Level 3, section 7.1; attestation is not asked
 * for: who the key belongs to is confirmed by a person). The browser controls the bytes.
 */
export function readRegistration(asked: Asked, answer: Json): Result<Key> {
  const client = base64urlBytes(text(answer, 'clientDataJSON'))
  const data = base64urlBytes(text(answer, 'authenticatorData'))
  if (client === undefined || data === undefined) return issue('', 'expected clientDataJSON and authenticatorData')
  const wrong = checkClient(asked, client)
  if (wrong !== '') return issue('/clientDataJSON', wrong)
  const flags = data[32] ?? 0
  if (!data.subarray(0, 32).equals(sha256(asked.rpId))) return issue('/authenticatorData', 'expected our rpIdHash')
  if ((flags & NEEDED) !== NEEDED)
    return issue('/authenticatorData', 'the passkey did not verify its user; use one with a PIN or a fingerprint')
  return readCredential(asked, data, (flags & ED) !== 0)
}

function readCredential({ rpId, origin }: Asked, data: Buffer, hasExtensions: boolean): Result<Key> {
  const idAt = ID_LENGTH_AT + 2
  const coseAt = idAt + (data.length < idAt ? 0 : data.readUInt16BE(ID_LENGTH_AT))
  const id = data.subarray(idAt, coseAt)
  const length = COSE_BYTES.get(data.subarray(coseAt, coseAt + COSE_HEAD_BYTES).toString('hex'))
  if (length === undefined) return issue('/authenticatorData', 'expected a key of ES256 or Ed25519')
  if (id.length === 0 || data.length > coseAt + length !== hasExtensions)
    return issue('/authenticatorData', 'expected one credential and nothing behind it')
  const record = {
    type: 'webauthn' as const,
    publicKey: data.subarray(coseAt, coseAt + length).toString('base64url'),
    credentialId: id.toString('base64url'),
    rpId,
    origins: [origin],
  }
  const read = readKey(record)
  return read.ok ? ok(record) : read
}

function checkClient({ origin, challenge }: Asked, bytes: Buffer): string {
  const read = readJsonBytes(bytes)
  if (!read.ok || !isObject(read.value)) return 'expected one JSON object'
  if (field(read.value, 'type') !== 'webauthn.create') return 'expected type webauthn.create'
  if (field(read.value, 'challenge') !== challenge) return 'expected our challenge'
  if (field(read.value, 'origin') !== origin) return `expected origin ${origin}`
  return (field(read.value, 'crossOrigin') ?? false) === false ? '' : 'expected crossOrigin to be false'
}
