import { expect } from 'chai'
import type { Json } from '../../../src/api/json.ts'
import { annotationTampering, writesApproval } from '../../../src/policy/approvals/annotation.ts'
import { agentOf } from '../../../src/policy/agents.ts'
import type { Class } from '../../../src/policy/class.ts'
import { decide } from '../../../src/policy/decide.ts'
import type { Facts } from '../../../src/policy/facts.ts'
import type { Request } from '../../../src/policy/request.ts'
import { actOf, intentSha256, signedAct } from '../../../src/signing/act.ts'
import { preApprovalName } from '../../../src/signing/statement.ts'
import { classed, facts, request } from '../given.ts'
import {
  ACT,
  alice,
  annotated,
  at,
  bob,
  decided,
  envelope,
  filed,
  NOW,
  person,
  preApproval,
  signedActOf,
  statement,
} from './desk.ts'

const OBJECT: Json = { metadata: { name: 'cart', namespace: 'shop', uid: 'uid-cart' } }
const good = envelope(preApproval(alice), alice)
const CHANGES = 'changes a live approval in the annotation obstat.dev/approval'
const DOES_NOT_HOLD = 'writes an approval into obstat.dev/approval that does not hold for this object'

const tampering = (more: Partial<Request>, given: Partial<Facts> = {}): string => {
  const known = facts({ now: NOW, approvers: [alice, bob].map(({ approver }) => approver), ...given })
  const asked = request({ object: OBJECT, oldObject: OBJECT, ...more })
  return annotationTampering(asked, known, agentOf(known, asked.user))
}
const writes = (object: Json, oldObject: Json = OBJECT, given: Partial<Facts> = {}): string =>
  tampering({ object, oldObject }, given)

describe('an agent that writes an approval', () => {
  it('may add one that is good for this object', () => {
    expect(writes(annotated(OBJECT, good))).to.equal('')
    const requests = [decided(filed())]
    expect(
      writes(annotated(OBJECT, envelope(statement(filed(), alice), alice)), OBJECT, { approvalRequests: requests }),
    ).to.equal('')
  })

  it('may not add what does not verify, is about another object, or is nothing', () => {
    const mallory = person('mallory')
    const other = signedActOf(request({ operation: 'DELETE', oldObject: { metadata: { uid: 'another' } } }))
    const bad = [
      annotated(OBJECT, envelope(preApproval(mallory), mallory)),
      annotated(OBJECT, envelope(preApproval(alice, { acts: [other] }), alice)),
      annotated(OBJECT, good, {}),
      annotated(OBJECT),
      { metadata: { ...(OBJECT as { metadata: object }).metadata, annotations: { 'obstat.dev/approval': 7 } } },
    ]
    for (const object of bad) expect(writes(object), JSON.stringify(object)).to.equal(DOES_NOT_HOLD)
  })

  it('may add a plan of which one act is about this object', () => {
    const other = signedActOf(request({ operation: 'DELETE', oldObject: { metadata: { uid: 'another' } } }))
    expect(writes(annotated(OBJECT, envelope(preApproval(alice, { acts: [other, ACT] }), alice)))).to.equal('')
  })

  it('may not add one that it signed itself', () => {
    const self = person('alice', { usernames: ['system:serviceaccount:sre:sre-bot'] }, alice.key)
    expect(writes(annotated(OBJECT, good), OBJECT, { agents: [], approvers: [self.approver] })).to.equal(DOES_NOT_HOLD)
    expect(writes(annotated(OBJECT, good), OBJECT, { approvers: [self.approver] })).to.equal(DOES_NOT_HOLD)
  })

  it('may not change or remove a live one', () => {
    const stored = annotated(OBJECT, good)
    expect(writes(OBJECT, stored)).to.equal(CHANGES)
    expect(writes(annotated(OBJECT, good, good), stored)).to.equal(CHANGES)
    expect(writes(stored, stored)).to.equal('')
  })

  it('may bring back and remove one that is over or used up', () => {
    const over = annotated(OBJECT, envelope(preApproval(alice, { issuedAt: at(-60), notAfter: at(-1) }), alice))
    expect(writes(over)).to.equal('')
    expect(writes(OBJECT, over)).to.equal('')
    const use = { act: 0, reviewUid: '', objectUid: '', generation: 0, resourceVersion: '', at: at(0) }
    const record = filed({}, { uses: [use] }, preApprovalName(preApproval(alice)))
    const stored = annotated(OBJECT, good)
    expect(writes(stored, OBJECT, { approvalRequests: [record] })).to.equal('')
    expect(writes(OBJECT, stored, { approvalRequests: [record] })).to.equal('')
    const unused = { ...record, status: undefined } as never
    expect(writes(OBJECT, stored, { approvalRequests: [unused] })).to.equal(CHANGES)
    const other = { ...record, metadata: { name: 'ap-another' } }
    expect(writes(OBJECT, stored, { approvalRequests: [other] })).to.equal(CHANGES)
  })

  it('may not remove one of a plan of which an act is left', () => {
    const plan = preApproval(alice, { acts: [ACT, ACT] })
    const use = { act: 0, reviewUid: '', objectUid: '', generation: 0, resourceVersion: '', at: at(0) }
    const after = (...uses: readonly (typeof use)[]): string =>
      writes(OBJECT, annotated(OBJECT, envelope(plan, alice)), {
        approvalRequests: [filed({}, { uses }, preApprovalName(plan))],
      })
    expect(after(use)).to.equal(CHANGES)
    expect(after(use, { ...use, act: 1 })).to.equal('')
  })

  it('may create an object with an approval to create one there', () => {
    const created = { metadata: { name: 'new', namespace: 'shop' } }
    const create = { operation: 'CREATE', name: 'new', oldObject: null } as const
    const by = (namespace: string): string => {
      const act = signedActOf(request({ ...create, namespace, object: created }))
      return tampering({ ...create, object: annotated(created, envelope(preApproval(alice, { acts: [act] }), alice)) })
    }
    expect(by('shop')).to.equal('')
    expect(by('vault')).to.equal(DOES_NOT_HOLD)
    expect(tampering({ ...create, object: annotated(created, good) })).to.equal(DOES_NOT_HOLD)
  })

  it('writes it with an object alone', () => {
    const object = annotated(OBJECT, good)
    const does = (more: Partial<Request>): boolean => writesApproval(request({ object, oldObject: OBJECT, ...more }))
    expect(does({})).to.equal(true)
    expect(does({ operation: 'CREATE', oldObject: null })).to.equal(true)
    expect(does({ oldObject: object })).to.equal(false)
    expect(does({ object: OBJECT })).to.equal(false)
    expect(does({ operation: 'DELETE' })).to.equal(false)
    expect(does({ operation: 'CONNECT' })).to.equal(false)
    expect(does({ subresource: 'scale' })).to.equal(false)
    expect(does({ subresource: 'eviction' })).to.equal(false)
    expect(does({ subresource: 'status' })).to.equal(true)
  })
})

describe('an approved act', () => {
  const scaled: Json = { ...OBJECT, spec: { replicas: 0 } }
  const act = actOf({ ...request({ object: scaled, oldObject: OBJECT }), parentUid: '' })
  const asked = filed({ acts: [signedAct(act)] as never })
  const known = facts({
    now: NOW,
    approvers: [alice.approver],
    approvalRequests: [decided(asked, envelope(statement(asked, alice), alice))],
  })
  const decision = (object: Json, oldObject: Json, worst: Class = 'Destructive') =>
    decide(request({ object, oldObject }), known, classed(worst), {
      act,
      intentSha256: intentSha256(act),
      parent: null,
    })

  it('is let through, with an approval that holds in its annotation too', () => {
    expect(decision(scaled, OBJECT)).to.deep.include({ verdict: 'Allow', reason: 'Approved' })
    const again = annotated(scaled, envelope(statement(asked, alice), alice))
    expect(decision(again, OBJECT)).to.deep.include({ verdict: 'Allow', reason: 'Approved' })
  })

  it('does not take along an approval that does not hold, nor take a live one away', () => {
    for (const worst of ['Destructive', 'Change'] as const) {
      const written = decision(annotated(scaled, {}), OBJECT, worst)
      expect(written).to.deep.include({ verdict: 'Deny', reason: 'NeverAllowed', detail: DOES_NOT_HOLD, filing: null })
      expect(written.classification.class).to.equal('Tampering')
      expect(decision(scaled, annotated(OBJECT, good), worst)).to.deep.include({
        reason: 'NeverAllowed',
        detail: CHANGES,
      })
    }
  })
})
