import type { Json, JsonObject } from '../api/json.ts'
import { field, isObject } from '../api/json.ts'
import type { Result } from '../api/result.ts'
import { issue, ok } from '../api/result.ts'
import { base64urlBytes } from './base64.ts'
import { canonical, sha256 } from './canonical.ts'
import { fromDer, p256Key } from './ecdsa.ts'
import { ed25519Key } from './ed25519.ts'
import { readJsonBytes } from './json.ts'
import type { Checked, Verified, Verify } from './verified.ts'
import { checked, failed } from './verified.ts'

/** A passkey, and the site that it signs for. */
export interface Passkey {
  readonly spki: Buffer
  readonly verify: Verify
}

/** What a passkey's signature must come from. */
export interface RelyingParty {
  readonly rpId: string
  /** Exact origins, such as `https://obstat.example`. */
  readonly origins: readonly string[]
}

/**
 * COSE keys in CTAP2 canonical CBOR, which WebAuthn demands (Level 3, section 6.5.1): no other parameter, one order, so
 * all but the coordinates is constant. {1: 2, 3: -7, -1: 1, -2: x, -3: y} and {1: 1, 3: -8, -1: 6, -2: x}.
 */
export const ES256_HEAD = 'a5010203262001215820'
const ES256_MIDDLE = '225820'
export const EDDSA_HEAD = 'a4010103272006215820'

/**
 * Flags of authenticator data (WebAuthn Level 3, section 6.1): user present, user verified, backup eligible and state,
 * credential data, extensions.
 */
export const UP = 0x01
export const UV = 0x04
const BE = 0x08
const BS = 0x10
export const AT = 0x40
export const ED = 0x80

/** rpIdHash, flags and signCount. */
const AUTHENTICATOR_DATA_BYTES = 37

/** A passkey's public key: a COSE key as base64url, ES256 on P-256 or EdDSA on Ed25519. */
export function passkey(publicKey: string, site: RelyingParty): Result<Passkey> {
  const cose = base64urlBytes(publicKey)
  if (cose === undefined) return issue('', 'expected canonical base64url without padding')
  const hex = cose.toString('hex')
  if (hex.startsWith(EDDSA_HEAD)) {
    const read = ed25519Key(cose.subarray(EDDSA_HEAD.length / 2))
    if (!read.ok) return read
    const { spki, verify } = read.value
    return ok({ spki, verify: (message, bytes) => verifyAssertion(site, message, bytes, verify) })
  }
  const y = (ES256_HEAD.length + 64 + ES256_MIDDLE.length) / 2
  if (!hex.startsWith(ES256_HEAD) || !hex.startsWith(ES256_MIDDLE, ES256_HEAD.length + 64) || cose.length !== y + 32)
    return issue('', 'expected a COSE key of ES256 or EdDSA in CTAP2 canonical form')
  const x = ES256_HEAD.length / 2
  const read = p256Key(Buffer.concat([Buffer.of(4), cose.subarray(x, x + 32), cose.subarray(y)]))
  if (!read.ok) return read
  const { spki, verify } = read.value
  const verifyDer: Verify = (message, signature) => {
    const rs = fromDer(signature)
    return rs.ok ? verify(message, rs.value) : rs
  }
  return ok({ spki, verify: (message, bytes) => verifyAssertion(site, message, bytes, verifyDer) })
}

interface Assertion {
  readonly authenticatorData: Buffer
  readonly clientData: Buffer
  readonly signature: Buffer
}

/** WebAuthn Level 3, section 7.2, for a credential that is known and whose counter is ignored. */
function verifyAssertion(site: RelyingParty, message: Uint8Array, bytes: Uint8Array, verify: Verify): Verified {
  const read = readAssertion(bytes)
  if (!read.ok) return read
  const { authenticatorData, clientData, signature } = read.value
  const wrong = checkClientData(site, message, clientData) ?? checkAuthenticatorData(site, authenticatorData)
  return wrong ?? verify(Buffer.concat([authenticatorData, sha256(clientData)]), signature)
}

function readAssertion(bytes: Uint8Array): Checked<Assertion> {
  const read = readJsonBytes(bytes)
  const value: Json = read.ok ? read.value : null
  if (!isObject(value) || canonical(value) !== Buffer.from(bytes).toString('utf8'))
    return failed('Format', 'expected an assertion as a JSON object in RFC 8785 form')
  const [authenticatorData, clientData, signature] = ['authenticatorData', 'clientDataJSON', 'signature'].map((key) =>
    decoded(value, key),
  )
  if (!authenticatorData || !clientData || !signature || Object.keys(value).length !== 3)
    return failed('Format', 'expected exactly authenticatorData, clientDataJSON and signature, each base64url')
  return checked({ authenticatorData, clientData, signature })
}

function decoded(object: JsonObject, key: string): Buffer | undefined {
  const value = field(object, key)
  return typeof value === 'string' ? base64urlBytes(value) : undefined
}

function checkClientData(site: RelyingParty, message: Uint8Array, bytes: Buffer): Verified | undefined {
  const read = readJsonBytes(bytes)
  if (!read.ok || !isObject(read.value)) return failed('Format', 'expected clientDataJSON to be one strict JSON object')
  const client = read.value
  if (field(client, 'type') !== 'webauthn.get') return failed('ClientType', 'expected clientData.type webauthn.get')
  if (field(client, 'challenge') !== sha256(message).toString('base64url'))
    return failed('Challenge', 'expected clientData.challenge to be the SHA-256 of the PAE')
  const origin = field(client, 'origin')
  if (typeof origin !== 'string' || !site.origins.includes(origin))
    return failed('Origin', 'expected clientData.origin to be one of the key record')
  return (field(client, 'crossOrigin') ?? false) === false
    ? undefined
    : failed('CrossOrigin', 'expected clientData.crossOrigin to be false')
}

function checkAuthenticatorData(site: RelyingParty, bytes: Buffer): Verified | undefined {
  const flags = bytes[32]
  if (flags === undefined || bytes.length < AUTHENTICATOR_DATA_BYTES)
    return failed('Format', `expected authenticatorData of ${AUTHENTICATOR_DATA_BYTES} bytes or more`)
  const has = (flag: number): boolean => (flags & flag) !== 0
  if (!bytes.subarray(0, 32).equals(sha256(site.rpId))) return failed('RpId', 'expected the rpIdHash of the key record')
  if (!has(UP)) return failed('Presence', 'expected the user presence flag')
  if (!has(UV)) return failed('Verification', 'expected the user verification flag')
  if (has(BS) && !has(BE)) return failed('Backup', 'expected no backup state without backup eligibility')
  if (has(AT)) return failed('Format', 'expected no attested credential data in an assertion')
  return has(ED) === bytes.length > AUTHENTICATOR_DATA_BYTES
    ? undefined
    : failed('Format', 'expected bytes after the counter exactly when the extension flag is set')
}
