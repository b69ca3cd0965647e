import { expect } from 'chai'
import type { GovernedAgent } from '../../src/api/objects.ts'
import { enforced, withCondition } from '../../src/reconcile/conditions.ts'

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
