import { expect } from 'chai'
import type { ActionPolicy, GovernedAgent } from '../../src/api/objects.ts'
import { accepted, enforced, withCondition } from '../../src/reconcile/conditions.ts'

const now = new Date('2026-11-20T07:00:00.123Z')
const later = new Date('2026-11-20T08:00:00Z')

const agent = (generation: number, status?: GovernedAgent['status']): GovernedAgent => ({
  apiVersion: 'obstat.dev/v1alpha1',
  kind: 'GovernedAgent',
  metadata: { name: 'bot', generation },
  spec: { subjects: [{ kind: 'User', name: 'bot' }], trustPhase: 'Shadow' },
  ...(status === undefined ? {} : { status }),
})

const earned = {
  type: 'Earned',
  status: 'False',
  reason: 'R',
  message: 'm',
  lastTransitionTime: '2026-01-01T00:00:00Z',
} as const

describe('the condition Enforced', () => {
  it('is added beside the conditions of others', () => {
    const next = withCondition(agent(1, { effectivePhase: 'Shadow', conditions: [earned] }), enforced(null), now)
    expect(next?.status).to.deep.equal({
      effectivePhase: 'Shadow',
      observedGeneration: 1,
      conditions: [
        earned,
        {
          type: 'Enforced',
          status: 'True',
          reason: 'WebhookCoversAgent',
          message: 'requests of this agent reach obstat',
          observedGeneration: 1,
          lastTransitionTime: '2026-11-20T07:00:00Z',
        },
      ],
    })
  })

  it('is not written twice', () => {
    const next = withCondition(agent(1), enforced(null), now)
    expect(withCondition(next!, enforced(null), later)).to.equal(null)
  })

  it('keeps its time while it stays what it is', () => {
    const status = withCondition(agent(1), enforced(null), now)?.status
    const next = withCondition(agent(2, status), enforced(null), later)
    expect(next?.status?.conditions?.[0]).to.include({
      observedGeneration: 2,
      lastTransitionTime: '2026-11-20T07:00:00Z',
    })
  })

  it('says why requests may not reach obstat, since when', () => {
    const status = withCondition(agent(1), enforced(null), now)?.status
    const next = withCondition(agent(1, status), enforced('forbidden'), later)
    expect(next?.status?.conditions).to.have.length(1)
    expect(next?.status?.conditions?.[0]).to.include({
      status: 'False',
      reason: 'WebhookNotCurrent',
      message: 'forbidden',
      lastTransitionTime: '2026-11-20T08:00:00Z',
    })
  })
})

describe('the condition Accepted', () => {
  const policy = (name: string, expression = 'true'): ActionPolicy => ({
    apiVersion: 'obstat.dev/v1alpha1',
    kind: 'ActionPolicy',
    metadata: { name, generation: 1 },
    spec: { cel: [{ name: 'ours', expression, raises: 'Destructive' }] },
  })

  it('says that the policy of the one name counts', () => {
    expect(accepted(policy('cluster'))).to.include({ status: 'True', reason: 'InForce' })
    expect(accepted(policy('other'))).to.include({ status: 'False', reason: 'OtherName' })
  })

  it('names the expression that does not compile', () => {
    const claim = accepted(policy('cluster', 'nothing > 1'))
    expect(claim).to.include({ status: 'False', reason: 'ExpressionInvalid' })
    expect(claim.message).to.equal('/spec/cel/0/expression: Unknown variable: nothing')
  })

  it('is written once', () => {
    const next = withCondition(policy('cluster'), accepted(policy('cluster')), now)
    expect(next?.status?.conditions?.[0]?.type).to.equal('Accepted')
    expect(withCondition(next!, accepted(next!), later)).to.equal(null)
  })
})
