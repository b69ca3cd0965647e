import type { Result } from '../api/result.ts'
import { sha256Hex } from './canonical.ts'
import type { Verify } from './verified.ts'

/** Records of keys in use: far fewer than this; whoever may write Approvers could bring more. */
const MAX_KEYS = 1024
/** Signatures of one key: one act is many reviews, so the last ones come again. */
const MAX_SIGNATURES = 64
/** Statements of 32 KiB at most; one act is many reviews here, too. */
const MAX_STATEMENTS = 64

/** A pure function of a text, computed once for each text while there are not too many. */
export function rememberText<V>(compute: (text: string) => V): (text: string) => V {
  const known = new Map<string, V>()
  return (text) => {
    const found = known.get(text)
    if (found !== undefined) return found
    const value = compute(text)
    if (known.size >= MAX_KEYS) known.clear()
    known.set(text, value)
    return value
  }
}

/** As `read`, a pure function of bytes, but what was read well lately is known by its SHA-256 and not read again. */
export function rememberRead<V>(read: (bytes: Uint8Array) => Result<V>): (bytes: Uint8Array) => Result<V> {
  const known = new Map<string, Result<V>>()
  return (bytes) => {
    const digest = sha256Hex(bytes)
    const found = known.get(digest)
    if (found !== undefined) return found
    const result = read(bytes)
    if (!result.ok) return result
    if (known.size >= MAX_STATEMENTS) known.clear()
    known.set(digest, result)
    return result
  }
}

/**
 * As `verify`, but a signature that verified once is not verified again: it always would, since the key, the message
 * and the signature are all that counts. It is known by the SHA-256 of both; what did not verify is not kept.
 */
export function rememberVerified(verify: Verify): Verify {
  const known = new Set<string>()
  return (message, signature) => {
    const digest = sha256Hex(Buffer.concat([Buffer.from(`${message.length} `), message, signature]))
    if (known.has(digest)) return { ok: true }
    const result = verify(message, signature)
    if (!result.ok) return result
    if (known.size >= MAX_SIGNATURES) known.clear()
    known.add(digest)
    return result
  }
}
