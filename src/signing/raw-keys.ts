import type { Result } from '../api/result.ts'
import { issue, ok } from '../api/result.ts'
import { base64Bytes } from './base64.ts'
import { fromDer, P256_SPKI_PREFIX, p256Key } from './ecdsa.ts'
import type { CurveKey } from './ed25519.ts'
import { ED25519_SPKI_PREFIX, ed25519Key } from './ed25519.ts'

/** A raw Ed25519 key: PEM SubjectPublicKeyInfo (RFC 8410). Its signatures are 64 bytes over the message. */
export function rawEd25519Key(pem: string): Result<CurveKey> {
  const point = pointOf(pem, ED25519_SPKI_PREFIX)
  return point === undefined ? issue('', 'expected an Ed25519 SubjectPublicKeyInfo in PEM') : ed25519Key(point)
}

/**
 * A raw P-256 key: PEM SubjectPublicKeyInfo (RFC 5480) with an uncompressed point. Its signatures are ECDSA with
 * SHA-256 over the message: 64 bytes are r‖s, anything else is DER.
 */
export function rawEs256Key(pem: string): Result<CurveKey> {
  const point = pointOf(pem, P256_SPKI_PREFIX)
  if (point === undefined) return issue('', 'expected a P-256 SubjectPublicKeyInfo with an uncompressed point in PEM')
  const read = p256Key(point)
  if (!read.ok) return read
  const { spki, verify } = read.value
  return ok({
    spki,
    verify(message, signature) {
      if (signature.length === 64) return verify(message, signature)
      const rs = fromDer(signature)
      return rs.ok ? verify(message, rs.value) : rs
    },
  })
}

/** What follows the algorithm in a PEM SubjectPublicKeyInfo (RFC 7468 section 13) of that algorithm. */
function pointOf(pem: string, prefix: Buffer): Buffer | undefined {
  const match = /^\s*-----BEGIN PUBLIC KEY-----([A-Za-z0-9+/=\s]+)-----END PUBLIC KEY-----\s*$/.exec(pem)
  const spki = base64Bytes((match?.[1] ?? '').replace(/\s/g, ''))
  return spki?.subarray(0, prefix.length).equals(prefix) === true ? spki.subarray(prefix.length) : undefined
}
