import { generateKeyPairSync, sign } from 'node:crypto'
import { expect } from 'chai'
import type { Result } from '../../src/api/result.ts'
import type { KeyRecord, KeyType, PublicKey } from '../../src/signing/keys.ts'
import { fingerprint, identityOf, readKey } from '../../src/signing/keys.ts'
import { sshString } from '../../src/signing/ssh-wire.ts'
import { cose, KEY_TYPES, ORIGIN, RP_ID, SMALL_ORDER, sshBlob, testKey } from './signer.ts'

const MESSAGE = Buffer.from('message')
let reads = 0

function valueOf<T>(read: Result<T>): T {
  if (!read.ok) throw new Error(read.issues.map(({ message }) => message).join())
  return read.value
}
describe('readKey', () => {
  const read = (type: string, publicKey: string, more: Partial<KeyRecord> = {}): Result<PublicKey> =>
    readKey({ type, publicKey, ...more })

  for (const type of KEY_TYPES)
    it(`reads ${type}, and verifies with it`, () => {
      const { record, sign: signWith } = testKey(type)
      const key = valueOf(readKey(record))
      expect(key.type).to.equal(type)
      expect(key.keyid).to.match(/^SHA256:[A-Za-z0-9+/]{43}$/)
      expect(key.verify(MESSAGE, signWith(MESSAGE))).to.deep.equal({ ok: true })
      expect(key.verify(Buffer.from('other'), signWith(MESSAGE)).ok).to.equal(false)
      expect(identityOf(record)).to.equal(key.identity)
    })

  it('takes 64 bytes of es256 as r and s, and DER', () => {
    const { record, privateKey } = testKey('es256')
    const key = valueOf(readKey(record))
    for (const dsaEncoding of ['ieee-p1363', 'der'] as const) {
      const signature = sign('sha256', MESSAGE, { key: privateKey, dsaEncoding })
      expect(key.verify(MESSAGE, signature)).to.deep.equal({ ok: true })
      expect(key.verify(Buffer.from('other'), signature)).to.include({ check: 'Signature' })
    }
  })

  it('takes a passkey of Ed25519', () => {
    const { record, sign: signWith } = testKey('webauthn', 'ed25519')
    expect(valueOf(readKey(record)).verify(MESSAGE, signWith(MESSAGE))).to.deep.equal({ ok: true })
  })

  it('gives one public key the same identity in every type, and the keyid of its own form', () => {
    for (const namedCurve of ['ed25519', 'P-256']) {
      const { publicKey } =
        namedCurve === 'ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('ec', { namedCurve })
      const isEd = namedCurve === 'ed25519'
      const spki = publicKey.export({ format: 'der', type: 'spki' })
      const point = spki.subarray(isEd ? -32 : -65)
      const ssh = (type: string): KeyRecord => ({
        type,
        publicKey: `${type} ${sshBlob(type, point).toString('base64')}`,
      })
      const records: readonly KeyRecord[] = [
        { type: isEd ? 'ed25519' : 'es256', publicKey: publicKey.export({ format: 'pem', type: 'spki' }) as string },
        { type: 'webauthn', publicKey: cose(point).toString('base64url'), rpId: RP_ID, origins: [ORIGIN] },
        ssh(isEd ? 'ssh-ed25519' : 'ecdsa-sha2-nistp256'),
        ssh(isEd ? 'sk-ssh-ed25519@openssh.com' : 'sk-ecdsa-sha2-nistp256@openssh.com'),
      ]
      expect(records.map(identityOf)).to.deep.equal(records.map(() => spki.toString('hex')))
      expect(records.map((record) => valueOf(readKey(record)).keyid)).to.deep.equal([
        fingerprint(spki),
        fingerprint(spki),
        ...records.slice(2).map(({ type }) => fingerprint(sshBlob(type, point))),
      ])
    }
  })

  const good = (type: KeyType): string => testKey(type).record.publicKey
  const line = (type: string, blob: Buffer): string => `${type} ${blob.toString('base64')} x`
  /** A P-256 COSE key with one byte replaced. */
  const spoilt = (at: number, byte: number): string => {
    const bytes = Buffer.from(good('webauthn'), 'base64url')
    bytes[at] = byte
    return bytes.toString('base64url')
  }
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({
    format: 'pem',
    type: 'spki',
  }) as string
  const ec = (namedCurve: string): string =>
    generateKeyPairSync('ec', { namedCurve }).publicKey.export({ format: 'pem', type: 'spki' }) as string
  /** A key in PEM with the last byte of its algorithm's identifier replaced. */
  const renamed = (type: 'ed25519' | 'es256', at: number, byte: number): string => {
    const bytes = Buffer.from(good(type).replace(/-----[^-]+-----/g, ''), 'base64')
    bytes[at] = byte
    return `-----BEGIN PUBLIC KEY-----\n${bytes.toString('base64')}\n-----END PUBLIC KEY-----\n`
  }
  const ed = testKey('ssh-ed25519')
  const small = Buffer.from(SMALL_ORDER[0] ?? '', 'hex')

  for (const [title, type, publicKey] of [
    ['a type that is unknown', 'ssh-rsa', line('ssh-rsa', Buffer.concat([sshString('ssh-rsa'), sshString('x')]))],
    ['a type of Object.prototype', 'constructor', good('ssh-ed25519')],
    ['P-384', 'ecdsa-sha2-nistp384', good('ecdsa-sha2-nistp256')],
    ['a certificate', 'ssh-ed25519-cert-v01@openssh.com', good('ssh-ed25519')],
    ['another type in the line', 'ssh-ed25519', good('sk-ssh-ed25519@openssh.com')],
    ['another type in the blob', 'ssh-ed25519', line('ssh-ed25519', testKey('sk-ssh-ed25519@openssh.com').blob)],
    ['options before the type', 'ssh-ed25519', `no-pty ${good('ssh-ed25519')}`],
    ['two lines', 'ssh-ed25519', `${good('ssh-ed25519')}\n${good('ssh-ed25519')}`],
    ['an empty line first', 'ssh-ed25519', `\n${good('ssh-ed25519')}`],
    ['no key at all', 'ssh-ed25519', ''],
    ['base64 that is not canonical', 'ssh-ed25519', `ssh-ed25519 ${ed.blob.toString('base64')}=`],
    ['base64url', 'ssh-ed25519', `ssh-ed25519 ${Buffer.alloc(51, 0xff).toString('base64url')}`],
    ['bytes after the blob', 'ssh-ed25519', line('ssh-ed25519', Buffer.concat([ed.blob, Buffer.of(0)]))],
    ['a field after the blob', 'ssh-ed25519', line('ssh-ed25519', Buffer.concat([ed.blob, sshString('x')]))],
    ['a blob cut short', 'ssh-ed25519', line('ssh-ed25519', ed.blob.subarray(0, -1))],
    [
      'a length beyond the blob',
      'ssh-ed25519',
      line('ssh-ed25519', Buffer.concat([sshString('ssh-ed25519'), Buffer.from('ffffffff', 'hex')])),
    ],
    ['a small order', 'ssh-ed25519', line('ssh-ed25519', sshBlob('ssh-ed25519', small))],
    [
      'a small order in an sk- key',
      'sk-ssh-ed25519@openssh.com',
      line('sk-ssh-ed25519@openssh.com', sshBlob('sk-ssh-ed25519@openssh.com', small)),
    ],
    [
      'another curve name',
      'ecdsa-sha2-nistp256',
      line(
        'ecdsa-sha2-nistp256',
        Buffer.from(
          testKey('ecdsa-sha2-nistp256').blob.toString('latin1').replace('nistp256\0', 'nistp521\0'),
          'latin1',
        ),
      ),
    ],
    ['RSA in PEM', 'es256', rsa],
    ['P-384 in PEM', 'es256', ec('P-384')],
    ['secp256k1 in PEM', 'es256', ec('secp256k1')],
    ['Ed25519 where P-256 is asked', 'es256', good('ed25519')],
    ['P-256 where Ed25519 is asked', 'ed25519', good('es256')],
    [
      'X25519 where Ed25519 is asked',
      'ed25519',
      generateKeyPairSync('x25519').publicKey.export({ format: 'pem', type: 'spki' }) as string,
    ],
    ['an Ed25519 point by the name of X25519', 'ed25519', renamed('ed25519', 8, 0x6e)],
    ['a P-256 point by the name of another curve', 'es256', renamed('es256', 22, 0x06)],
    [
      'a small order in PEM',
      'ed25519',
      `-----BEGIN PUBLIC KEY-----\n${Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), small]).toString('base64')}\n-----END PUBLIC KEY-----\n`,
    ],
    [
      'a private key in PEM',
      'ed25519',
      generateKeyPairSync('ed25519').privateKey.export({ format: 'pem', type: 'pkcs8' }) as string,
    ],
    ['two PEM blocks', 'ed25519', good('ed25519') + good('ed25519')],
    ['text before the PEM block', 'ed25519', `x\n${good('ed25519')}`],
    [
      'a COSE key of another algorithm',
      'webauthn',
      cose(Buffer.alloc(32, 3)).toString('base64url').replace('pAEBAyc', 'pAEBAyY'),
    ],
    [
      'a COSE key with bytes after it',
      'webauthn',
      Buffer.concat([Buffer.from(good('webauthn'), 'base64url'), Buffer.of(0)]).toString('base64url'),
    ],
    ['a COSE key of ES384', 'webauthn', spoilt(3, 0x38)],
    ['a COSE key with another y', 'webauthn', spoilt(43, 0x23)],
    ['a COSE key in padded base64', 'webauthn', Buffer.from(good('webauthn'), 'base64url').toString('base64')],
    ['a COSE key of small order', 'webauthn', cose(small).toString('base64url')],
    [
      'a COSE key off the curve',
      'webauthn',
      cose(Buffer.concat([Buffer.of(4), Buffer.alloc(64, 1)])).toString('base64url'),
    ],
  ] as const)
    it(`refuses ${title}`, () => {
      // What was read once is remembered, by all of the record: these records are new.
      const more = { rpId: RP_ID, origins: [ORIGIN, `https://${reads++}.example`] }
      const result = read(type, publicKey, more)
      expect(result.ok || result.issues.map(({ path }) => path)).to.deep.equal([
        KEY_TYPES.some((known) => known === type) ? '/publicKey' : '/type',
      ])
      expect(identityOf({ type, publicKey, ...more })).to.equal('')
    })

  it('refuses a passkey without relying party or origins', () => {
    const { publicKey } = testKey('webauthn').record
    const missing = (more: Partial<KeyRecord>): unknown => {
      const key = read('webauthn', publicKey, more)
      return key.ok || key.issues.map(({ path }) => path)
    }
    expect(missing({ origins: [ORIGIN] })).to.deep.equal(['/rpId'])
    expect(missing({ rpId: RP_ID, origins: [] })).to.deep.equal(['/origins'])
    expect(missing({ rpId: RP_ID })).to.deep.equal(['/origins'])
    expect(read('webauthn', publicKey, { rpId: RP_ID, origins: [ORIGIN] }).ok).to.equal(true)
  })

  it('takes a comment, tabs and one line break at the end of an SSH line', () => {
    const [type = '', encoded = ''] = good('ssh-ed25519').split(' ')
    for (const publicKey of [`${type} ${encoded}`, `${type}\t${encoded}\tme at home\n`, `${type} ${encoded} é\r\n`])
      expect(read(type, publicKey).ok, publicKey).to.equal(true)
  })
})
