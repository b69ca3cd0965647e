import { expect } from 'chai'
import type { Json } from '../../src/api/json.ts'
import { envelopeJson, pae, parseEnvelope, PAYLOAD_TYPE } from '../../src/signing/envelope.ts'

const GOOD = {
  payloadType: PAYLOAD_TYPE,
  payload: Buffer.from('payload').toString('base64'),
  signatures: [{ keyid: 'SHA256:x', sig: 'c2ln' }],
}
const SIGNATURE = { sig: 'c2ln' }

/** Path of each issue, or [] for an envelope that can be read. */
function paths(envelope: Json): readonly string[] {
  const read = parseEnvelope(envelope)
  return read.ok ? [] : read.issues.map(({ path }) => path)
}

describe('pae', () => {
  it('counts bytes, as DSSE says', () => {
    expect(pae(Buffer.from('hé')).toString()).to.equal('DSSEv1 39 application/vnd.obstat.approval.v1+json 3 hé')
    expect(pae(Buffer.alloc(0)).toString()).to.equal('DSSEv1 39 application/vnd.obstat.approval.v1+json 0 ')
    expect(PAYLOAD_TYPE.length).to.equal(39)
  })
})

describe('parseEnvelope', () => {
  it('reads payload and signatures, with and without keyid', () => {
    const read = parseEnvelope({ ...GOOD, signatures: [...GOOD.signatures, SIGNATURE, { keyid: '', ...SIGNATURE }] })
    const sig = Buffer.from('sig')
    expect(read).to.deep.equal({
      ok: true,
      value: {
        payload: Buffer.from('payload'),
        signatures: [
          { keyid: 'SHA256:x', sig },
          { keyid: '', sig },
          { keyid: '', sig },
        ],
      },
    })
  })

  it('is the inverse of envelopeJson', () => {
    const read = parseEnvelope({ ...GOOD, signatures: [...GOOD.signatures, SIGNATURE] })
    if (!read.ok) throw new Error('expected an envelope')
    expect(envelopeJson(read.value)).to.deep.equal({ ...GOOD, signatures: [...GOOD.signatures, SIGNATURE] })
  })

  for (const [title, envelope, path] of [
    ['a text', 'x', ''],
    ['a list', [GOOD], ''],
    ['null', null, ''],
    ['an unknown member', { ...GOOD, alg: 'none' }, ''],
    ['another payload type', { ...GOOD, payloadType: 'application/vnd.in-toto+json' }, '/payloadType'],
    ['a payload type with a parameter', { ...GOOD, payloadType: `${PAYLOAD_TYPE};x` }, '/payloadType'],
    ['no payload type', { payload: GOOD.payload, signatures: GOOD.signatures }, '/payloadType'],
    ['no payload', { payloadType: PAYLOAD_TYPE, signatures: GOOD.signatures }, '/payload'],
    ['an empty payload', { ...GOOD, payload: '' }, '/payload'],
    ['a payload that is no text', { ...GOOD, payload: 1 }, '/payload'],
    ['base64 without padding', { ...GOOD, payload: 'cGF5bG9hZA' }, '/payload'],
    ['base64 with a blank', { ...GOOD, payload: 'cGF5 bG9hZA==' }, '/payload'],
    ['base64 with a line break', { ...GOOD, payload: 'cGF5bG9hZA==\n' }, '/payload'],
    ['base64 with bits left over', { ...GOOD, payload: 'cGF5bG9hZB==' }, '/payload'],
    ['base64url', { ...GOOD, payload: '-_-_' }, '/payload'],
    ['no signatures', { ...GOOD, signatures: [] }, '/signatures'],
    ['nine signatures', { ...GOOD, signatures: Array.from({ length: 9 }, () => SIGNATURE) }, '/signatures'],
    ['signatures that are null', { ...GOOD, signatures: null }, '/signatures'],
    ['signatures that are an object', { ...GOOD, signatures: { 0: SIGNATURE, length: 1 } }, '/signatures'],
    ['a signature that is a text', { ...GOOD, signatures: ['c2ln'] }, '/signatures/0'],
    [
      'an unknown member of a signature',
      { ...GOOD, signatures: [SIGNATURE, { ...SIGNATURE, alg: 'none' }] },
      '/signatures/1',
    ],
    ['a keyid that is null', { ...GOOD, signatures: [{ ...SIGNATURE, keyid: null }] }, '/signatures/0/keyid'],
    ['an empty sig', { ...GOOD, signatures: [{ sig: '' }] }, '/signatures/0/sig'],
    ['no sig', { ...GOOD, signatures: [{ keyid: 'x' }] }, '/signatures/0/sig'],
    ['one bad sig among good ones', { ...GOOD, signatures: [SIGNATURE, { sig: '!' }] }, '/signatures/1/sig'],
  ] as const)
    it(`refuses ${title}`, () => {
      expect(paths(envelope)[0]).to.equal(path)
    })

  it('takes eight signatures', () => {
    expect(paths({ ...GOOD, signatures: Array.from({ length: 8 }, () => SIGNATURE) })).to.deep.equal([])
  })

  it('takes 48 KiB in canonical form and refuses one byte more', () => {
    const withKeyid = (keyid: string): Json => ({ ...GOOD, signatures: [{ ...SIGNATURE, keyid }] })
    const rest = JSON.stringify(withKeyid('')).length
    expect(paths(withKeyid('x'.repeat(49_152 - rest)))).to.deep.equal([])
    expect(paths(withKeyid('x'.repeat(49_153 - rest)))).to.deep.equal([''])
  })
})
