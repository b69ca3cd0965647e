import { generateKeyPairSync, sign } from 'node:crypto'
import { expect } from 'chai'
import type { Result } from '../../src/api/result.ts'
import { ed25519Key } from '../../src/signing/ed25519.ts'
import { fromDer, p256Key } from '../../src/signing/ecdsa.ts'
import { der, shortest, SMALL_ORDER } from './signer.ts'

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
    const withS = (value: bigint): Buffer => Buffer.concat([signature.subarray(0, 32), littleEndian(value)])
    expect(key.verify(MESSAGE, withS(L))).to.include({ check: 'Range' })
    expect(key.verify(MESSAGE, withS(L - 1n))).to.include({ check: 'Signature' })
    expect(key.verify(MESSAGE, signature.subarray(0, 63))).to.include({ check: 'Format' })
    expect(key.verify(MESSAGE, Buffer.concat([signature, Buffer.of(0)]))).to.include({ check: 'Format' })
  })
})

/** The bytes with one replaced. */
function retagged(bytes: Buffer, at: number, byte: number): Buffer {
  const copy = Buffer.from(bytes)
  copy[at] = byte
  return copy
}

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

  it('refuses other lengths', () => {
    expect(key.verify(MESSAGE, rs.subarray(0, 63))).to.include({ check: 'Format' })
    expect(key.verify(MESSAGE, Buffer.concat([rs, Buffer.of(0)]))).to.include({ check: 'Format' })
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
    const top = Buffer.concat([Buffer.of(0x80), Buffer.alloc(31)])
    expect(fromDer(sequence(Buffer.concat([zero, top]), Buffer.of(0x7f)))).to.deep.equal({
      ok: true,
      value: Buffer.concat([top, Buffer.alloc(31), Buffer.of(0x7f)]),
    })
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
      retagged(good, 2, 3),
      retagged(good, 4 + first.length, 3),
      // The last integer is said to be longer than it is, while the sequence is not.
      retagged(good, 5 + first.length, second.length + 1),
      Buffer.concat([Buffer.of(0x30, 0x81, good.length - 2), good.subarray(2)]),
      Buffer.concat([Buffer.of(0x30, 0x80), good.subarray(2), Buffer.of(0, 0)]),
    ]
    for (const bytes of wrong) expect(fromDer(bytes), bytes.toString('hex')).to.include({ ok: false, check: 'Format' })
  })
})
