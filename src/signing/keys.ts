import type { Issue, Result } from '../api/result.ts'
import { bad, issue, ok } from '../api/result.ts'
import { unpaddedBase64 } from './base64.ts'
import { sha256 } from './canonical.ts'
import { rememberText, rememberVerified } from './remembered.ts'
import { rawEd25519Key, rawEs256Key } from './raw-keys.ts'
import type { SshKeyType } from './ssh-keys.ts'
import { sshKey } from './ssh-keys.ts'
import { verifySshsig } from './sshsig.ts'
import type { Verify } from './verified.ts'
import { passkey } from './webauthn.ts'

export type KeyType = SshKeyType | 'webauthn' | 'ed25519' | 'es256'

/** One of `Approver.spec.keys`. Whoever may write Approvers controls it; its times are the caller's to check. */
export interface KeyRecord {
  readonly name?: string
  /** A KeyType; any other is refused. */
  readonly type: string
  /** One authorized_keys line, a COSE key in base64url, or a PEM SubjectPublicKeyInfo: the type says which. */
  readonly publicKey: string
  readonly rpId?: string
  readonly origins?: readonly string[]
  readonly verifyRequired?: boolean
  readonly notBefore?: string
  readonly notAfter?: string
  readonly revokedAt?: string
}

export interface PublicKey {
  readonly type: KeyType
  /** `SHA256:` fingerprint: what an envelope's `keyid` selects this key by. */
  readonly keyid: string
  /** Hex of the DER SubjectPublicKeyInfo: whoever shares it, in whatever record or type, is one person. */
  readonly identity: string
  /** Is `signature`, in the form of this type, this key's over `message` (the PAE)? */
  readonly verify: Verify
}

/** `SHA256:` and the unpadded base64 of the digest, as `ssh-keygen -l` prints it. */
export const fingerprint = (bytes: Uint8Array): string => `SHA256:${unpaddedBase64(sha256(bytes))}`

/**
 * The key of a record. RSA, DSA, other curves, certificates and weak keys are issues at `/publicKey`, as is any
 * malformed one.
 */
export const readKey = ({ type, publicKey, rpId, origins, verifyRequired }: KeyRecord): Result<PublicKey> =>
  read(JSON.stringify({ type, publicKey, rpId, origins, verifyRequired }))

/**
 * By all of a record that says which key it is and how it signs: whether it is on the curve costs as much as a
 * verification.
 */
const read = rememberText((text) => readAnew(JSON.parse(text) as KeyRecord))

function readAnew(record: KeyRecord): Result<PublicKey> {
  switch (record.type) {
    case 'ssh-ed25519':
    case 'ecdsa-sha2-nistp256':
    case 'sk-ssh-ed25519@openssh.com':
    case 'sk-ecdsa-sha2-nistp256@openssh.com':
      return readSshKey(record.type, record)
    case 'webauthn':
      return readPasskey(record)
    case 'ed25519':
      return readRaw(record.type, rawEd25519Key(record.publicKey))
    case 'es256':
      return readRaw(record.type, rawEs256Key(record.publicKey))
    default:
      return issue('/type', 'expected a kind of key that obstat accepts')
  }
}

/** The identity of a record's key (see PublicKey), or '' when it can't be read. */
export function identityOf(record: KeyRecord): string {
  const read = readKey(record)
  return read.ok ? read.value.identity : ''
}

interface Verifier {
  readonly spki: Buffer
  readonly verify: Verify
}

const publicKeyOf = (type: KeyType, { spki, verify }: Verifier): PublicKey => ({
  type,
  keyid: fingerprint(spki),
  identity: spki.toString('hex'),
  verify: rememberVerified(verify),
})

function readRaw(type: KeyType, read: Result<Verifier>): Result<PublicKey> {
  return read.ok ? ok(publicKeyOf(type, read.value)) : atPublicKey(read)
}

function readSshKey(type: SshKeyType, record: KeyRecord): Result<PublicKey> {
  const read = sshKey(type, record.publicKey, record.verifyRequired === true)
  if (!read.ok) return atPublicKey(read)
  const key = read.value
  const { spki } = key.key
  const verify: Verify = (message, signature) => verifySshsig(key, message, signature)
  return ok({ ...publicKeyOf(type, { spki, verify }), keyid: fingerprint(key.blob) })
}

function readPasskey({ publicKey, rpId = '', origins = [] }: KeyRecord): Result<PublicKey> {
  if (rpId === '') return issue('/rpId', 'expected the relying party of the passkey')
  if (origins.length === 0) return issue('/origins', 'expected at least one origin')
  return readRaw('webauthn', passkey(publicKey, { rpId, origins }))
}

const atPublicKey = ({ issues }: { readonly issues: readonly Issue[] }): Result<never> =>
  bad(issues.map(({ message }) => ({ path: '/publicKey', message })))
