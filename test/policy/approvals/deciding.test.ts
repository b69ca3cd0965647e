import { expect } from 'chai'
import type { ApprovalRequest } from '../../../src/api/objects.ts'
import type { Class } from '../../../src/policy/class.ts'
import { decide, MissingIntent } from '../../../src/policy/decide.ts'
import type { Decision } from '../../../src/policy/decision.ts'
import type { Facts } from '../../../src/policy/facts.ts'
import type { Request } from '../../../src/policy/request.ts'
import { actOf, intentSha256 } from '../../../src/signing/act.ts'
import { agent, classed, facts, request } from '../given.ts'
import { ACT, alice, at, bob, decided, deletion, envelope, filed, NOW, signedActOf, statement } from './desk.ts'

const decisionOn = (asked: Request, given: Partial<Facts> = {}, worst: Class = 'Destructive'): Decision => {
  const known = facts({ now: NOW, approvers: [alice.approver, bob.approver], ...given })
  const act = actOf({ ...asked, parentUid: '' })
  return decide(asked, known, classed(worst), { act, intentSha256: intentSha256(act), parent: null })
}
const by = (...approvalRequests: readonly ApprovalRequest[]): Decision => decisionOn(deletion(), { approvalRequests })
const signed = (asked: ApprovalRequest, more: Parameters<typeof statement>[2] = {}): ApprovalRequest =>
  decided(asked, envelope(statement(asked, alice, more), alice))

describe('a decision that turns on an approval', () => {
  it('allows with the use that is to be recorded, and what was judged', () => {
    const decision = by(signed(filed()))
    expect(decision).to.deep.include({ verdict: 'Allow', reason: 'Approved', warnings: [] })
    expect(decision.intentSha256).to.equal(ACT.intentSha256)
    expect(decision.act).to.deep.equal(actOf({ ...deletion(), parentUid: '' }))
    expect(decision).to.have.nested.property('spend.name', 'ar-one')
  })

  it('says why a signature is needed while there is none', () => {
    const needed = { verdict: 'Deny', filing: 'open', detail: 'a Destructive act needs a signature' }
    expect(by()).to.deep.include({ ...needed, reason: 'ApprovalRequired' })
    expect(by(filed())).to.deep.include({ ...needed, reason: 'ApprovalPending' })
    const change = (more: Partial<Request>, spec = {}): string => {
      const decision = decisionOn(request(more), { agents: [agent(spec)] }, 'Change')
      return decision.verdict === 'Deny' ? decision.detail : ''
    }
    expect(change({ resource: 'statefulsets' })).to.equal('outside the scope of this agent')
    expect(change({ namespace: 'vault' })).to.equal('a Change in a protected place needs a signature')
    expect(change({}, { trustPhase: 'LimitedRemediation' })).to.equal(
      'phase LimitedRemediation: every Change act needs a signature',
    )
  })

  it('says what is wrong with an approval that is there, and can be asked again', () => {
    expect(by(signed(filed(), { issuedAt: at(-60), notAfter: at(-1) }))).to.deep.include({
      reason: 'ApprovalExpired',
      filing: 'open',
      detail: `ar-one: past notAfter ${at(-1)}`,
    })
  })

  it('ends with a Deny, which nothing is filed for', () => {
    const asked = filed()
    const no = envelope(statement(asked, bob, { decision: 'Deny' }), bob)
    expect(by(decided(asked, no))).to.deep.include({
      reason: 'ApprovalDenied',
      filing: null,
      detail: 'bob said no: "INC-1"',
    })
  })

  it('looks at the requests of this agent that name this act alone', () => {
    const other = signedActOf(deletion({}, 'api'))
    expect(by(signed(filed({ acts: [other] as never }))).reason).to.equal('ApprovalRequired')
    expect(by(signed(filed({ agent: 'another' }))).reason).to.equal('ApprovalRequired')
    expect(by(signed(filed({ acts: [other, ACT] as never }))).reason).to.equal('Approved')
  })

  it('takes the number of people from the place', () => {
    const agents = [agent({ approval: { required: 1, requiredProtected: 2 } })]
    const vault = deletion({ namespace: 'vault' })
    const asked = filed({ acts: [signedActOf(vault)] as never })
    expect(decisionOn(vault, { agents, approvalRequests: [signed(asked)] }).reason).to.equal('ApprovalPending')
    expect(decisionOn(deletion(), { agents, approvalRequests: [signed(filed())] }).reason).to.equal('Approved')
  })

  it('cannot be made without the act', () => {
    expect(() => decide(deletion(), facts(), classed('Destructive'), null))
      .to.throw(MissingIntent)
      .with.property('code', 'MissingIntent')
  })
})

describe('a refusal by phase', () => {
  const inPhase = (trustPhase: 'Shadow' | 'ReadOnlyAssist', more: Partial<Request>, worst: Class): Decision =>
    decisionOn(request(more), { agents: [agent({ trustPhase })] }, worst)
  const OUT = { resource: 'statefulsets' }

  it('is a recommendation of what the phase could have done, or of what destroys', () => {
    const filing = (decision: Decision): unknown => (decision.verdict === 'Deny' ? decision.filing : decision.verdict)
    expect(filing(inPhase('ReadOnlyAssist', {}, 'Change'))).to.equal('recommend')
    expect(filing(inPhase('ReadOnlyAssist', OUT, 'Change'))).to.equal(null)
    expect(filing(inPhase('ReadOnlyAssist', OUT, 'Destructive'))).to.equal('recommend')
    expect(filing(inPhase('Shadow', {}, 'Change'))).to.equal(null)
    expect(filing(inPhase('ReadOnlyAssist', {}, 'Escalation'))).to.equal(null)
  })

  it('needs no act, and has none then', () => {
    const known = facts({ agents: [agent({ trustPhase: 'Shadow' })] })
    expect(decide(request(), known, classed('Change'), null)).to.deep.include({ act: null, intentSha256: '' })
  })

  it('by facts that are too old knows the class of the verb alone', () => {
    const decision = decisionOn(request(), { ageMs: 9000 })
    expect(decision).to.deep.include({ reason: 'StateStale', detail: 'the facts are 9 s old' })
    expect(decision.classification).to.deep.equal({
      class: 'Change',
      findings: [],
      harmless: '',
      remedy: '',
      claim: null,
    })
  })
})

describe('a dry run', () => {
  it('is refused on Secrets of the core group alone', () => {
    const secret = { isDryRun: true, resource: 'secrets' }
    expect(decisionOn(request({ ...secret, group: '' }), {}, 'Change').reason).to.equal('NeverAllowed')
    expect(decisionOn(request({ ...secret, group: 'lab' }), {}, 'Change').reason).to.equal('DryRun')
  })

  it('of what would pass warns of nothing', () => {
    expect(decisionOn(request({ isDryRun: true }), {}, 'Change').warnings).to.deep.equal([])
  })
})

describe('an agent that is only audited', () => {
  it('has no warning of what passes anyway', () => {
    const agents = [agent({ enforcement: 'Audit' })]
    expect(decisionOn(request(), { agents }, 'Change')).to.deep.include({ reason: 'InScope', warnings: [] })
  })
})
