import { expect } from 'chai'
import { base64Bytes, base64urlBytes, unpaddedBase64 } from '../../src/signing/base64.ts'

const BYTES = Buffer.from('fbff', 'hex')

describe('base64', () => {
  it('reads the one text of each value', () => {
    expect(base64Bytes('+/8=')).to.deep.equal(BYTES)
    expect(base64urlBytes('-_8')).to.deep.equal(BYTES)
    expect(base64Bytes('')).to.have.length(0)
    expect(base64urlBytes('')).to.have.length(0)
  })

  it('reads no other text: bits left over, blanks, padding that is missing or too much, the other alphabet', () => {
    for (const text of ['+/9=', '+/8', '+/8==', ' +/8=', '+/8=\n', '-_8=', '+/8=+/8=', '='])
      expect(base64Bytes(text), text).to.equal(undefined)
    for (const text of ['-_9', '-_8=', ' -_8', '-_8\n', '+/8']) expect(base64urlBytes(text), text).to.equal(undefined)
  })

  it('prints without padding as OpenSSH does', () => {
    expect(unpaddedBase64(BYTES)).to.equal('+/8')
    expect(unpaddedBase64(BYTES.subarray(0, 1))).to.equal('+w')
    expect(unpaddedBase64(Buffer.alloc(3))).to.equal('AAAA')
  })
})
