import { expect } from 'chai'
import { spend } from '../../src/admission/spending.ts'
import type { ApprovalRequest } from '../../src/api/objects.ts'
import type { Spend } from '../../src/policy/approvals/evaluate.ts'
import { ACT, alice, at, deletion, filed, preApproval, statement } from '../policy/approvals/desk.ts'
import { MemoryCluster } from './memory.ts'

const signal = new AbortController().signal

/** The cluster with this request in it, and the use of its first act. */
function start(record: ApprovalRequest | null, more: Partial<Spend> = {}) {
  const cluster = new MemoryCluster()
  const stored = record === null ? null : cluster.put(record)
  const it: Spend = {
    name: stored?.metadata.name ?? 'ap-one',
    record: stored,
    statement: stored === null ? preApproval(alice) : statement(stored, alice),
    act: 0,
    useFacts: { objectUid: 'uid-cart', generation: 2, resourceVersion: '7' },
    isRecorded: false,
    approvers: ['alice', 'bob'],
    ...more,
  }
  const now = new Date('2026-11-20T08:00:00.123Z')
  return { cluster, events: () => spend(deletion(), it, now, cluster, signal) }
}

const USE = {
  act: 0,
  reviewUid: 'review-1',
  objectUid: 'uid-cart',
  generation: 2,
  resourceVersion: '7',
  at: '2026-11-20T08:00:00.123000Z',
}
const condition = (type: 'Approved' | 'Consumed', message = '') =>
  ({ type, status: 'True', reason: 'Used', message, lastTransitionTime: at(0) }) as const

describe('spend', () => {
  it('puts the use on record, and that the request is used up', async () => {
    const { cluster, events } = start(filed())
    expect(await events()).to.deep.equal(['Approved', 'Used'])
    expect(cluster.requests.get('ar-one')?.status).to.deep.equal({
      uses: [USE],
      conditions: [
        {
          type: 'Consumed',
          status: 'True',
          lastTransitionTime: '2026-11-20T08:00:00Z',
          reason: 'Used',
          message: 'approved by alice, bob; every act has been carried out',
        },
      ],
    })
  })

  it('keeps what the status holds, and says Consumed once', async () => {
    const conditions = [condition('Consumed', 'old'), condition('Approved')]
    const { cluster, events } = start(filed({}, { conditions }))
    expect(await events()).to.deep.equal(['Used'])
    const kept = cluster.requests
      .get('ar-one')
      ?.status?.conditions?.map(({ type, reason, message }) => [type, reason, message])
    expect(kept).to.deep.equal([
      ['Approved', 'Used', ''],
      ['Consumed', 'Used', 'approved by alice, bob; every act has been carried out'],
    ])
  })

  it('leaves a plan open while an act of it is left', async () => {
    const plan = filed({ acts: [ACT, ACT] as never }, { conditions: [condition('Approved')] })
    const first = start(plan)
    expect(await first.events()).to.deep.equal(['Used'])
    expect(first.cluster.requests.get('ar-one')?.status?.conditions).to.deep.equal([condition('Approved')])
    const used = { ...plan, status: { uses: [USE] } }
    const second = start(used, { act: 1 })
    expect(await second.events()).to.deep.equal(['Approved', 'Used'])
    expect(second.cluster.requests.get('ar-one')?.status?.uses).to.deep.equal([USE, { ...USE, act: 1 }])
    const again = start(used, { act: 0 })
    expect(await again.events()).to.deep.equal(['Used'])
    expect(again.cluster.requests.get('ar-one')?.status?.conditions).to.deep.equal([])
  })

  it('writes a use that stands on record no second time', async () => {
    const { cluster, events } = start(filed({}, { uses: [USE] }), { isRecorded: true })
    const before = cluster.requests.get('ar-one')
    expect(await events()).to.deep.equal([])
    expect(cluster.requests.get('ar-one')).to.equal(before)
  })

  it('answers null when somebody else wrote in between', async () => {
    const { cluster, events } = start(filed())
    cluster.put(filed())
    expect(await events()).to.equal(null)
    expect(cluster.requests.get('ar-one')?.status).to.deep.equal({})
  })

  it('makes the record of a pre-approval at its first use', async () => {
    const { cluster, events } = start(null)
    expect(await events()).to.deep.equal(['Approved', 'Used'])
    const record = cluster.requests.get('ap-one')
    expect(record?.status?.uses).to.deep.equal([USE])
    expect(record?.spec).to.deep.equal({
      cluster: 'cluster-uid',
      agent: 'sre-bot',
      acts: [ACT],
      ordered: false,
      review: {
        class: 'Change',
        findings: [],
        requester: { username: 'system:serviceaccount:sre:sre-bot' },
        claims: {},
        summary: 'pre-approved by alice, bob: DELETE deployments.apps shop/cart',
        change: [],
        impact: {},
      },
      required: { count: 1, roles: [] },
      expiresAt: preApproval(alice).notAfter,
      decisions: [],
    })
  })

  it('answers null when another replica has just made that record', async () => {
    const { cluster, events } = start(null)
    cluster.put(filed({}, {}, 'ap-one'))
    expect(await events()).to.equal(null)
    expect(cluster.requests.get('ap-one')?.status).to.deep.equal({})
  })
})
