import type { Json, JsonObject } from '../api/json.ts'
import { field, isArray, isObject } from '../api/json.ts'
import type { Issue, Result } from '../api/result.ts'
import { bad, issue, ok } from '../api/result.ts'
import { base64Bytes } from './base64.ts'
import { canonical } from './canonical.ts'

export const PAYLOAD_TYPE = 'application/vnd.obstat.approval.v1+json'

/** Limits of APPROVALS section 3. */
const MAX_SIGNATURES = 8
const MAX_ENVELOPE_BYTES = 48 * 1024

/** A DSSE v1 envelope, decoded. */
export interface Envelope {
  readonly payload: Uint8Array
  readonly signatures: readonly EnvelopeSignature[]
}
export interface EnvelopeSignature {
  /** A hint which key it is; '' where there is none. Proves nothing. */
  readonly keyid: string
  readonly sig: Uint8Array
}

/** What is signed: DSSE's pre-authentication encoding of the payload type and the payload. */
export const pae = (payload: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from(`DSSEv1 ${PAYLOAD_TYPE.length} ${PAYLOAD_TYPE} ${payload.length} `), payload])

/** The envelope as JSON; the inverse of parseEnvelope. */
export const envelopeJson = ({ payload, signatures }: Envelope): JsonObject => ({
  payloadType: PAYLOAD_TYPE,
  payload: base64(payload),
  signatures: signatures.map(({ keyid, sig }) => ({ ...(keyid !== '' && { keyid }), sig: base64(sig) })),
})

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64')

/**
 * Reads an envelope (DSSE v1) strictly: no unknown members, canonical base64, one to eight signatures, at most 48 KiB
 * in canonical form. Nothing is verified yet; the payload stays bytes.
 */
export function parseEnvelope(value: Json): Result<Envelope> {
  if (!isObject(value)) return issue('', 'expected an envelope object')
  const issues = unknownMembers(value, ['payloadType', 'payload', 'signatures'], '')
  if (field(value, 'payloadType') !== PAYLOAD_TYPE)
    issues.push({ path: '/payloadType', message: `expected ${PAYLOAD_TYPE}` })
  const payload = bytesAt(value, 'payload', '', issues)
  const listed = field(value, 'signatures')
  if (!isArray(listed) || listed.length < 1 || listed.length > MAX_SIGNATURES)
    return bad([...issues, { path: '/signatures', message: `expected one to ${MAX_SIGNATURES} signatures` }])
  const signatures = listed.map((one, index) => readSignature(one, `/signatures/${index}`, issues))
  if (issues.length > 0) return bad(issues)
  // All members are texts by now, so this costs no more than their length.
  if (Buffer.byteLength(canonical(value)) > MAX_ENVELOPE_BYTES)
    return issue('', `expected at most ${MAX_ENVELOPE_BYTES} bytes`)
  return ok({ payload, signatures })
}

function readSignature(value: Json, path: string, issues: Issue[]): EnvelopeSignature {
  if (!isObject(value)) issues.push({ path, message: 'expected a signature object' })
  else issues.push(...unknownMembers(value, ['keyid', 'sig'], path))
  const keyid = field(value, 'keyid')
  if (keyid !== undefined && typeof keyid !== 'string')
    issues.push({ path: `${path}/keyid`, message: 'expected a text' })
  return { keyid: typeof keyid === 'string' ? keyid : '', sig: bytesAt(value, 'sig', path, issues) }
}

function bytesAt(object: Json, key: string, path: string, issues: Issue[]): Uint8Array {
  const text = field(object, key)
  const bytes = typeof text === 'string' ? base64Bytes(text) : undefined
  if (bytes === undefined || bytes.length === 0)
    issues.push({ path: `${path}/${key}`, message: 'expected canonical base64 of one byte or more' })
  return bytes ?? Buffer.alloc(0)
}

const unknownMembers = (object: JsonObject, known: readonly string[], path: string): Issue[] =>
  Object.keys(object)
    .filter((key) => !known.includes(key))
    .map(() => ({ path, message: `expected no members but ${known.join(', ')}` }))
