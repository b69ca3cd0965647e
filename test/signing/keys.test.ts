import { generateKeyPairSync, sign } from 'node:crypto'
import { expect } from 'chai'
import type { Result } from '../../src/api/result.ts'
import { ed25519Key } from '../../src/signing/ed25519.ts'
import { fromDer, p256Key } from '../../src/signing/ecdsa.ts'
import type { KeyRecord, KeyType, PublicKey } from '../../src/signing/keys.ts'
import { fingerprint, identityOf, readKey } from '../../src/signing/keys.ts'
import { sshString } from '../../src/signing/ssh-wire.ts'
import { cose, der, KEY_TYPES, ORIGIN, RP_ID, shortest, sshBlob, testKey } from './signer.ts'

const MESSAGE = Buffer.from('message')
const P = 2n ** 255n - 19n
const L = 2n ** 252n + 27742317777372353535851937790883648493n
const N = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

const littleEndian = (value: bigint): Buffer => Buffer.from(value.toString(16).padStart(64, '0'), 'hex').reverse()
const bigEndian = (value: bigint): Buffer => Buffer.from(value.toString(16).padStart(64, '0'), 'hex')
const numberOf = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString('hex')}`)

function valueOf<T>(read: Result<T>): T {
  if (!read.ok) throw new Error(read.issues.map(({ message }) => message).join())
  return read.value
}
const messageOf = (read: Result<unknown>): string => (read.ok ? '' : read.issues.map(({ message }) => message).join())

/** Every encoding of every point of small order, as Ed25519 implementations list them: canonical and not, either sign. */
const SMALL_ORDER = [
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

describe('ed25519Key', () => {
  it('verifies the second and third tests of RFC 8032 section 7.1', () => {
    for (const [point, message, signature] of [
      [
        '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
        '72',
        '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
      ],
      [
        'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
        'af82',
        '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
      ],
    ] as const) {
      const key = valueOf(ed25519Key(Buffer.from(point, 'hex')))
      expect(key.verify(Buffer.from(message, 'hex'), Buffer.from(signature, 'hex'))).to.deep.equal({ ok: true })
      expect(key.verify(MESSAGE, Buffer.from(signature, 'hex'))).to.include({ ok: false, check: 'Signature' })
    }
  })

  for (const hex of SMALL_ORDER)
    it(`refuses the point of small order ${hex}`, () => {
      expect(messageOf(ed25519Key(Buffer.from(hex, 'hex')))).to.match(/small order|canonical/)
    })

  it('refuses y of the field prime and above', () => {
    // 2^255 - 19 + 3: the y of 3 in another spelling.
    expect(messageOf(ed25519Key(littleEndian(P + 3n)))).to.contain('canonical')
  })

  it('refuses what is no point of the curve, and about half of all texts are none', () => {
    const refused = Array.from({ length: 64 }, (_, y) => ed25519Key(littleEndian(BigInt(y + 2)))).filter(
      ({ ok }) => !ok,
    )
    expect(refused.length).to.be.greaterThan(15).and.lessThan(49)
    expect(messageOf(ed25519Key(littleEndian(2n)))).to.equal('expected a point on edwards25519')
  })

  it('refuses other lengths', () => {
    expect(ed25519Key(Buffer.alloc(31, 3)).ok).to.equal(false)
    expect(ed25519Key(Buffer.alloc(33, 3)).ok).to.equal(false)
  })

  it('refuses S not below the order, and other lengths of signature', () => {
    const { publicKey, privateKey } = generateKeyPairSync('ed25519')
    const key = valueOf(ed25519Key(publicKey.export({ format: 'der', type: 'spki' }).subarray(-32)))
    const signature = sign(null, MESSAGE, privateKey)
    const s = numberOf(Buffer.from(signature.subarray(32)).reverse())
    const twin = Buffer.concat([signature.subarray(0, 32), littleEndian(s + L)])
    expect(key.verify(MESSAGE, signature)).to.deep.equal({ ok: true })
    expect(key.verify(MESSAGE, twin)).to.include({ check: 'Range' })
    expect(key.verify(MESSAGE, signature.subarray(0, 63))).to.include({ check: 'Format' })
    expect(key.verify(MESSAGE, Buffer.concat([signature, Buffer.of(0)]))).to.include({ check: 'Format' })
  })
})

describe('p256Key', () => {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const point = publicKey.export({ format: 'der', type: 'spki' }).subarray(-65)
  const key = valueOf(p256Key(point))
  const rs = sign('sha256', MESSAGE, { key: privateKey, dsaEncoding: 'ieee-p1363' })
  const [r, s] = [numberOf(rs.subarray(0, 32)), numberOf(rs.subarray(32))]

  it('verifies r and s, low or high', () => {
    expect(key.verify(MESSAGE, rs)).to.deep.equal({ ok: true })
    expect(key.verify(MESSAGE, Buffer.concat([rs.subarray(0, 32), bigEndian(N - s)]))).to.deep.equal({ ok: true })
    expect(key.verify(Buffer.from('other'), rs)).to.include({ check: 'Signature' })
  })

  for (const [title, wrong] of [
    ['r of zero', [0n, s]],
    ['s of zero', [r, 0n]],
    ['r of the order', [N, s]],
    ['s of the order', [r, N]],
    ['s beyond the order', [r, 2n ** 256n - 1n]],
  ] as const)
    it(`refuses ${title}`, () => {
      expect(key.verify(MESSAGE, Buffer.concat(wrong.map(bigEndian)))).to.include({ check: 'Range' })
    })

  it('refuses points off the curve, compressed points and the point at infinity', () => {
    const off = Buffer.from(point)
    off[64] = (off[64] ?? 0) ^ 1
    expect(messageOf(p256Key(off))).to.equal('expected a point on P-256')
    const compressed = Buffer.concat([Buffer.of(2 + ((point[64] ?? 0) & 1)), point.subarray(1, 33)])
    for (const wrong of [compressed, Buffer.of(0), Buffer.alloc(65), Buffer.concat([Buffer.of(6), point.subarray(1)])])
      expect(p256Key(wrong).ok).to.equal(false)
    expect(p256Key(Buffer.concat([Buffer.of(4), Buffer.alloc(64)])).ok).to.equal(false)
  })

  it('takes one DER encoding of a signature and no other', () => {
    const good = der(rs.subarray(0, 32), rs.subarray(32))
    expect(fromDer(good)).to.deep.equal({ ok: true, value: rs })
    const [first, second] = [shortest(rs.subarray(0, 32)), shortest(rs.subarray(32))]
    const sequence = (a: Buffer, b: Buffer, head = 0x30): Buffer => {
      const body = Buffer.concat([Buffer.of(2, a.length), a, Buffer.of(2, b.length), b])
      return Buffer.concat([Buffer.of(head, body.length), body])
    }
    expect(sequence(first, second).equals(good)).to.equal(true)
    const zero = Buffer.of(0)
    const wrong = [
      Buffer.alloc(0),
      Buffer.concat([good, zero]),
      good.subarray(0, -1),
      sequence(Buffer.concat([zero, first]), second),
      sequence(first, Buffer.concat([zero, second])),
      sequence(first, second, 0x31),
      sequence(zero, second),
      sequence(Buffer.alloc(0), second),
      sequence(Buffer.of(0x80), second),
      sequence(first, Buffer.alloc(33, 1)),
      sequence(first, Buffer.alloc(34, 1)),
      Buffer.concat([Buffer.of(0x30, 0x81, good.length - 2), good.subarray(2)]),
      Buffer.concat([Buffer.of(0x30, 0x80), good.subarray(2), Buffer.of(0, 0)]),
    ]
    for (const bytes of wrong) expect(fromDer(bytes), bytes.toString('hex')).to.include({ ok: false, check: 'Format' })
  })
})

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
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({
    format: 'pem',
    type: 'spki',
  }) as string
  const ec = (namedCurve: string): string =>
    generateKeyPairSync('ec', { namedCurve }).publicKey.export({ format: 'pem', type: 'spki' }) as string
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
    ['a COSE key in padded base64', 'webauthn', Buffer.from(good('webauthn'), 'base64url').toString('base64')],
    ['a COSE key of small order', 'webauthn', cose(small).toString('base64url')],
    [
      'a COSE key off the curve',
      'webauthn',
      cose(Buffer.concat([Buffer.of(4), Buffer.alloc(64, 1)])).toString('base64url'),
    ],
  ] as const)
    it(`refuses ${title}`, () => {
      const result = read(type, publicKey, { rpId: RP_ID, origins: [ORIGIN] })
      expect(result.ok).to.equal(false)
      expect(identityOf({ type, publicKey, rpId: RP_ID, origins: [ORIGIN] })).to.equal('')
    })

  it('refuses a passkey without relying party or origins', () => {
    const { publicKey } = testKey('webauthn').record
    expect(read('webauthn', publicKey, { origins: [ORIGIN] })).to.deep.include({ ok: false })
    expect(read('webauthn', publicKey, { rpId: RP_ID, origins: [] })).to.deep.include({ ok: false })
    expect(read('webauthn', publicKey, { rpId: RP_ID, origins: [ORIGIN] }).ok).to.equal(true)
  })

  it('takes a comment, tabs and one line break at the end of an SSH line', () => {
    const [type = '', encoded = ''] = good('ssh-ed25519').split(' ')
    for (const publicKey of [`${type} ${encoded}`, `${type}\t${encoded}\tme at home\n`, `${type} ${encoded} é\r\n`])
      expect(read(type, publicKey).ok, publicKey).to.equal(true)
  })
})
