import { expect } from 'chai'
import { ascii, sshString, sshStrings } from '../../src/signing/ssh-wire.ts'

describe('sshStrings', () => {
  const two = Buffer.concat([sshString('a'), sshString('')])

  it('reads what sshString writes, empty strings too', () => {
    expect(sshStrings(two, 2)?.map(ascii)).to.deep.equal(['a', ''])
    expect(sshStrings(Buffer.alloc(0), 0)).to.deep.equal([])
  })

  it('reads a view into a larger buffer', () => {
    const inner = new Uint8Array(Buffer.concat([Buffer.alloc(3), two, Buffer.alloc(3)])).subarray(3, 3 + two.length)
    expect(sshStrings(inner, 2)?.map(ascii)).to.deep.equal(['a', ''])
  })

  it('refuses another count, and lengths beyond the end', () => {
    for (const count of [0, 1, 3]) expect(sshStrings(two, count)).to.equal(undefined)
    for (const hex of ['0000', '00000001', '0000000261', 'ffffffff61', '7fffffff'])
      expect(sshStrings(Buffer.from(hex, 'hex'), 1)).to.equal(undefined)
  })

  it('tells bytes that no text has apart', () => {
    expect(ascii(Buffer.of(0xff))).not.to.equal(ascii(Buffer.of(0xfe)))
  })
})
