import { generateKeyPairSync, sign } from 'node:crypto'
import { expect } from 'chai'
import { readKey } from '../../src/signing/keys.ts'
import { rememberText, rememberVerified } from '../../src/signing/remembered.ts'
import { failed, VERIFIED } from '../../src/signing/verified.ts'

describe('what is remembered of signatures', () => {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const record = { type: 'ed25519', publicKey: publicKey.export({ type: 'spki', format: 'pem' }).toString() }
  const read = readKey(record)
  if (!read.ok) throw new Error('expected a key')
  const { verify } = read.value
  const message = Buffer.from('the act')
  const signature = sign(null, message, privateKey)

  it('is good for this message, this signature and this key alone', () => {
    expect(verify(message, signature).ok).to.equal(true)
    expect(verify(message, signature).ok).to.equal(true)
    expect(verify(Buffer.from('the Act'), signature).ok).to.equal(false)
    for (let at = 0; at < signature.length; at++) {
      const other = Buffer.from(signature)
      other[at] = (other[at] ?? 0) ^ 1
      expect(verify(message, other).ok, String(at)).to.equal(false)
    }
    const stranger = generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }).toString()
    const theirs = readKey({ ...record, publicKey: stranger })
    expect(theirs.ok && theirs.value.verify(message, signature).ok).to.equal(false)
  })

  it('does not take a byte of the message for one of the signature', () => {
    const asked: string[] = []
    const once = rememberVerified((said, by) => {
      asked.push(`${Buffer.from(said).toString()}|${Buffer.from(by).toString()}`)
      return asked.length === 1 ? VERIFIED : failed('Signature', 'no')
    })
    expect(once(Buffer.from('ab'), Buffer.from('c')).ok).to.equal(true)
    expect(once(Buffer.from('ab'), Buffer.from('c')).ok).to.equal(true)
    expect(once(Buffer.from('a'), Buffer.from('bc')).ok).to.equal(false)
    expect(asked).to.deep.equal(['ab|c', 'a|bc'])
  })

  it('is never that something did not verify', () => {
    let calls = 0
    const never = rememberVerified(() => failed('Signature', String(++calls)))
    expect(never(message, signature)).to.deep.equal(failed('Signature', '1'))
    expect(never(message, signature)).to.deep.equal(failed('Signature', '2'))
  })

  it('is all of a record that says which key it is', () => {
    const first = readKey(record)
    expect(readKey({ ...record, name: 'laptop', revokedAt: '2026-01-01T00:00:00Z' })).to.equal(first)
    expect(readKey({ ...record, type: 'es256' })).not.to.equal(first)
    expect(readKey({ ...record, verifyRequired: true })).not.to.equal(first)
  })

  it('is bounded', () => {
    let computed = 0
    const known = rememberText(() => ++computed)
    for (let turn = 0; turn < 5000; turn++) known(String(turn))
    known('0')
    expect(computed).to.equal(5001)
  })

  it('is 1,024 keys, and 64 signatures of each', () => {
    let computed = 0
    const keys = rememberText(() => ++computed)
    const signatures = rememberVerified(() => (computed++, VERIFIED))
    const texts = (length: number): readonly string[] => Array.from({ length }, (_, at) => String(at))
    const costs = (count: number, use: (text: string) => void): number => {
      computed = 0
      for (const text of texts(count)) use(text)
      return computed
    }
    expect(costs(1024, keys)).to.equal(1024)
    expect(costs(1024, keys)).to.equal(0)
    expect(costs(1025, keys)).to.equal(1)
    expect(costs(2, keys)).to.equal(2)
    const verify = (text: string) => signatures(Buffer.from(text), Buffer.from(text))
    expect(costs(64, verify)).to.equal(64)
    expect(costs(64, verify)).to.equal(0)
    expect(costs(65, verify)).to.equal(1)
    expect(costs(2, verify)).to.equal(2)
  })
})
