import { createPublicKey, verify } from 'node:crypto'
import type { Result } from '../api/result.ts'
import { issue, ok } from '../api/result.ts'
import type { Verify } from './verified.ts'
import { failed, VERIFIED } from './verified.ts'

/** An algorithm's public key: its DER SubjectPublicKeyInfo, and verification of one raw signature. */
export interface CurveKey {
  readonly spki: Buffer
  readonly verify: Verify
}

/** SubjectPublicKeyInfo of Ed25519 up to the 32 bytes of the key (RFC 8410 section 4). */
export const ED25519_SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex')

/** Field prime and group order of edwards25519 (RFC 8032 section 5.1), and d of its equation. */
const P = 2n ** 255n - 19n
const L = 2n ** 252n + 27742317777372353535851937790883648493n
const D = 37095705934669439343138083508754565189542113879843219016388785533085940283555n

const ORDER_8_Y = 2707385501144840649318225287225658788936804267575313519463743609750303402022n

/** y of the points of order 1, 2, 4 and 8: under such a key anybody can sign anything. */
const SMALL_ORDER_Y: ReadonlySet<bigint> = new Set([0n, 1n, P - 1n, ORDER_8_Y, P - ORDER_8_Y])

/**
 * An Ed25519 public key of 32 bytes. Refuses encodings that are not canonical, points that are not on the curve, and
 * points of small order, some of which node:crypto accepts (all of them with OpenSSL 3.0).
 */
export function ed25519Key(point: Uint8Array): Result<CurveKey> {
  if (point.length !== 32) return issue('', `expected an Ed25519 key of 32 bytes, got ${point.length}`)
  const y = littleEndian(point) & (2n ** 255n - 1n)
  if (y >= P) return issue('', 'expected the canonical form of an Ed25519 key')
  if (SMALL_ORDER_Y.has(y)) return issue('', 'expected an Ed25519 key that is not of small order')
  if (!isOnCurve(y)) return issue('', 'expected a point on edwards25519')
  const spki = Buffer.concat([ED25519_SPKI_PREFIX, point])
  const key = createPublicKey({ key: spki, format: 'der', type: 'spki' })
  return ok({
    spki,
    verify(message, signature) {
      if (signature.length !== 64) return failed('Format', `expected 64 bytes of Ed25519, got ${signature.length}`)
      if (littleEndian(signature.subarray(32)) >= L) return failed('Range', 'expected S of Ed25519 below the order')
      return verify(null, message, key, signature)
        ? VERIFIED
        : failed('Signature', 'the Ed25519 signature does not verify')
    },
  })
}

const littleEndian = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`)

/** Is x² = (y² - 1) / (d·y² + 1) a square (RFC 8032 section 5.1.3)? A quotient is one when the product is (Euler). */
function isOnCurve(y: bigint): boolean {
  const square = (y * y) % P
  return power((square - 1n) * (D * square + 1n), (P - 1n) / 2n) === 1n
}

function power(base: bigint, exponent: bigint): bigint {
  let result = 1n
  let factor = base % P
  for (let left = exponent; left > 0n; left >>= 1n) {
    if ((left & 1n) === 1n) result = (result * factor) % P
    factor = (factor * factor) % P
  }
  return result
}
