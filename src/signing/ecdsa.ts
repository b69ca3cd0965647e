import { createPublicKey, verify } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import type { Result } from '../api/result.ts'
import { issue, ok } from '../api/result.ts'
import type { Checked, Verify } from './verified.ts'
import { checked, failed, VERIFIED } from './verified.ts'

/** A P-256 public key; `verify` takes r‖s in 64 bytes (IEEE P1363) and hashes with SHA-256. */
export interface P256Key {
  readonly spki: Buffer
  readonly verify: Verify
}

/** SubjectPublicKeyInfo of P-256 up to the uncompressed point of 65 bytes (RFC 5480 section 2). */
export const P256_SPKI_PREFIX = Buffer.from('3059301306072a8648ce3d020106082a8648ce3d030107034200', 'hex')

/** Order of P-256 (FIPS 186-5, SP 800-186). */
const N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

/** A P-256 public key as an uncompressed point: 04, x, y. Points that are not on the curve are refused. */
export function p256Key(point: Uint8Array): Result<P256Key> {
  if (point.length !== 65 || point[0] !== 4) return issue('', 'expected an uncompressed P-256 point of 65 bytes')
  const spki = Buffer.concat([P256_SPKI_PREFIX, point])
  const key = importKey(spki)
  if (key === undefined) return issue('', 'expected a point on P-256')
  return ok({
    spki,
    verify(message, rs) {
      if (rs.length !== 64) return failed('Format', `expected r and s in 64 bytes, got ${rs.length}`)
      if (![rs.subarray(0, 32), rs.subarray(32)].every(isInRange)) return failed('Range', 'expected 0 < r, s < n')
      return verify('sha256', message, { key, dsaEncoding: 'ieee-p1363' }, rs)
        ? VERIFIED
        : failed('Signature', 'the ECDSA signature does not verify')
    },
  })
}

function importKey(spki: Buffer): KeyObject | undefined {
  try {
    return createPublicKey({ key: spki, format: 'der', type: 'spki' })
  } catch (cause) {
    // OpenSSL refuses points that are not on the curve; anything else here is a fault.
    if (cause instanceof Error) return undefined
    throw cause
  }
}

function isInRange(bytes: Uint8Array): boolean {
  const value = BigInt(`0x${Buffer.from(bytes).toString('hex')}`)
  return value > 0n && value < N
}

/**
 * r‖s of an ECDSA signature in DER (SEQUENCE of two INTEGER): the one encoding that DER has for it, nothing after it.
 */
export function fromDer(signature: Uint8Array): Checked<Buffer> {
  const wrong = failed('Format', 'expected an ECDSA signature in DER')
  // Two integers of at most 33 bytes: every length fits one byte.
  if (signature[0] !== 0x30 || signature[1] !== signature.length - 2) return wrong
  const r = derInteger(signature, 2)
  const s = r === undefined ? undefined : derInteger(signature, 4 + r.length)
  if (r === undefined || s === undefined || 6 + r.length + s.length !== signature.length) return wrong
  return joined(r, s)
}

function derInteger(bytes: Uint8Array, at: number): Uint8Array | undefined {
  const length = bytes[at + 1]
  if (bytes[at] !== 0x02 || length === undefined || length > 33) return undefined
  const value = bytes.subarray(at + 2, at + 2 + length)
  return value.length === length ? value : undefined
}

/** r‖s of two positive integers in the shortest two's complement (DER INTEGER, SSH mpint). */
export function joined(r: Uint8Array, s: Uint8Array): Checked<Buffer> {
  const halves = [r, s].map(fixedLength)
  const [first, second] = halves
  if (first === undefined || second === undefined)
    return failed('Format', 'expected r and s as positive integers in the fewest bytes')
  return checked(Buffer.concat([first, second]))
}

/** 32 bytes of a positive integer, or undefined where it is zero, negative, too long or has a zero byte too many. */
function fixedLength(integer: Uint8Array): Buffer | undefined {
  const [first, second] = integer
  if (first === undefined || first >= 0x80) return undefined
  if (first === 0 && (second === undefined || second < 0x80)) return undefined
  const digits = first === 0 ? integer.subarray(1) : integer
  if (digits.length > 32) return undefined
  return Buffer.concat([Buffer.alloc(32 - digits.length), digits])
}
