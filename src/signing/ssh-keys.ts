import type { Result } from '../api/result.ts'
import { issue, ok } from '../api/result.ts'
import { base64Bytes } from './base64.ts'
import type { P256Key } from './ecdsa.ts'
import { joined, p256Key } from './ecdsa.ts'
import type { CurveKey } from './ed25519.ts'
import { ed25519Key } from './ed25519.ts'
import { ascii, sshStrings } from './ssh-wire.ts'
import type { Checked } from './verified.ts'
import { failed } from './verified.ts'

export type SshKeyType =
  'ssh-ed25519' | 'ecdsa-sha2-nistp256' | 'sk-ssh-ed25519@openssh.com' | 'sk-ecdsa-sha2-nistp256@openssh.com'

interface SshKeyBase {
  readonly type: SshKeyType
  /** The public key blob, exactly as it must stand in a signature. */
  readonly blob: Buffer
  /** Of `sk-` keys: what their signatures are bound to. */
  readonly application: Buffer | undefined
  readonly isVerifyRequired: boolean
}
export type SshKey = SshKeyBase &
  ({ readonly curve: 'ed25519'; readonly key: CurveKey } | { readonly curve: 'p256'; readonly key: P256Key })

/** The fields of each kind's blob after its type (RFC 8709 section 4, RFC 5656 section 3.1, PROTOCOL.u2f). */
const FIELDS: Readonly<Record<SshKeyType, readonly ('curve' | 'point' | 'application')[]>> = {
  'ssh-ed25519': ['point'],
  'ecdsa-sha2-nistp256': ['curve', 'point'],
  'sk-ssh-ed25519@openssh.com': ['point', 'application'],
  'sk-ecdsa-sha2-nistp256@openssh.com': ['curve', 'point', 'application'],
}

/** A key of one line of an `authorized_keys` file without options; one line break at its end does not matter. */
export function sshKey(type: SshKeyType, line: string, isVerifyRequired: boolean): Result<SshKey> {
  const match = /^([^ \t\r\n]+)[ \t]+([^ \t\r\n]+)(?:[ \t][^\r\n]*)?(?:\r?\n)?$/.exec(line)
  if (match === null) return issue('', 'expected one line of an authorized_keys file')
  const [, named, encoded = ''] = match
  if (named !== type) return issue('', `expected a line that begins with ${type}`)
  const blob = base64Bytes(encoded)
  if (blob === undefined) return issue('', 'expected canonical base64 after the type')
  const names = FIELDS[type]
  const [inner, ...fields] = sshStrings(blob, names.length + 1) ?? []
  if (inner === undefined || ascii(inner) !== type) return issue('', `expected a ${type} key blob`)
  const at = (name: (typeof names)[number]): Buffer | undefined => fields[names.indexOf(name)]
  const base = { type, blob, application: at('application'), isVerifyRequired }
  const point = at('point') ?? Buffer.alloc(0)
  const curve = at('curve')
  if (curve === undefined) {
    const read = ed25519Key(point)
    return read.ok ? ok({ ...base, curve: 'ed25519', key: read.value }) : read
  }
  if (ascii(curve) !== 'nistp256') return issue('', 'expected the curve nistp256')
  const read = p256Key(point)
  return read.ok ? ok({ ...base, curve: 'p256', key: read.value }) : read
}

/** r‖s of an SSH ECDSA signature: two mpints (RFC 5656 section 3.1.2). */
export function fromMpints(raw: Buffer): Checked<Buffer> {
  const [r, s] = sshStrings(raw, 2) ?? []
  return r && s ? joined(r, s) : failed('Format', 'expected two mpints')
}
