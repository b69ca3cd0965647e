import { expect } from 'chai'
import { connect } from '../../src/cluster/client.ts'
import type { Client } from '../../src/cluster/client.ts'
import { field, list, text } from '../../src/api/json.ts'
import type { Json } from '../../src/api/json.ts'
import { startCluster } from '../../src/reconcile/start.ts'
import type { RunningCluster } from '../../src/reconcile/start.ts'
import { startControlPlane } from './harness/control-plane.ts'
import type { ControlPlane } from './harness/control-plane.ts'
import { until } from './harness/wait.ts'

const REGISTRATION = '/apis/admissionregistration.k8s.io/v1'
const WEBHOOKS = `${REGISTRATION}/validatingwebhookconfigurations/obstat`
const POLICY = `${REGISTRATION}/validatingadmissionpolicies/agents-webhooks.obstat.dev`
const BINDING = `${REGISTRATION}/validatingadmissionpolicybindings/agents-webhooks.obstat.dev`
const AGENTS = '/apis/obstat.dev/v1alpha1/governedagents'
const REQUESTS = '/apis/obstat.dev/v1alpha1/approvalrequests'
const LEASES = '/apis/coordination.k8s.io/v1/namespaces/obstat-system/leases'

const soon = { timeoutMs: 1000, everyMs: 5 }

const agentNamed = (name: string, subjects: readonly object[]) => ({
  apiVersion: 'obstat.dev/v1alpha1',
  kind: 'GovernedAgent',
  metadata: { name },
  spec: { subjects, trustPhase: 'Shadow' },
})

const requestUntil = (name: string, expiresAt: string) => ({
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
        intentSha256: 'a'.repeat(64),
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
    expiresAt,
    decisions: [],
  },
})

const isTrue = (object: Json, type: string): boolean =>
  list(object, 'status', 'conditions').some(
    (condition) => text(condition, 'type') === type && text(condition, 'status') === 'True',
  )

describe('the leader', () => {
  let plane: ControlPlane
  let client: Client
  let kubeconfig: string
  let replica: RunningCluster
  const restored: string[] = []
  const expression = async (): Promise<string> => {
    const agents = list(await client.get(WEBHOOKS), 'webhooks')[0]
    return text(list(agents, 'matchConditions')[0], 'expression')
  }

  const startReplica = (identity: string): Promise<RunningCluster> =>
    startCluster({
      kubeconfig,
      namespace: 'obstat-system',
      // Nothing listens there: whoever is an agent is refused.
      url: 'https://127.0.0.1:1',
      identity,
      log: () => undefined,
      restored: (kind) => restored.push(kind),
    })

  before(async () => {
    plane = await startControlPlane({ controllers: false, nodesFake: false })
    for (const file of ['crds', 'namespace.yaml', 'rbac.yaml']) {
      const applied = await plane.kubectl(['apply', '-f', `manifests/${file}`])
      expect(applied.code, applied.stderr).to.equal(0)
    }
    client = connect({ kubeconfig: plane.adminKubeconfig })
    // obstat's own account: its rights must be enough for all of this.
    kubeconfig = await plane.serviceAccountKubeconfig('obstat-system', 'obstat')
    replica = await startReplica('first')
    await until('readiness', () => replica.ready().length === 0, { timeoutMs: 3000, everyMs: 5 })
  })

  after(async () => {
    await replica.stop()
    client.close()
    await plane.stop()
  })

  it('leads within a second of its start, and is ready then', () => {
    expect(replica.isLeader()).to.equal(true)
    expect(replica.isEnforced()).to.equal(true)
  })

  it('covers a new agent within a second and says so in its status', async () => {
    await client.create(AGENTS, agentNamed('bot', [{ kind: 'User', name: "o'hara\\ü😀" }]))
    await until('the condition', async () => isTrue(await client.get(`${AGENTS}/bot`), 'Enforced'), soon)
    expect(await expression()).to.contain("'o\\'hara\\\\ü😀'")
    const refused = await plane.kubectl([
      'create',
      'configmap',
      'x',
      '--as',
      "o'hara\\ü😀",
      '--as-group',
      'system:masters',
    ])
    expect(refused.stderr).to.contain('failed calling webhook "agents.obstat.dev"')
  })

  it('covers the ServiceAccounts of a Namespace labelled as holding agents', async () => {
    await client.create('/api/v1/namespaces', { metadata: { name: 'bots', labels: { 'obstat.dev/agents': 'true' } } })
    await until('the group', async () => (await expression()).includes("'system:serviceaccounts:bots'"), soon)
    await client.patch('/api/v1/namespaces/bots', { metadata: { labels: { 'obstat.dev/agents': null } } })
    await until('the group to go', async () => !(await expression()).includes('bots'), soon)
  })

  it('holds up nobody else while the webhook is down', async () => {
    const made = await plane.kubectl(['create', 'namespace', 'shop'])
    expect(made.code, made.stderr).to.equal(0)
    const labelled = await plane.kubectl(['label', 'namespace', 'shop', 'obstat.dev/protected=true'])
    expect(labelled.code, labelled.stderr).to.equal(0)
  })

  it('puts a deleted webhook configuration back within a second', async () => {
    await client.delete(WEBHOOKS)
    await until('the configuration', () => client.get(WEBHOOKS), soon)
    expect(restored).to.include('ValidatingWebhookConfiguration')
  })

  it('puts an edited webhook configuration back within a second', async () => {
    const before = text(await client.get(WEBHOOKS), 'metadata', 'resourceVersion')
    const operation = [{ op: 'replace', path: '/webhooks/0/failurePolicy', value: 'Ignore' }]
    await client.patch(WEBHOOKS, operation, { contentType: 'application/json-patch+json' })
    const isBack = async (): Promise<boolean> => {
      const live = await client.get(WEBHOOKS)
      return (
        text(live, 'metadata', 'resourceVersion') !== before &&
        text(list(live, 'webhooks')[0], 'failurePolicy') === 'Fail'
      )
    }
    await until('the edit to be undone', isBack, soon)
    await until('the replica to know', () => replica.isEnforced(), soon)
  })

  it('keeps annotations that somebody else put on it', async () => {
    await client.patch(WEBHOOKS, { metadata: { annotations: { note: 'n' } }, webhooks: [] })
    const live = await until(
      'the webhooks',
      async () => {
        const found = await client.get(WEBHOOKS)
        return list(found, 'webhooks').length > 0 ? found : null
      },
      soon,
    )
    expect(text(live, 'metadata', 'annotations', 'note')).to.equal('n')
  })

  it('puts the policy and its binding back within a second', async () => {
    await client.delete(POLICY)
    await client.patch(BINDING, { spec: { validationActions: ['Audit'] } })
    await until('the policy', () => client.get(POLICY), soon)
    const isDeny = async (): Promise<boolean> =>
      JSON.stringify(field(await client.get(BINDING), 'spec', 'validationActions')) === '["Deny"]'
    await until('the binding', isDeny, soon)
  })

  it('keeps agents off webhook configurations although obstat does not answer', async () => {
    const asAgent = ['--as', "o'hara\\ü😀", '--as-group', 'system:masters']
    // A policy takes effect about a second after it was written.
    await until(
      'the policy to hold',
      async () => {
        const refused = await plane.kubectl(['delete', 'validatingwebhookconfiguration', 'obstat', ...asAgent])
        return refused.stderr.includes('NeverAllowed:')
      },
      { timeoutMs: 5000 },
    )
    const asPerson = await plane.kubectl([
      'annotate',
      'validatingwebhookconfiguration',
      'obstat',
      'note=m',
      '--overwrite',
    ])
    expect(asPerson.code, asPerson.stderr).to.equal(0)
  })

  it('marks a request that nobody answered in time', async () => {
    await client.create(REQUESTS, requestUntil('ar-late', '2026-01-01T00:00:00Z'))
    await until('the condition', async () => isTrue(await client.get(`${REQUESTS}/ar-late`), 'Expired'), {
      timeoutMs: 8000,
    })
  })

  it('hands over to another replica when it stops', async () => {
    const second = await startReplica('second')
    try {
      await until('the second to be ready', () => second.ready().length === 0, { timeoutMs: 3000 })
      expect(second.isLeader()).to.equal(false)
      await replica.stop()
      await until('the second to lead', () => second.isLeader(), { timeoutMs: 4000 })
      await client.delete(WEBHOOKS)
      await until('the configuration', () => client.get(WEBHOOKS), soon)
    } finally {
      await second.stop()
    }
  })

  it('waits for the Lease of a leader that may live, and takes it when it ran out', async () => {
    const alive = {
      holderIdentity: 'gone',
      leaseDurationSeconds: 3,
      renewTime: new Date().toISOString().replace('Z', '000Z'),
    }
    await client.patch(`${LEASES}/obstat`, { spec: alive })
    replica = await startReplica('third')
    expect(replica.isLeader()).to.equal(false)
    await until('the third to lead', () => replica.isLeader(), { timeoutMs: 8000 })
  })
})
