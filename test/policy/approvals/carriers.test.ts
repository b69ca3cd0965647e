import { expect } from 'chai'
import type { Json } from '../../../src/api/json.ts'
import { annotated as carriersOf, carried, envelopesOf, namedRequests } from '../../../src/policy/approvals/carriers.ts'
import { peek } from '../../../src/policy/approvals/peek.ts'
import { preApprovalName } from '../../../src/signing/statement.ts'
import { request } from '../given.ts'
import { alice, decided, deletion, envelope, filed, preApproval, statement } from './desk.ts'

const holding = (annotation: Json, more: object = {}): Json => ({
  metadata: { annotations: { 'obstat.dev/approval': annotation }, ...more },
})
const whyUnreadable = (annotation: Json): string =>
  envelopesOf('object', holding(annotation))
    .map(({ unreadable }) => unreadable)
    .join()

describe('carriers of an approval', () => {
  it('are the decisions of the requests, then the annotations', () => {
    const asked = decided(filed(), { a: 1 }, { a: 2 })
    const both = request({ object: holding('{"a":3}'), oldObject: holding('[{"a":4},{"a":5}]') })
    expect(carried(both, null, [asked])).to.deep.equal([
      { request: 'ar-one', where: 'ar-one', envelope: { a: 1 }, unreadable: '' },
      { request: 'ar-one', where: 'ar-one', envelope: { a: 2 }, unreadable: '' },
      { request: '', where: 'object', envelope: { a: 3 }, unreadable: '' },
      { request: '', where: 'stored object', envelope: { a: 4 }, unreadable: '' },
      { request: '', where: 'stored object', envelope: { a: 5 }, unreadable: '' },
    ])
  })

  it('are eight decisions of a request at most', () => {
    const asked = decided(filed(), ...Array.from({ length: 9 }, (_, i) => ({ i })))
    expect(carried(deletion(), null, [asked]).map(({ envelope: one }) => one)).to.deep.equal(
      Array.from({ length: 8 }, (_, i) => ({ i })),
    )
  })

  it('are a decision without an envelope too, which then does not verify', () => {
    const asked = { ...filed(), spec: { ...filed().spec, decisions: [{}] as never } }
    expect(carried(deletion(), null, [asked])[0]).to.deep.include({ envelope: null })
  })

  const wheres = (subresource: string, more: Parameters<typeof request>[0] = {}): readonly string[] =>
    carriersOf(request({ subresource, object: holding('{}'), oldObject: holding('{}'), ...more }), holding('{}')).map(
      ({ where }) => where,
    )

  it('are the object, the stored one, and the live parent of a subresource', () => {
    expect(wheres('')).to.deep.equal(['object', 'stored object'])
    expect(wheres('eviction')).to.deep.equal(['object', 'stored object', 'parent'])
    expect(wheres('scale')).to.deep.equal(['parent'])
  })

  it('are none of a status, a binding or a finalize', () => {
    for (const subresource of ['status', 'binding', 'finalize'])
      expect(wheres(subresource), subresource).to.deep.equal([])
    expect(wheres('', { group: '', resource: 'bindings' })).to.deep.equal([])
  })

  it('are no objects that a controller owns, since controllers copy annotations', () => {
    const owned = (owner: Json): number =>
      envelopesOf('object', holding('{}', { ownerReferences: [{ kind: 'Node' }, owner] })).length
    expect(owned({ controller: true })).to.equal(0)
    expect(owned({ controller: false })).to.equal(1)
    expect(owned({})).to.equal(1)
  })

  it('say why an annotation cannot be read', () => {
    expect(envelopesOf('object', holding(7))).to.deep.equal([
      { request: '', where: 'object', envelope: null, unreadable: 'the annotation is not a text' },
    ])
    expect(whyUnreadable(7)).to.equal('the annotation is not a text')
    expect(whyUnreadable('{"a":1,"a":2}')).to.match(/^the annotation is not strict JSON: /)
    expect(whyUnreadable('{}')).to.equal('')
    expect(whyUnreadable(JSON.stringify(Array(8).fill({})))).to.equal(','.repeat(7))
    expect(whyUnreadable(JSON.stringify(Array(9).fill({})))).to.equal('more than 8 envelopes')
    expect(envelopesOf('object', { metadata: { annotations: {} } })).to.deep.equal([])
    expect(envelopesOf('object', null)).to.deep.equal([])
  })

  it('hold 64 KiB and no byte more', () => {
    // Each of these letters has two bytes.
    expect(whyUnreadable(`"${'é'.repeat(32_767)}"`)).to.equal('')
    expect(whyUnreadable(`"${'é'.repeat(32_767)}x"`)).to.equal('the annotation is larger than 64 KiB')
  })
})

describe('an envelope names the request to read', () => {
  it('before anything is verified', () => {
    expect(peek(envelope(statement(filed(), alice), alice))).to.equal('ar-one')
    const early = preApproval(alice)
    expect(peek(envelope(early, alice))).to.equal(preApprovalName(early))
    for (const bad of [null, {}, { payload: 'e30=' }, { payload: 7 }]) expect(peek(bad)).to.equal(null)
  })

  it('once', () => {
    const carriers = ['a', 'b', null, 'a'].map((name) => ({ request: '', where: '', envelope: name, unreadable: '' }))
    expect(namedRequests(carriers, (name) => name as string | null)).to.deep.equal(['a', 'b'])
  })
})
