import { expect } from 'chai'
import type { Json } from '../../src/api/json.ts'
import { envelopeJson, pae } from '../../src/signing/envelope.ts'
import { readKey } from '../../src/signing/keys.ts'
import type { ApproverKeys, Opened } from '../../src/signing/open.ts'
import { openEnvelope, openWithKeyring, readKeyring } from '../../src/signing/open.ts'
import type { Statement } from '../../src/signing/statement.ts'
import { payloadOf } from '../../src/signing/statement.ts'
import type { TestKey } from './signer.ts'
import { KEY_TYPES, testKey } from './signer.ts'
import { ACT, PRE_APPROVAL, STATEMENT } from './statements.ts'

interface Hand {
  readonly key: TestKey
  readonly keyid?: string
}

const keyidOf = (key: TestKey): string => {
  const read = readKey(key.record)
  return read.ok ? read.value.keyid : ''
}

/** An envelope with a signature of each hand over some payload. */
const sealed = (payload: Uint8Array, ...hands: readonly Hand[]): Json =>
  envelopeJson({
    payload,
    signatures: hands.map(({ key, keyid = keyidOf(key) }) => ({ keyid, sig: key.sign(pae(payload)) })),
  })
const signed = (statement: Statement, ...hands: readonly Hand[]): Json => sealed(payloadOf(statement), ...hands)

const [alice, bob, mallory] = [testKey('ssh-ed25519'), testKey('es256'), testKey('ssh-ed25519')] as const
const APPROVERS: readonly ApproverKeys[] = [
  { approver: 'alice', keys: [testKey('webauthn').record, alice.record] },
  { approver: 'bob', keys: [bob.record] },
]
const namesOf = (opened: Opened): readonly string[] =>
  opened.ok ? opened.signers.map(({ approver }) => approver) : [`${opened.check}: ${opened.message}`]

describe('openEnvelope', () => {
  for (const type of KEY_TYPES)
    it(`opens what ${type} signed`, () => {
      const key = testKey(type)
      const opened = openEnvelope(signed(STATEMENT, { key }), [{ approver: 'alice', keys: [key.record] }])
      const read = readKey(key.record)
      expect(opened).to.deep.equal({
        ok: true,
        statement: STATEMENT,
        payload: payloadOf(STATEMENT),
        signers: [{ approver: 'alice', key: key.record, identity: read.ok && read.value.identity }],
        verifications: 1,
      })
    })

  it('opens a pre-approval', () => {
    expect(namesOf(openEnvelope(signed(PRE_APPROVAL, { key: alice }), APPROVERS))).to.deep.equal(['alice'])
  })

  it('lists everybody who signed, once', () => {
    const hands = [{ key: alice }, { key: mallory }, { key: bob }, { key: alice }]
    expect(namesOf(openEnvelope(signed(STATEMENT, ...hands), APPROVERS))).to.deep.equal(['alice', 'bob'])
  })

  it('lists every Approver that holds the key, under one identity', () => {
    const shared = [...APPROVERS, { approver: 'twin', keys: [alice.record] }]
    const opened = openEnvelope(signed(STATEMENT, { key: alice }), shared)
    expect(namesOf(opened)).to.deep.equal(['alice', 'twin'])
    expect(opened.ok && new Set(opened.signers.map(({ identity }) => identity)).size).to.equal(1)
  })

  it('does not ask whom the statement names, when it is valid or whether the key is', () => {
    const revoked = [{ approver: 'bob', keys: [{ ...alice.record, revokedAt: '2020-01-01T00:00:00Z' }] }]
    expect(namesOf(openEnvelope(signed(STATEMENT, { key: alice }), revoked))).to.deep.equal(['bob'])
  })

  it('tries every key without a keyid, or with one that nobody has', () => {
    for (const keyid of ['', 'SHA256:unknown', '__proto__', 'constructor']) {
      const opened = openEnvelope(signed(STATEMENT, { key: bob, keyid }), APPROVERS)
      expect(namesOf(opened)).to.deep.equal(['bob'])
      expect(opened.verifications).to.equal(3)
    }
  })

  it('tries the key that a keyid names and no other', () => {
    const opened = openEnvelope(signed(STATEMENT, { key: bob, keyid: keyidOf(alice) }), APPROVERS)
    expect(opened).to.include({ ok: false, verifications: 1 })
    expect(openEnvelope(signed(STATEMENT, { key: mallory, keyid: keyidOf(alice) }), APPROVERS)).to.include({
      check: 'OtherKey',
    })
  })

  it('trusts no key that is named or embedded in the message', () => {
    expect(openEnvelope(signed(STATEMENT, { key: mallory }), APPROVERS)).to.include({ ok: false, verifications: 3 })
    const payload = payloadOf(STATEMENT)
    const sig = mallory.sign(pae(payload), { blob: alice.blob })
    const envelope = envelopeJson({ payload, signatures: [{ keyid: keyidOf(alice), sig }] })
    expect(openEnvelope(envelope, APPROVERS)).to.include({ ok: false, check: 'Signature' })
  })

  it('names the check that tells most', () => {
    const payload = payloadOf(STATEMENT)
    const sig = alice.sign(pae(payload), { namespace: 'file' })
    const envelope = envelopeJson({ payload, signatures: [{ keyid: '', sig }] })
    expect(openEnvelope(envelope, APPROVERS)).to.include({ check: 'Namespace' })
    const stranger = signed(STATEMENT, { key: mallory, keyid: '' })
    expect(openEnvelope(stranger, APPROVERS)).to.include({ check: 'Format' })
    expect(openEnvelope(stranger, [...APPROVERS].reverse())).to.include({ check: 'Format' })
    expect(openEnvelope(stranger, [{ approver: 'alice', keys: [alice.record] }])).to.include({ check: 'OtherKey' })
    const raw = envelopeJson({ payload, signatures: [{ keyid: '', sig: testKey('es256').sign(pae(payload)) }] })
    expect(openEnvelope(raw, APPROVERS)).to.include({ check: 'Signature' })
    expect(openEnvelope(raw, [...APPROVERS].reverse())).to.include({ check: 'Signature' })
    expect(openEnvelope({ payloadType: 'x', payload: '', signatures: [] }, APPROVERS)).to.include({
      message:
        '/payloadType: expected application/vnd.obstat.approval.v1+json; ' +
        '/payload: expected canonical base64 of one byte or more; /signatures: expected one to 8 signatures',
    })
    expect(openEnvelope('x', APPROVERS)).to.deep.equal({
      ok: false,
      check: 'Envelope',
      message: 'expected an envelope object',
      verifications: 0,
    })
  })

  it('refuses a signature over anything but the PAE', () => {
    const payload = payloadOf(STATEMENT)
    for (const message of [
      payload,
      Buffer.from(payload.toString('base64')),
      Buffer.from(pae(payload).toString().replace('v1', 'v2')),
    ]) {
      const envelope = envelopeJson({ payload, signatures: [{ keyid: '', sig: bob.sign(message) }] })
      expect(openEnvelope(envelope, APPROVERS)).to.include({ ok: false })
    }
  })

  it('refuses when no Approver has a key that can be read', () => {
    const weak = { type: 'ssh-rsa', publicKey: 'ssh-rsa AAAA' }
    for (const approvers of [[], [{ approver: 'alice', keys: [] }], [{ approver: 'alice', keys: [weak] }]])
      expect(openEnvelope(signed(STATEMENT, { key: alice }), approvers)).to.include({
        check: 'NoKey',
        verifications: 0,
      })
  })

  it('is not stopped by a key record that cannot be read', () => {
    const approvers = [{ approver: 'broken', keys: [{ type: 'es256', publicKey: '' }] }, ...APPROVERS]
    expect(namesOf(openEnvelope(signed(STATEMENT, { key: alice }), approvers))).to.deep.equal(['alice'])
  })

  it('reads the payload only after a signature verified', () => {
    const garbage = Buffer.from('not JSON')
    expect(openEnvelope(sealed(garbage, { key: mallory }), APPROVERS))
      .to.include({ ok: false })
      .and.not.include({ check: 'Statement' })
    expect(openEnvelope(sealed(garbage, { key: alice }), APPROVERS)).to.include({ check: 'Statement' })
  })

  it('tells a wrong digest from a malformed statement', () => {
    const wrong = { ...STATEMENT, acts: [{ ...ACT, name: 'other' }] }
    expect(openEnvelope(signed(wrong, { key: alice }), APPROVERS)).to.include({ check: 'Digest' })
    expect(openEnvelope(signed({ ...wrong, approver: '' }, { key: alice }), APPROVERS)).to.include({
      check: 'Statement',
    })
  })

  it('costs no more verifications than it may', () => {
    const keyring = readKeyring(APPROVERS)
    const envelope = signed(STATEMENT, { key: alice, keyid: '' })
    expect(openWithKeyring(envelope, keyring, 3)).to.include({ ok: true, verifications: 3 })
    expect(openWithKeyring(envelope, keyring, 2)).to.include({ ok: false, check: 'Limit', verifications: 0 })
    const crowd = [{ approver: 'crowd', keys: Array.from({ length: 1025 }, () => alice.record) }]
    expect(openEnvelope(envelope, crowd)).to.include({ check: 'Limit' })
  })
})
