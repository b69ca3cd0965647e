import { expect } from 'chai'
import { connect } from '../../src/cluster/client.ts'
import type { Client } from '../../src/cluster/client.ts'
import { clusterLedger } from '../../src/cluster/ledger.ts'
import { clusterReader } from '../../src/cluster/reader.ts'
import { ClusterState } from '../../src/cluster/state.ts'
import { text } from '../../src/api/json.ts'
import type { ApprovalRequest } from '../../src/api/objects.ts'
import { get, keyOf, listOf } from '../../src/policy/read.ts'
import { startControlPlane } from './harness/control-plane.ts'
import type { ControlPlane } from './harness/control-plane.ts'
import { until } from './harness/wait.ts'

const never = new AbortController().signal
const AGENTS = '/apis/obstat.dev/v1alpha1/governedagents'

const agentNamed = (name: string) => ({
  apiVersion: 'obstat.dev/v1alpha1',
  kind: 'GovernedAgent',
  metadata: { name },
  spec: { subjects: [{ kind: 'User', name }], trustPhase: 'Shadow' },
})

const digest = 'a'.repeat(64)

const requestNamed = (name: string): ApprovalRequest => ({
  apiVersion: 'obstat.dev/v1alpha1',
  kind: 'ApprovalRequest',
  metadata: { name },
  spec: {
    cluster: 'c',
    agent: 'bot',
    acts: [
      {
        operation: 'DELETE',
        group: '',
        resource: 'pods',
        subresource: '',
        namespace: 'shop',
        name: 'cart',
        uid: 'u',
        options: {},
        change: [],
        intentSha256: digest,
      },
    ],
    ordered: false,
    review: {
      class: 'Destructive',
      findings: [],
      requester: { username: 'bot' },
      claims: {},
      summary: 's',
      change: [],
      impact: {},
    },
    required: { count: 1, roles: [] },
    expiresAt: '2099-01-01T00:00:00Z',
    decisions: [],
  },
})

describe('the state of a cluster', () => {
  let plane: ControlPlane
  let client: Client
  let state: ClusterState
  const ageMs = (): number => Date.now() - (state.snapshot()?.provedAt.getTime() ?? 0)
  const agents = (): readonly string[] => (state.snapshot()?.agents ?? []).map((agent) => agent.metadata.name)

  before(async () => {
    plane = await startControlPlane({ controllers: false, nodesFake: false })
    const applied = await plane.kubectl(['apply', '-f', 'manifests/crds'])
    expect(applied.code, applied.stderr).to.equal(0)
    client = connect({ kubeconfig: plane.adminKubeconfig })
    state = new ClusterState(client, () => undefined)
    state.start()
    await until('the first state', () => state.snapshot())
  })

  after(async () => {
    await state.stop()
    client.close()
    await plane.stop()
  })

  it('knows a new agent, its change and its end within a second', async () => {
    const soon = { timeoutMs: 1000, everyMs: 5 }
    await client.create(AGENTS, agentNamed('quick'))
    await until('the agent', () => agents().includes('quick'), soon)
    await client.patch(`${AGENTS}/quick`, { spec: { suspended: true } })
    await until('its suspension', () => state.snapshot()?.agents.some((agent) => agent.spec.suspended === true), soon)
    await client.delete(`${AGENTS}/quick`)
    await until('its end', () => !agents().includes('quick'), soon)
  })

  it('answers the same frozen snapshot until something changes', async () => {
    const { agents: before, namespaces } = state.snapshot()!
    expect(before).to.be.frozen
    await client.create('/api/v1/namespaces', {
      metadata: { name: 'labelled', labels: { 'obstat.dev/protected': 'true' } },
    })
    await until(
      'the Namespace',
      () => state.snapshot()?.namespaces.get('labelled')?.get('obstat.dev/protected') === 'true',
    )
    expect(state.snapshot()!.agents).to.equal(before)
    expect(state.snapshot()!.namespaces).not.to.equal(namespaces)
  })

  it('files a request once and lets one of two status writes win', async () => {
    const ledger = clusterLedger(client, state)
    const filed = await ledger.file(requestNamed('ar-one'), never)
    expect(await ledger.file(requestNamed('ar-one'), never)).to.equal(null)
    await until('the index', () => state.requestsFor('bot', digest, new Date()).some(({ name }) => name === 'ar-one'))
    expect(state.openRequests('bot', new Date())).to.have.length(1)
    const consumed = {
      ...filed!,
      status: {
        conditions: [
          {
            type: 'Consumed',
            status: 'True',
            reason: 'Used',
            message: 'm',
            lastTransitionTime: '2026-11-20T07:00:00Z',
          } as const,
        ],
      },
    }
    const wins = [await ledger.writeStatus(consumed, never), await ledger.writeStatus(consumed, never)]
    expect(wins).to.deep.equal([true, false])
    await until('the request to be closed', () => state.openRequests('bot', new Date()).length === 0)
  })

  it('reads live: what is missing is null, a kind that is not served has no objects', async () => {
    const reads = [
      get('', 'v1', 'namespaces', '', 'default'),
      get('', 'v1', 'configmaps', 'default', 'missing'),
      listOf('', 'v1', 'namespaces', ''),
      listOf('nothing.example', 'v1', 'widgets', 'default'),
      get('nothing.example', 'v1', 'widgets', 'default', 'w'),
    ]
    const answers = await clusterReader(client).read(reads, never)
    const [namespace, missing, namespaces, unserved, widget] = reads.map((read) => answers.get(keyOf(read)))
    expect(text(namespace, 'metadata', 'name')).to.equal('default')
    expect(missing).to.equal(null)
    expect((namespaces as readonly never[]).map((one) => text(one, 'kind'))).to.include('Namespace')
    expect(unserved).to.deep.equal([])
    expect(widget).to.equal(null)
  })

  it('cannot prove itself while the API server is frozen, and catches up when it thaws', async () => {
    await until('a fresh proof', () => ageMs() < 1500)
    plane.freeze()
    try {
      await until('the proof to age', () => ageMs() > 4000, { timeoutMs: 10_000 })
      expect(state.problems().join()).to.match(/cannot reach .*no answer within 1000 ms/)
    } finally {
      plane.thaw()
    }
    await until('a fresh proof', () => ageMs() < 1500, { timeoutMs: 10_000 })
    await client.create(AGENTS, agentNamed('thawed'))
    await until('an agent made afterwards', () => agents().includes('thawed'), { timeoutMs: 2000 })
    expect(state.problems()).to.deep.equal([])
  })

  it('survives a restart of the API server', async () => {
    await plane.restartApiserver()
    await client.create(AGENTS, agentNamed('restarted'))
    await until('an agent made after the restart', () => agents().includes('restarted'), { timeoutMs: 15_000 })
    await until('a fresh proof', () => ageMs() < 1500, { timeoutMs: 10_000 })
  })
})
