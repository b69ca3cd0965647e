import { createHash } from 'node:crypto'
import { sha256 } from './canonical.ts'
import { fromMpints } from './ssh-keys.ts'
import type { SshKey } from './ssh-keys.ts'
import { ascii, sshString, sshStrings } from './ssh-wire.ts'
import type { Checked, Verified } from './verified.ts'
import { checked, failed } from './verified.ts'

/** What `ssh-keygen -Y sign -n` is given: a signature for any other purpose counts for nothing. */
export const SSH_NAMESPACE = 'approval@obstat.dev'

const MAGIC = 'SSHSIG'
const VERSION = 1

/** Flags of an authenticator's answer (PROTOCOL.u2f). */
const USER_PRESENT = 0x01
const USER_VERIFIED = 0x04

export type SshHash = 'sha256' | 'sha512'

const isHash = (name: string): name is SshHash => name === 'sha256' || name === 'sha512'

/** The bytes that a plain SSH key signs for a message (PROTOCOL.sshsig, "Signed Data"). */
export const sshSignedData = (message: Uint8Array, hash: SshHash): Buffer =>
  Buffer.concat([
    Buffer.from(MAGIC),
    sshString(SSH_NAMESPACE),
    sshString(''),
    sshString(hash),
    sshString(createHash(hash).update(message).digest()),
  ])

interface Blob {
  readonly publicKey: Buffer
  readonly hash: SshHash
  readonly signature: Buffer
}

/**
 * Verifies an SSHSIG blob (PROTOCOL.sshsig) by a key of the record. What is named inside the blob only has to agree.
 */
export function verifySshsig(key: SshKey, message: Uint8Array, bytes: Uint8Array): Verified {
  const read = readBlob(bytes)
  if (!read.ok) return read
  const { publicKey, hash, signature } = read.value
  if (!publicKey.equals(key.blob)) return failed('OtherKey', 'the SSHSIG is by another key')
  const signed = sshSignedData(message, hash)
  return key.application === undefined
    ? verifyPlain(key, signed, signature)
    : verifyBySecurityKey(key, key.application, signed, signature)
}

function readBlob(bytes: Uint8Array): Checked<Blob> {
  const head = Buffer.from(bytes.subarray(0, 10))
  if (ascii(head.subarray(0, 6)) !== MAGIC || head.length < 10) return failed('Format', 'expected an SSHSIG blob')
  if (head.readUInt32BE(6) !== VERSION) return failed('Format', 'expected version 1 of SSHSIG')
  const [publicKey, namespace, reserved, hashName, signature] = sshStrings(bytes.subarray(10), 5) ?? []
  if (!publicKey || !namespace || !reserved || !hashName || !signature)
    return failed('Format', 'expected the five fields of SSHSIG and nothing after them')
  if (ascii(namespace) !== SSH_NAMESPACE) return failed('Namespace', `expected the SSHSIG namespace ${SSH_NAMESPACE}`)
  if (reserved.length > 0) return failed('Format', 'expected the reserved field of SSHSIG to be empty')
  const hash = ascii(hashName)
  if (!isHash(hash)) return failed('Hash', 'expected the SSHSIG hash sha512 or sha256')
  return checked({ publicKey, hash, signature })
}

function verifyPlain(key: SshKey, signed: Buffer, signature: Buffer): Verified {
  const [algorithm, raw] = sshStrings(signature, 2) ?? []
  if (!algorithm || !raw) return failed('Format', 'expected an SSH signature of two fields')
  return verifyRaw(key, signed, algorithm, raw)
}

/** A FIDO key signs the digests of its application and of the data, its flags and its counter (PROTOCOL.u2f). */
function verifyBySecurityKey(key: SshKey, application: Buffer, signed: Buffer, signature: Buffer): Verified {
  const tail = signature.subarray(Math.max(0, signature.length - 5))
  const [algorithm, raw] = sshStrings(signature.subarray(0, signature.length - tail.length), 2) ?? []
  const [flags] = tail
  if (!algorithm || !raw || flags === undefined || tail.length !== 5)
    return failed('Format', 'expected an SSH signature of two fields, flags and counter')
  if ((flags & USER_PRESENT) === 0) return failed('Presence', 'expected the user presence flag')
  if (key.isVerifyRequired && (flags & USER_VERIFIED) === 0)
    return failed('Verification', 'expected the user verification flag')
  return verifyRaw(key, Buffer.concat([sha256(application), tail, sha256(signed)]), algorithm, raw)
}

function verifyRaw(key: SshKey, signed: Buffer, algorithm: Buffer, raw: Buffer): Verified {
  if (ascii(algorithm) !== key.type) return failed('Algorithm', `expected a signature of ${key.type}`)
  if (key.curve === 'ed25519') return key.key.verify(signed, raw)
  const rs = fromMpints(raw)
  return rs.ok ? key.key.verify(signed, rs.value) : rs
}
