import { expect } from 'chai'
import { absentRoles, peopleOf, strictest } from '../../../src/policy/approvals/tally.ts'
import type { ApprovalRequest } from '../../../src/api/objects.ts'
import { MAX_VERIFICATIONS } from '../../../src/signing/open.ts'
import {
  deletion,
  ACT,
  alice,
  annotated,
  approverOf,
  at,
  bob,
  decided,
  envelope,
  filed,
  outcomeOf,
  person,
  preApproval,
  said,
  signedActOf,
  statement,
} from './desk.ts'
import type { Asked, Person } from './desk.ts'
import { testKey } from '../../signing/signer.ts'

const signedBy = (asked: ApprovalRequest, ...people: readonly Person[]): ApprovalRequest =>
  decided(asked, ...people.map((by) => envelope(statement(asked, by), by)))

describe('people who sign', () => {
  const two = { required: { count: 2, roles: [] } }
  const count = (people: readonly Person[], it: Partial<Asked> = two, asked = filed()): string =>
    said(outcomeOf({ requests: [signedBy(asked, ...people)], people, ...it }))

  it('are counted', () => {
    expect(count([alice])).to.equal('ApprovalPending: 1 of 2 people have signed ar-one')
    expect(count([alice, bob])).to.equal('Approved')
  })

  it('are counted once, however often they sign', () => {
    const asked = filed()
    const twice = decided(
      asked,
      envelope(statement(asked, alice), alice, alice),
      envelope(statement(asked, alice, { reason: 'again' }), alice),
    )
    expect(said(outcomeOf({ requests: [twice], ...two }))).to.match(/^ApprovalPending: 1 of 2/)
  })

  it('are one where they share a key or a username', () => {
    expect(count([alice, person('twin', {}, alice.key)])).to.match(/^ApprovalPending: 1 of 2/)
    expect(count([alice, person('namesake', { usernames: ['x', 'alice@example.com'] })])).to.match(
      /^ApprovalPending: 1 of 2/,
    )
  })

  it('are one where a third shares something with both', () => {
    const shared = testKey('ed25519')
    const key = testKey('ed25519')
    const carol: Person = { key, approver: approverOf('carol', [{ key }, { key: shared }]) }
    const dave = person('dave')
    const between: Person = {
      key: testKey('ed25519'),
      approver: approverOf('between', [{ key: testKey('ed25519') }], { usernames: ['dave@example.com'] }),
    }
    const linked: Person = {
      ...between,
      approver: approverOf('between', [{ key: between.key }, { key: shared }], { usernames: ['dave@example.com'] }),
    }
    expect(count([carol, dave])).to.equal('Approved')
    expect(count([carol, dave, linked])).to.match(/^ApprovalPending: 1 of 2/)
  })

  it('are as many as was asked at filing or is asked now, whichever is more', () => {
    const asked = filed({ required: { count: 2, roles: [] } })
    expect(count([alice], { required: { count: 1, roles: [] } }, asked)).to.match(/^ApprovalPending: 1 of 2/)
    expect(count([alice], two, filed())).to.match(/^ApprovalPending: 1 of 2/)
  })

  it('hold every role that was asked at filing or is asked now', () => {
    const operator = person('erin', { roles: ['operations'] })
    const roles = ['platform', 'operations']
    const now = { required: { count: 2, roles } }
    expect(count([alice, bob], now)).to.equal('ApprovalPending: nobody of role operations has signed ar-one')
    expect(count([alice, operator], now)).to.equal('Approved')
    expect(count([alice], {}, filed({ required: { count: 1, roles: ['operations'] } }))).to.equal(
      'ApprovalPending: nobody of role operations has signed ar-one',
    )
    expect(count([person('zoe', { roles: undefined } as never)], { required: { count: 1, roles } })).to.equal(
      'ApprovalPending: nobody of role platform, operations has signed ar-one',
    )
  })

  it('of two requests do not add up', () => {
    const [one, other] = [filed(), filed({}, {}, 'ar-two')]
    const requests = [signedBy(one, alice), signedBy(other, bob)]
    expect(said(outcomeOf({ requests, ...two }))).to.match(/^ApprovalPending: 1 of 2/)
  })

  it('of one pre-approval share its nonce', () => {
    const by = (nonce: string): string => {
      const envelopes = [envelope(preApproval(alice), alice), envelope(preApproval(bob, { nonce }), bob)]
      return said(outcomeOf({ asked: deletion({ oldObject: annotated(deletion().oldObject, ...envelopes) }), ...two }))
    }
    expect(by('ab'.repeat(16))).to.equal('Approved')
    expect(by('cd'.repeat(16))).to.match(/^ApprovalPending: 1 of 2 people have signed ap-/)
  })

  it('add up to roles and names of all who are one', () => {
    const one = { approver: approverOf('a', [], { roles: ['x'] }), marks: ['user u'] }
    const two = { approver: approverOf('b', [], { roles: ['y', 'x'] }), marks: ['user u', 'key k'] }
    const people = peopleOf([one, two, one])
    expect(people.map(({ names, roles }) => ({ names, roles }))).to.deep.equal([
      { names: ['a', 'b'], roles: ['x', 'y'] },
    ])
    // Whoever shares a mark with an earlier one of them is the same person too.
    const marked = (name: string, ...marks: readonly string[]) => ({ approver: approverOf(name, []), marks })
    const chain = [marked('a', 'user u', 'user v'), marked('b', 'user u'), marked('c', 'user v')]
    expect(peopleOf(chain).map(({ names }) => names)).to.deep.equal([['a', 'b', 'c']])
    expect(absentRoles(people, { count: 1, roles: ['x', 'z'] })).to.deep.equal(['z'])
    expect(strictest({ count: 1, roles: ['x'] }, { count: 3, roles: ['x', 'y'] })).to.deep.equal({
      count: 3,
      roles: ['x', 'y'],
    })
    expect(strictest({ count: 2, roles: ['x'] }, undefined)).to.deep.equal({ count: 2, roles: ['x'] })
  })
})

describe('of several envelopes', () => {
  it('one good approval is enough, whatever garbage comes before it', () => {
    const asked = filed()
    const good = envelope(statement(asked, alice), alice)
    const bad = [{}, { ...good, signatures: [] }, envelope(statement(asked, alice, { cluster: 'x' }), alice)]
    expect(said(outcomeOf({ requests: [decided(asked, ...bad, good)] }))).to.equal('Approved')
    const onObject = deletion({ oldObject: annotated(deletion().oldObject, {}) })
    expect(said(outcomeOf({ asked: onObject, requests: [decided(asked, good)] }))).to.equal('Approved')
  })

  it('the most telling refusal is told', () => {
    const asked = filed({}, { uses: [] })
    const mallory = person('mallory')
    const invalid = envelope(statement(asked, mallory), mallory)
    const notEntitled = envelope(statement(asked, alice, { approver: 'bob' }), alice)
    const mismatch = envelope(statement(asked, alice, { cluster: 'x' }), alice)
    const expired = envelope(statement(asked, alice, { issuedAt: at(-9), notAfter: at(-1) }), alice)
    const good = envelope(statement(asked, alice), alice)
    const all = [good, invalid, notEntitled, mismatch, expired]
    const told = (...envelopes: readonly (typeof good)[]): string =>
      said(outcomeOf({ requests: [decided(asked, ...envelopes)], required: { count: 2, roles: [] } })).split(':')[0] ??
      ''
    for (const order of [all, [...all].reverse()]) {
      const until = (...left: readonly (typeof good)[]): readonly (typeof good)[] =>
        order.filter((one) => !left.includes(one))
      expect(told(...until())).to.equal('ApprovalExpired')
      expect(told(...until(expired))).to.equal('ApprovalMismatch')
      expect(told(...until(expired, mismatch))).to.equal('ApproverNotEntitled')
      expect(told(...until(expired, mismatch, notEntitled))).to.equal('SignatureInvalid')
      expect(told(good)).to.equal('ApprovalPending')
    }
    expect(told()).to.equal('ApprovalPending')
  })

  it('no more are verified than one review may cost', () => {
    const crowd = Array.from({ length: 64 }, () => ({ key: testKey('ed25519') }))
    const owner: Person = { ...alice, approver: approverOf('alice', [{ key: alice.key }, ...crowd]) }
    const asked = filed()
    // Eight signatures without a keyid, each tried with 66 keys.
    const costly = (by: Person) => envelope(statement(asked, by), ...Array.from({ length: 8 }, () => by))
    const requests = [decided(asked, costly(owner), costly(bob))]
    expect(said(outcomeOf({ requests, people: [owner, bob], required: { count: 2, roles: [] } }))).to.equal(
      `SignatureInvalid: ar-one: expected at most ${MAX_VERIFICATIONS - 8 * 66} verifications`,
    )
  })
})

describe('an approval is used', () => {
  const use = (more: object = {}) => ({
    act: 0,
    reviewUid: 'review-0',
    objectUid: 'uid-cart',
    generation: 2,
    resourceVersion: '7',
    at: '2026-11-20T07:59:50.000000Z',
    ...more,
  })
  const spendOf = (requests: readonly ApprovalRequest[], asked = deletion()) => {
    const outcome = outcomeOf({ requests, asked })
    return outcome.kind === 'approved' ? outcome.spend : said(outcome)
  }

  it('once, and names what is to be recorded', () => {
    const asked = signedBy(filed(), alice)
    const spend = spendOf([asked])
    expect(spend).to.deep.include({
      name: 'ar-one',
      record: asked,
      act: 0,
      isRecorded: false,
      approvers: ['alice'],
      useFacts: { objectUid: 'uid-cart', generation: 2, resourceVersion: '7' },
    })
  })

  it('the first time without any status', () => {
    const asked = { ...signedBy(filed(), alice), status: undefined } as never
    expect(spendOf([asked])).to.deep.include({ act: 0, isRecorded: false })
  })

  it('again only for the same use, which stands on record already', () => {
    const used = (more: object): ApprovalRequest => signedBy(filed({}, { uses: [use(more)] }), alice)
    expect(spendOf([used({})])).to.deep.include({ act: 0, isRecorded: true })
    expect(spendOf([used({ objectUid: 'uid-old' })])).to.equal(
      'ApprovalUsed: ar-one was used at 2026-11-20T07:59:50.000000Z',
    )
  })

  it('once an act, where the same act was signed twice', () => {
    const twice = (...uses: readonly ReturnType<typeof use>[]): ApprovalRequest =>
      signedBy(filed({ acts: [ACT, ACT] as never }, { uses }), alice)
    expect(spendOf([twice()])).to.deep.include({ act: 0, isRecorded: false })
    expect(spendOf([twice(use({ objectUid: 'x' }))])).to.deep.include({ act: 1, isRecorded: false })
    expect(spendOf([twice(use({ objectUid: 'x' }), use({ act: 1 }))])).to.deep.include({ act: 1, isRecorded: true })
    expect(spendOf([twice(use({ objectUid: 'x' }), use({ act: 1, objectUid: 'x' }))])).to.match(/^ApprovalUsed/)
  })

  it('in its order, where the plan has one', () => {
    const other = signedActOf(deletion({}, 'api'))
    const plan = (ordered: boolean, ...uses: readonly ReturnType<typeof use>[]): ApprovalRequest =>
      signedBy(filed({ acts: [other, ACT] as never, ordered }, { uses }), alice)
    expect(spendOf([plan(true)])).to.equal('ApprovalMismatch: act 0 of ar-one comes first')
    expect(spendOf([plan(false)])).to.deep.include({ act: 1 })
    expect(spendOf([plan(true, use({ objectUid: 'uid-api' }))])).to.deep.include({ act: 1, isRecorded: false })
    expect(spendOf([plan(true)], deletion({}, 'api'))).to.deep.include({ act: 0 })
    const three = filed(
      { acts: [other, signedActOf(deletion({}, 'web')), ACT] as never, ordered: true },
      { uses: [use()] },
    )
    expect(spendOf([signedBy(three, alice)])).to.equal('ApprovalMismatch: act 1 of ar-one comes first')
  })

  it('on the record of its pre-approval, made at the first use', () => {
    const asked = deletion({ oldObject: annotated(deletion().oldObject, envelope(preApproval(alice), alice)) })
    const first = spendOf([], asked)
    if (typeof first === 'string') throw new Error(first)
    expect(first).to.deep.include({ record: null, isRecorded: false })
    expect(first.name).to.match(/^ap-[0-9a-f]{16}$/)
    const record = filed({}, { uses: [use({ objectUid: 'x' })] }, first.name)
    expect(spendOf([record], asked)).to.match(/^ApprovalUsed: ap-/)
  })

  it('from another request when one is used up', () => {
    const requests = [
      signedBy(filed({}, { uses: [use({ objectUid: 'x' })] }), alice),
      signedBy(filed({}, {}, 'ar-two'), bob),
    ]
    expect(spendOf(requests)).to.deep.include({ name: 'ar-two' })
    expect(spendOf([...requests].reverse())).to.deep.include({ name: 'ar-two' })
  })
})

describe('without a signature', () => {
  const unsigned = (...requests: readonly ApprovalRequest[]): string => said(outcomeOf({ requests }))
  const use = { act: 0, reviewUid: '', objectUid: '', generation: 0, resourceVersion: '', at: at(0) }

  it('an act waits in the request in which it can still be approved', () => {
    expect(unsigned(filed())).to.equal('ApprovalPending: waiting for a signature')
    expect(unsigned()).to.equal('ApprovalRequired: no approval yet')
    expect(unsigned(filed({ expiresAt: at(0) }))).to.equal('ApprovalRequired: no approval yet')
    expect(unsigned(filed({ expiresAt: at(1) }))).to.match(/^ApprovalPending/)
    expect(unsigned(filed({ agent: 'other' }))).to.match(/^ApprovalRequired/)
    expect(unsigned(filed({ acts: [signedActOf(deletion({}, 'api'))] as never }))).to.match(/^ApprovalRequired/)
    expect(unsigned(filed({ acts: [signedActOf(deletion({}, 'api')), ACT] as never }))).to.match(/^ApprovalPending/)
    expect(unsigned({ ...filed(), status: undefined } as never)).to.match(/^ApprovalPending/)
    expect(unsigned(filed({}, { uses: [use] as never }))).to.match(/^ApprovalRequired/)
    expect(unsigned(filed({ acts: [ACT, ACT] as never }, { uses: [use] as never }))).to.match(/^ApprovalPending/)
  })
})
