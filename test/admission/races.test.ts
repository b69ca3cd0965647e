import { expect } from 'chai'
import { review } from '../../src/admission/review.ts'
import type { Reviewer } from '../../src/admission/review.ts'
import type { ActionPolicy } from '../../src/api/objects.ts'
import type { Catalogue } from '../../src/policy/classify.ts'
import { alice, at, decided, deletion, envelope, filed, statement } from '../policy/approvals/desk.ts'
import { agent, classed } from '../policy/given.ts'
import { MemoryCluster, reviewOf } from './memory.ts'

interface Start {
  readonly catalogue?: Catalogue
  readonly ports?: (cluster: MemoryCluster) => object
}

function start({ catalogue = classed('Destructive'), ports = () => ({}) }: Start = {}) {
  const cluster = new MemoryCluster()
  cluster.agents = [agent()]
  cluster.people = [alice.approver]
  cluster.namespaces = new Map([
    ['shop', new Map()],
    ['sre', new Map()],
  ])
  const faults: string[] = []
  const reviewer: Reviewer = {
    ports: Object.assign(Object.create(cluster) as MemoryCluster, ports(cluster)),
    catalogue,
    ownNamespace: 'obstat-system',
    fault: (_, cause) => faults.push((cause as { code: string }).code),
  }
  const asked = deletion()
  const body = reviewOf({
    operation: 'DELETE',
    kind: { group: 'apps', version: 'v1', kind: 'Deployment' },
    resource: { group: 'apps', version: 'v1', resource: 'deployments' },
    name: asked.name,
    namespace: 'shop',
    object: null,
    oldObject: asked.oldObject,
  })
  const ask = async (): Promise<string> => {
    const { response } = await review('review-1', body, reviewer, AbortSignal.timeout(5000))
    return response.status?.reason ?? 'Allowed'
  }
  const sign = (): void => void cluster.put(decided(filed(), envelope(statement(filed(), alice), alice)))
  return { cluster, faults, ask, sign }
}

const policyOf = (name: string): ActionPolicy => ({
  apiVersion: 'obstat.dev/v1alpha1',
  kind: 'ActionPolicy',
  metadata: { name },
  spec: {},
})

describe('a review that races', () => {
  it('is refused before the first full state', async () => {
    const { ask, faults } = start({ ports: ({ state }) => ({ state: { ...state, snapshot: () => null } }) })
    expect(await ask()).to.equal('StateStale')
    expect(faults).to.deep.equal([])
  })

  it('is refused when what it rests on changes each time', async () => {
    const { cluster, ask, faults, sign } = start()
    sign()
    let changes = 0
    const approvers = cluster.reader.approvers.bind(cluster.reader)
    Object.assign(cluster.reader, {
      approvers: (signal: AbortSignal) => {
        cluster.policy = policyOf(String(changes++))
        return approvers(signal)
      },
    })
    expect(await ask()).to.equal('InternalError')
    expect(faults).to.deep.equal(['FactsChanged'])
    expect(changes).to.equal(8)
    expect(cluster.requests.get('ar-one')?.status?.uses).to.have.length(1)
  })

  it('is refused when the caches are lost meanwhile', async () => {
    let snapshots = 0
    const { ask, sign } = start({
      ports: ({ state }) => ({
        state: { ...state, snapshot: () => (snapshots++ === 0 ? state.snapshot() : null) },
      }),
    })
    sign()
    expect(await ask()).to.equal('StateStale')
  })

  it('is refused when its use cannot be put on record', async () => {
    const { cluster, ask, faults, sign } = start()
    sign()
    let writes = 0
    cluster.beforeWrite = () => {
      writes++
      sign()
    }
    expect(await ask()).to.equal('InternalError')
    expect(faults).to.deep.equal(['UseNotRecorded'])
    expect(writes).to.equal(8)
    expect(cluster.requests.get('ar-one')?.status?.uses).to.equal(undefined)
  })

  it('is refused when others hold its turn again and again, and takes it after those that are done', async () => {
    const inTurn = {
      rules: [],
      harmless: [
        {
          id: 'in-turn',
          lowersTo: 'Routine',
          matches: [{ operations: '*', group: '*', resource: '*/*' }],
          proves: () => ({ what: 'a proof', claim: { key: 'k', item: 'mine' } }),
        },
      ],
    } as const
    const wide = [{ apiGroups: ['*'], resources: ['*'], operations: ['*'], namespaces: ['*'] }] as const
    const after: string[] = []
    const taking = (free: number) =>
      start({
        catalogue: inTurn,
        ports: () => ({
          turns: {
            take: (_: unknown, done: string) =>
              Promise.resolve(after.push(done) > free ? null : `other-${after.length}`),
          },
        }),
      })
    const never = taking(100)
    never.cluster.agents = [agent({ scope: wide })]
    expect(await never.ask()).to.equal('InternalError')
    expect(never.faults).to.deep.equal(['TurnNotTaken'])
    expect(after).to.deep.equal(['', 'other-1', 'other-2', 'other-3', 'other-4', 'other-5', 'other-6', 'other-7'])
    after.length = 0
    const once = taking(1)
    once.cluster.agents = [agent({ scope: wide })]
    expect(await once.ask()).to.equal('Allowed')
    expect(after).to.deep.equal(['', 'other-1'])
  })

  it('takes no turn for what needs a signature', async () => {
    const { ask, sign } = start({ ports: () => ({ turns: { take: () => Promise.reject(new Error('no turn')) } }) })
    expect(await ask()).to.equal('ApprovalRequired')
    sign()
    expect(await ask()).to.equal('Allowed')
  })

  it('leaves one line of all that was judged', async () => {
    const { cluster, ask, sign } = start()
    sign()
    await ask()
    expect(cluster.records).to.have.length(1)
    expect(cluster.records[0]).to.deep.include({
      at: '2026-11-20T08:00:00.000Z',
      uid: 'review-1',
      verdict: 'Allow',
      reason: 'Approved',
      class: 'Destructive',
      phase: 'AutonomousL1',
      agent: 'sre-bot',
      user: 'system:serviceaccount:sre:sre-bot',
      operation: 'DELETE',
      resource: 'deployments.apps',
      namespace: 'shop',
      name: 'cart',
      objectUid: 'uid-cart',
      isDryRun: false,
      isAudit: false,
      findings: ['raised'],
      request: 'ar-one',
      approvalEvents: ['Approved', 'Used'],
    })
    expect(at(0)).to.equal('2026-11-20T08:00:00Z')
  })

  it('files a recommendation, and nothing for any other refusal by phase', async () => {
    const { cluster, ask } = start()
    cluster.agents = [agent({ trustPhase: 'Shadow' })]
    expect(await ask()).to.equal('PhaseForbidden')
    expect(cluster.requests.size).to.equal(0)
    expect(cluster.records[0]).to.deep.include({ request: '', objectUid: '', approvalEvents: [], intentSha256: '' })
    cluster.agents = [agent({ trustPhase: 'ReadOnlyAssist' })]
    expect(await ask()).to.equal('PhaseForbidden')
    expect([...cluster.requests.values()].map(({ spec }) => spec.review.summary)).to.deep.equal([
      'recommended: DELETE deployments.apps shop/cart',
    ])
    cluster.requests.clear()
    cluster.agents = [agent({ suspended: true })]
    expect(await ask()).to.equal('AgentSuspended')
    expect(cluster.requests.size).to.equal(0)
  })
})
