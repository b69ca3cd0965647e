import { createHash, generateKeyPairSync, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { canonical } from '../../src/signing/canonical.ts'
import type { KeyRecord, KeyType } from '../../src/signing/keys.ts'
import { sshString } from '../../src/signing/ssh-wire.ts'

export const KEY_TYPES: readonly KeyType[] = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'sk-ssh-ed25519@openssh.com',
  'sk-ecdsa-sha2-nistp256@openssh.com',
  'webauthn',
  'ed25519',
  'es256',
]

export const RP_ID = 'obstat.example'
export const ORIGIN = 'https://obstat.example'

/** Ways to sign something else than what is asked; each is one field of a format. */
export interface Bend {
  readonly magic?: string
  readonly version?: number
  readonly namespace?: string
  readonly reserved?: string
  readonly hash?: 'sha1' | 'sha256' | 'sha512'
  readonly hashName?: string
  readonly algorithm?: string
  readonly blob?: Buffer
  readonly application?: string
  readonly flags?: number
  readonly isFlagless?: boolean
  readonly rpId?: string
  readonly client?: Readonly<Record<string, string | boolean>>
  readonly clientText?: (text: string) => string
  readonly authenticatorTail?: Buffer
  /** Changes the raw signature: 64 bytes of Ed25519, or r‖s. */
  readonly raw?: (raw: Buffer) => Buffer
}

export interface TestKey {
  readonly record: KeyRecord
  readonly privateKey: KeyObject
  /** The SSH public key blob; empty for the other kinds. */
  readonly blob: Buffer
  readonly sign: (message: Uint8Array, bend?: Bend) => Buffer
}

/** A new key of a kind, and how its owner signs with it. */
export function testKey(type: KeyType, curve: 'ed25519' | 'p256' = curveOf(type)): TestKey {
  const { publicKey, privateKey } =
    curve === 'ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const spki = publicKey.export({ format: 'der', type: 'spki' })
  const point = spki.subarray(curve === 'ed25519' ? -32 : -65)
  if (type === 'ed25519' || type === 'es256') {
    const record = { type, publicKey: publicKey.export({ format: 'pem', type: 'spki' }) as string }
    return { record, privateKey, blob: Buffer.alloc(0), sign: (message, bend) => derOrRaw(privateKey, message, bend) }
  }
  if (type === 'webauthn') {
    const record = { type, publicKey: cose(point).toString('base64url'), rpId: RP_ID, origins: [ORIGIN] }
    return { record, privateKey, blob: Buffer.alloc(0), sign: (message, bend) => assertion(privateKey, message, bend) }
  }
  const blob = sshBlob(type, point)
  const record = { type, publicKey: `${type} ${blob.toString('base64')} somebody@laptop` }
  return { record, privateKey, blob, sign: (message, bend) => sshsig(type, privateKey, blob, message, bend) }
}

const curveOf = (type: KeyType): 'ed25519' | 'p256' => (type.includes('ed25519') ? 'ed25519' : 'p256')

export const sshBlob = (type: string, point: Uint8Array, application = 'ssh:'): Buffer =>
  Buffer.concat([
    sshString(type),
    ...(type.includes('ecdsa') ? [sshString('nistp256')] : []),
    sshString(point),
    ...(type.startsWith('sk-') ? [sshString(application)] : []),
  ])

/** COSE_Key of a P-256 point (65 bytes) or an Ed25519 key (32 bytes). */
export const cose = (point: Uint8Array): Buffer =>
  point.length === 32
    ? Buffer.concat([Buffer.from('a4010103272006215820', 'hex'), point])
    : Buffer.concat([
        Buffer.from('a5010203262001215820', 'hex'),
        point.subarray(1, 33),
        Buffer.from('225820', 'hex'),
        point.subarray(33),
      ])

const isEd25519 = (key: KeyObject): boolean => key.asymmetricKeyType === 'ed25519'

/** 64 bytes: Ed25519, or r‖s. */
function rawSignature(key: KeyObject, message: Uint8Array, { raw = (bytes) => bytes }: Bend = {}): Buffer {
  return raw(isEd25519(key) ? sign(null, message, key) : sign('sha256', message, { key, dsaEncoding: 'ieee-p1363' }))
}

function derOrRaw(key: KeyObject, message: Uint8Array, bend: Bend = {}): Buffer {
  const raw = rawSignature(key, message, bend)
  return isEd25519(key) ? raw : der(raw.subarray(0, 32), raw.subarray(32))
}

/** The shortest two's complement of a positive integer. */
export function shortest(bytes: Uint8Array): Buffer {
  let from = 0
  while (from < bytes.length && bytes[from] === 0) from++
  const digits = Buffer.from(bytes.subarray(from))
  return (digits[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), digits]) : digits
}

export function der(r: Uint8Array, s: Uint8Array): Buffer {
  const integers = [r, s].map(shortest).map((bytes) => Buffer.concat([Buffer.of(2, bytes.length), bytes]))
  const body = Buffer.concat(integers)
  return Buffer.concat([Buffer.of(0x30, body.length), body])
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

function sshsig(type: string, key: KeyObject, blob: Buffer, message: Uint8Array, bend: Bend = {}): Buffer {
  const { hash = 'sha512', application = 'ssh:', flags = 5 } = bend
  const fields = sshsigFields(hash, bend)
  const signed = Buffer.concat([Buffer.from('SSHSIG'), ...fields, sshString(digest(hash, message))])
  const isSk = type.startsWith('sk-') && bend.isFlagless !== true
  const tail = isSk ? Buffer.concat([Buffer.of(flags), uint32(7)]) : Buffer.alloc(0)
  const content = isSk ? Buffer.concat([digest('sha256', application), tail, digest('sha256', signed)]) : signed
  const raw = rawSignature(key, content, bend)
  const body = isEd25519(key)
    ? raw
    : Buffer.concat([raw.subarray(0, 32), raw.subarray(32)].map((half) => sshString(shortest(half))))
  const signature = Buffer.concat([sshString(bend.algorithm ?? type), sshString(body), tail])
  return Buffer.concat([
    Buffer.from(bend.magic ?? 'SSHSIG'),
    uint32(bend.version ?? 1),
    sshString(bend.blob ?? blob),
    ...fields,
    sshString(signature),
  ])
}

const sshsigFields = (hash: string, { namespace = 'approval@obstat.dev', reserved = '', hashName }: Bend): Buffer[] => [
  sshString(namespace),
  sshString(reserved),
  sshString(hashName ?? hash),
]

const digest = (hash: string, content: string | Uint8Array): Buffer => createHash(hash).update(content).digest()

/** Flags default to UP and UV. */
function assertion(key: KeyObject, message: Uint8Array, bend: Bend = {}): Buffer {
  const authenticatorData = Buffer.concat([
    digest('sha256', bend.rpId ?? RP_ID),
    Buffer.of(bend.flags ?? 0x05),
    uint32(7),
    bend.authenticatorTail ?? Buffer.alloc(0),
  ])
  const client = JSON.stringify({
    type: 'webauthn.get',
    challenge: digest('sha256', message).toString('base64url'),
    origin: ORIGIN,
    crossOrigin: false,
    ...bend.client,
  })
  const clientDataJSON = Buffer.from((bend.clientText ?? ((text) => text))(client))
  const signature = derOrRaw(key, Buffer.concat([authenticatorData, digest('sha256', clientDataJSON)]), bend)
  const fields = { authenticatorData, clientDataJSON, signature }
  return Buffer.from(
    canonical(Object.fromEntries(Object.entries(fields).map(([name, bytes]) => [name, bytes.toString('base64url')]))),
  )
}

/**
 * Every encoding of every point of small order, as Ed25519 implementations list them: canonical and not, either sign.
 */
export const SMALL_ORDER: readonly string[] = [
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '0000000000000000000000000000000000000000000000000000000000000000',
  '0000000000000000000000000000000000000000000000000000000000000080',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85',
  '0100000000000000000000000000000000000000000000000000000000000080',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  'edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff',
]
