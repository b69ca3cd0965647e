import { expect } from 'chai'
import type { ApprovalRequest } from '../../../src/api/objects.ts'
import { standingOf } from '../../../src/policy/approvals/standing.ts'
import { agent } from '../given.ts'
import { ACT, alice, at, bob, decided, envelope, filed, NOW, person, statement } from './desk.ts'
import type { Person } from './desk.ts'

const use = (act: number) => ({ act, reviewUid: '', objectUid: '', generation: 0, resourceVersion: '', at: at(0) })
const by = (asked: ApprovalRequest, ...people: readonly Person[]): ApprovalRequest =>
  decided(asked, ...people.map((one) => envelope(statement(asked, one), one)))
const known = { approvers: [alice, bob].map(({ approver }) => approver), agents: [agent()], policy: null }
const of = (request: ApprovalRequest, more: Partial<typeof known> = {}) =>
  standingOf(request, { ...known, ...more }, NOW)

describe('a request stands', () => {
  it('Pending, Approved, Denied, Expired or Used, by its signatures and uses alone', () => {
    const asked = filed()
    const no = envelope(statement(asked, bob, { decision: 'Deny' }), bob)
    const yes = envelope(statement(asked, alice), alice)
    expect(of(asked).state).to.equal('Pending')
    expect(of(decided(asked, yes)).state).to.equal('Approved')
    expect(of(decided(asked, yes, no)).state).to.equal('Denied')
    expect(of(decided(filed({}, { uses: [use(0)] }), no)).state).to.equal('Used')
    expect(of(filed({ expiresAt: at(0) })).state).to.equal('Expired')
    expect(of(filed({ expiresAt: at(1) })).state).to.equal('Pending')
  })

  it('Used only when each of its acts is', () => {
    const plan = (...uses: readonly ReturnType<typeof use>[]): string =>
      of(filed({ acts: [ACT, ACT] as never }, { uses })).state
    expect(plan(use(0))).to.equal('Pending')
    expect(plan(use(0), use(0))).to.equal('Pending')
    expect(plan(use(0), use(1))).to.equal('Used')
  })

  it('with who signed, what is missing and what each decision is worth', () => {
    const required = { count: 2, roles: ['platform', 'operations'] }
    const asked = filed({ required })
    const refused = envelope(statement(asked, person('mallory')), person('mallory'))
    const signed = decided(asked, envelope(statement(asked, alice), alice), refused)
    const standing = of(signed)
    expect(standing).to.deep.include({ state: 'Pending', signed: ['alice'], missingRoles: ['operations'], count: 2 })
    expect(standing.decisions.map(({ kind }) => kind)).to.deep.equal(['bound', 'refused'])
    expect(standing.decisions[1]).to.deep.include({ reason: 'SignatureInvalid' })
    expect(of(by(filed({ required: { count: 2, roles: [] } }), alice)).state).to.equal('Pending')
    expect(of(by(filed({ required: { count: 1, roles: ['operations'] } }), alice)).state).to.equal('Pending')
  })

  it('by what the agent asks for now, where that is more', () => {
    const agents = [agent({ approval: { required: 2, roles: ['platform'] } })]
    expect(of(by(filed(), alice), { agents })).to.deep.include({ state: 'Pending', count: 2 })
    expect(of(by(filed(), alice, bob), { agents }).state).to.equal('Approved')
  })

  it('without a Deny among those who signed, and one person once', () => {
    const asked = filed({ required: { count: 3, roles: [] } })
    const twin = person('twin', {}, alice.key)
    const no = envelope(statement(asked, bob, { decision: 'Deny' }), bob)
    const yes = [alice, twin].map((one) => envelope(statement(asked, one), one))
    const standing = of(decided(asked, ...yes, no), { approvers: [alice, twin, bob].map(({ approver }) => approver) })
    expect(standing.signed).to.deep.equal(['alice and twin'])
  })

  it('and whoever asked does not count', () => {
    const asker = person('alice', { usernames: ['system:serviceaccount:sre:sre-bot'] }, alice.key)
    expect(of(by(filed(), asker), { approvers: [asker.approver] }).decisions[0]).to.deep.include({
      reason: 'ApproverNotEntitled',
    })
  })
})
