import type { Result } from '../api/result.ts'
import { issue, ok } from '../api/result.ts'
import { base64Bytes } from './base64.ts'
import { fingerprint } from './keys.ts'
import { ascii, sshStrings } from './ssh-wire.ts'

/**
 * The SSHSIG blob in what `ssh-keygen -Y sign` writes (PROTOCOL.sshsig, "Armored format"): one block and nothing else.
 */
export function sshsigFromArmor(text: string): Result<Uint8Array> {
  const match = /^-----BEGIN SSH SIGNATURE-----\r?\n([A-Za-z0-9+/=\r\n]+)-----END SSH SIGNATURE-----\s*$/.exec(text)
  const blob = base64Bytes((match?.[1] ?? '').replace(/[\r\n]/g, ''))
  return blob === undefined || blob.length === 0 ? issue('', 'expected one SSH SIGNATURE block') : ok(blob)
}

/** The `keyid` of the key that an SSHSIG blob names, for the envelope; '' when the blob is malformed. */
export function sshsigKeyid(blob: Uint8Array): string {
  if (ascii(blob.subarray(0, 6)) !== 'SSHSIG') return ''
  const [publicKey] = sshStrings(blob.subarray(10), 5) ?? []
  return publicKey === undefined ? '' : fingerprint(publicKey)
}
