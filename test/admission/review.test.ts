import { generateKeyPairSync, sign } from 'node:crypto'
import { expect } from 'chai'
import { review } from '../../src/admission/review.ts'
import type { Reviewer } from '../../src/admission/review.ts'
import type { JsonObject, Json } from '../../src/api/json.ts'
import type { ApprovalRequest, Approver, GovernedAgent } from '../../src/api/objects.ts'
import type { Labels } from '../../src/policy/facts.ts'
import { get, keyOf } from '../../src/policy/read.ts'
import { pae } from '../../src/signing/envelope.ts'
import type { Harmless } from '../../src/policy/rule.ts'
import { buildStatement, payloadOf } from '../../src/signing/statement.ts'

/** Classes by verb alone: this file is about what follows from a class. */
const catalogue = { rules: [], harmless: [] }
import { MemoryCluster, reviewOf } from './memory.ts'

const agent: GovernedAgent = {
  apiVersion: 'obstat.dev/v1alpha1',
  kind: 'GovernedAgent',
  metadata: { name: 'sre-bot' },
  spec: {
    subjects: [{ kind: 'ServiceAccount', namespace: 'sre', name: 'sre-bot' }],
    trustPhase: 'AutonomousL1',
    scope: [{ apiGroups: ['*'], resources: ['*', '*/*'], operations: ['*'], namespaces: ['*'] }],
  },
}

const person = (
  name: string,
  more: Partial<Approver['spec']> = {},
): { approver: Approver; key: ReturnType<typeof generateKeyPairSync>['privateKey'] } => {
  const pair = generateKeyPairSync('ed25519')
  const publicKey = pair.publicKey.export({ type: 'spki', format: 'pem' }).toString()
  return {
    key: pair.privateKey,
    approver: {
      apiVersion: 'obstat.dev/v1alpha1',
      kind: 'Approver',
      metadata: { name },
      spec: {
        keys: [{ type: 'ed25519', publicKey }],
        roles: ['platform'],
        usernames: [`${name}@example.com`],
        ...more,
      },
    },
  }
}
const alice = person('alice')

const statefulSet = (uid = 'uid-1'): JsonObject => ({
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: { name: 'db', namespace: 'vault', uid, resourceVersion: '7', generation: 1 },
  spec: { replicas: 3 },
})

const deletion = (uid = 'uid-1', more: JsonObject = {}): Json =>
  reviewOf({
    operation: 'DELETE',
    kind: { group: 'apps', version: 'v1', kind: 'StatefulSet' },
    resource: { group: 'apps', version: 'v1', resource: 'statefulsets' },
    requestResource: { group: 'apps', version: 'v1', resource: 'statefulsets' },
    name: 'db',
    namespace: 'vault',
    object: null,
    oldObject: statefulSet(uid),
    options: { propagationPolicy: 'Background' },
    ...more,
  })

function start(): {
  cluster: MemoryCluster
  ask: (body: Json) => Promise<{ allowed: boolean; reason: string; message: string; id: string }>
} {
  const cluster = new MemoryCluster()
  cluster.agents = [agent]
  cluster.people = [alice.approver]
  cluster.namespaces = new Map([
    ['vault', new Map([['obstat.dev/protected', 'true']])],
    ['sre', new Map()],
  ])
  const faults: unknown[] = []
  const reviewer: Reviewer = {
    ports: cluster,
    catalogue,
    ownNamespace: 'obstat-system',
    fault: (_, cause) => faults.push(cause),
  }
  const ask = async (body: Json): ReturnType<ReturnType<typeof start>['ask']> => {
    const { response } = await review('review-1', body, reviewer, AbortSignal.timeout(5000))
    expect(faults).to.deep.equal([])
    const message = response.status?.message ?? ''
    return {
      allowed: response.allowed,
      reason: response.status?.reason ?? '',
      message,
      id: /^APPROVAL_REQUIRED (ar-[a-z2-7]+): /.exec(message)?.[1] ?? '',
    }
  }
  return { cluster, ask }
}

/** Alice reads the request and signs; the decision is appended as kubectl would. */
function decide(cluster: MemoryCluster, id: string, decision: 'Approve' | 'Deny' = 'Approve', by = alice): void {
  const request = cluster.requests.get(id) as ApprovalRequest
  const now = cluster.time.getTime()
  const statement = buildStatement(
    { ...request.spec, request: id, review: request.spec.review },
    {
      decision,
      approver: by.approver.metadata.name,
      reason: 'INC-1',
      issuedAtMs: now,
      notBeforeMs: now,
      notAfterMs: now + 600_000,
    },
  )
  if (!statement.ok) throw new Error(JSON.stringify(statement.issues))
  const payload = payloadOf(statement.value)
  const envelope = {
    payloadType: 'application/vnd.obstat.approval.v1+json',
    payload: payload.toString('base64'),
    signatures: [{ keyid: '', sig: sign(null, pae(payload), by.key).toString('base64') }],
  }
  cluster.put({ ...request, spec: { ...request.spec, decisions: [...request.spec.decisions, { envelope }] } })
}

describe('review', () => {
  it('files one request for a destructive act and names it', async () => {
    const { cluster, ask } = start()
    const first = await ask(deletion())
    expect(first.allowed).to.equal(false)
    expect(first.reason).to.equal('ApprovalRequired')
    expect(first.id).to.not.equal('')
    const second = await ask(deletion())
    expect(second.reason).to.equal('ApprovalPending')
    expect(second.id).to.equal(first.id)
    expect([...cluster.requests.keys()]).to.deep.equal([first.id])
  })

  it('keeps the message under 1 KiB in four lines, the last of them JSON', async () => {
    const { ask } = start()
    const { message } = await ask(deletion())
    expect(Buffer.byteLength(message)).to.be.at.most(1024)
    const lines = message.split('\n')
    expect(lines).to.have.length(4)
    expect(JSON.parse(lines[3]!)).to.include({ reason: 'ApprovalRequired', class: 'Destructive' })
  })

  it('lets the signed act through once, and again while it is the same use', async () => {
    const { cluster, ask } = start()
    const { id } = await ask(deletion())
    decide(cluster, id)
    expect((await ask(deletion())).allowed).to.equal(true)
    expect(cluster.requests.get(id)?.status?.uses).to.have.length(1)
    expect((await ask(deletion())).allowed).to.equal(true)
    expect(cluster.requests.get(id)?.status?.uses).to.have.length(1)
  })

  it('records what a decision did to approvals, each once, and how long it took', async () => {
    const { cluster, ask } = start()
    cluster.elapsedMs = 0.25049
    const { id } = await ask(deletion())
    await ask(deletion())
    decide(cluster, id)
    await ask(deletion())
    await ask(deletion())
    expect(cluster.records.map(({ approvalEvents }) => approvalEvents)).to.deep.equal([
      ['Filed'],
      [],
      ['Approved', 'Used'],
      [],
    ])
    expect(cluster.records.map(({ durationMs }) => durationMs)).to.deep.equal([0.25, 0.25, 0.25, 0.25])
  })

  it('does not record an approval again that was written down before its use', async () => {
    const { cluster, ask } = start()
    const { id } = await ask(deletion())
    decide(cluster, id)
    const lastTransitionTime = cluster.time.toISOString()
    const approved = { type: 'Approved', status: 'True', reason: 'Signed', message: '', lastTransitionTime } as const
    cluster.put({ ...(cluster.requests.get(id) as ApprovalRequest), status: { conditions: [approved] } })
    await ask(deletion())
    expect(cluster.records.at(-1)?.approvalEvents).to.deep.equal(['Used'])
  })

  it('files at most fifty open requests in one namespace, and still files in another', async () => {
    const { cluster, ask } = start()
    for (let i = 0; i < 50; i++) await ask(deletion(`uid-${i}`))
    const flooded = await ask(deletion('uid-50'))
    expect(flooded.reason).to.equal('ApprovalRequired')
    expect(flooded.id).to.equal('')
    expect(flooded.message).to.match(/too many requests/)
    expect(cluster.requests.size).to.equal(50)
    expect(cluster.records.at(-1)?.approvalEvents).to.deep.equal(['Withheld'])
    expect((await ask(deletion('uid-51', { namespace: 'sre' }))).id).to.not.equal('')
  })

  it('finds an approval in a request that its caches have not heard of', async () => {
    const { cluster, ask } = start()
    cluster.isBehind = true
    const { id } = await ask(deletion())
    expect((await ask(deletion())).id).to.equal(id)
    decide(cluster, id)
    expect((await ask(deletion())).allowed).to.equal(true)
    expect(cluster.requests.size).to.equal(1)
  })

  it('uses no approval from elsewhere while somebody has said no in a request that its caches have not heard of', async () => {
    const { cluster, ask } = start()
    const { id } = await ask(deletion())
    decide(cluster, id)
    const envelope = cluster.requests.get(id)?.spec.decisions[0]?.envelope
    decide(cluster, id, 'Deny', alice)
    cluster.isBehind = true
    const object = {
      ...statefulSet(),
      metadata: {
        ...(statefulSet()['metadata'] as JsonObject),
        annotations: { 'obstat.dev/approval': JSON.stringify(envelope) },
      },
    }
    expect((await ask(deletion('uid-1', { oldObject: object }))).reason).to.equal('ApprovalDenied')
  })

  it('refuses the approval on a recreated name and files anew', async () => {
    const { cluster, ask } = start()
    const { id } = await ask(deletion())
    decide(cluster, id)
    const recreated = await ask(deletion('uid-2'))
    expect(recreated.allowed).to.equal(false)
    expect(recreated.id).to.not.equal(id)
  })

  it('refuses after the approval has expired', async () => {
    const { cluster, ask } = start()
    const { id } = await ask(deletion())
    decide(cluster, id)
    cluster.time = new Date(cluster.time.getTime() + 601_000)
    const late = await ask(deletion())
    expect(late.reason).to.equal('ApprovalExpired')
    expect(late.id).to.equal(id)
  })

  it('refuses while a Deny stands and files nothing', async () => {
    const { cluster, ask } = start()
    const { id } = await ask(deletion())
    decide(cluster, id, 'Deny')
    expect((await ask(deletion())).reason).to.equal('ApprovalDenied')
    expect(cluster.requests.size).to.equal(1)
  })

  it('refuses another agent with the same approval', async () => {
    const { cluster, ask } = start()
    const { id } = await ask(deletion())
    decide(cluster, id)
    cluster.agents = [{ ...agent, metadata: { name: 'other-bot' } }]
    const other = await ask(deletion())
    expect(other.allowed).to.equal(false)
    expect(other.id).to.not.equal(id)
  })

  it('refuses what somebody without an Approver has signed', async () => {
    const { cluster, ask } = start()
    const { id } = await ask(deletion())
    decide(cluster, id, 'Approve', person('mallory'))
    expect((await ask(deletion())).reason).to.equal('SignatureInvalid')
  })

  it('judges again when another replica wrote in between, and refuses when that replica used the approval', async () => {
    const { cluster, ask } = start()
    const creation = reviewOf({
      operation: 'CREATE',
      kind: { group: '', version: 'v1', kind: 'ConfigMap' },
      resource: { group: '', version: 'v1', resource: 'configmaps' },
      name: 'cfg-bcdfg',
      namespace: 'vault',
      object: {
        apiVersion: 'v1',
        kind: 'ConfigMap',
        metadata: { name: 'cfg-bcdfg', generateName: 'cfg-', namespace: 'vault' },
      },
      oldObject: null,
    })
    const { id } = await ask(creation)
    decide(cluster, id)
    let races = 0
    cluster.beforeWrite = (name) => {
      if (races++ > 0) return
      const stored = cluster.requests.get(name) as ApprovalRequest
      const use = {
        act: 0,
        reviewUid: 'review-of-the-other',
        objectUid: '',
        generation: 0,
        resourceVersion: '',
        at: '2026-11-20T08:00:00.000000Z',
      }
      cluster.put({ ...stored, status: { uses: [use] } })
    }
    expect((await ask(creation)).reason).to.equal('ApprovalUsed')
  })

  it('writes a Namespace once and keeps warnings whole', async () => {
    const { ask } = start()
    const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'vault', uid: 'uid-ns' } }
    const { message } = await ask(
      reviewOf({
        operation: 'DELETE',
        kind: { group: '', version: 'v1', kind: 'Namespace' },
        resource: { group: '', version: 'v1', resource: 'namespaces' },
        name: 'vault',
        namespace: 'vault',
        object: null,
        oldObject: namespace,
      }),
    )
    expect(message).to.match(/: DELETE namespaces vault is Destructive/)
  })

  it('lets one of two pods of a workload go when both are asked for at once', async () => {
    const { cluster } = start()
    const turn: Harmless = {
      id: 'in-turn',
      lowersTo: 'Routine',
      matches: [{ operations: ['DELETE'], group: '', resource: 'pods' }],
      proves: (request, facts) =>
        facts.claimed.has('workload') ? null : { what: 'is replaced', claim: { key: 'workload', item: request.name } },
    }
    const reviewer: Reviewer = {
      ports: cluster,
      catalogue: { rules: [], harmless: [turn] },
      ownNamespace: 'obstat-system',
      fault: (_, cause) => {
        throw cause
      },
    }
    const pod = (name: string): Json =>
      reviewOf({
        operation: 'DELETE',
        kind: { group: '', version: 'v1', kind: 'Pod' },
        resource: { group: '', version: 'v1', resource: 'pods' },
        name,
        namespace: 'sre',
        object: null,
        oldObject: { metadata: { name, uid: name } },
      })
    const answers = await Promise.all(
      ['web-1', 'web-2'].map((name) => review('review-1', pod(name), reviewer, AbortSignal.timeout(5000))),
    )
    expect(answers.filter(({ response }) => response.allowed)).to.have.length(1)
    const again = await review('review-1', pod('web-1'), reviewer, AbortSignal.timeout(5000))
    expect(again.response.allowed).to.equal(answers[0]?.response.allowed)
  })

  it('spends nothing on a dry run', async () => {
    const { cluster, ask } = start()
    const { id } = await ask(deletion())
    decide(cluster, id)
    expect((await ask(deletion('uid-1', { dryRun: true }))).allowed).to.equal(true)
    expect(cluster.requests.get(id)?.status?.uses ?? []).to.have.length(0)
  })

  it('refuses when its facts are older than five seconds', async () => {
    const { cluster, ask } = start()
    cluster.provedAt = new Date(cluster.time.getTime() - 5001)
    expect((await ask(deletion())).reason).to.equal('StateStale')
  })

  const meanwhile: readonly (readonly [string, string, (cluster: MemoryCluster) => void])[] = [
    [
      'its agent is suspended',
      'AgentSuspended',
      (cluster) => {
        cluster.agents = [{ ...agent, spec: { ...agent.spec, suspended: true } }]
      },
    ],
    [
      'its facts get too old',
      'StateStale',
      (cluster) => {
        cluster.provedAt = new Date(cluster.time.getTime() - 5001)
      },
    ],
  ]
  for (const [what, reason, change] of meanwhile)
    it(`refuses an approved act when ${what} while it is being judged`, async () => {
      const { cluster, ask } = start()
      const { id } = await ask(deletion())
      decide(cluster, id)
      cluster.beforeWrite = () => {
        change(cluster)
      }
      expect((await ask(deletion())).reason).to.equal(reason)
      expect(cluster.records.at(-1)?.reason).to.equal(reason)
    })

  it('judges again, and spends nothing more, when something else changes meanwhile', async () => {
    const { cluster, ask } = start()
    const { id } = await ask(deletion())
    decide(cluster, id)
    cluster.beforeWrite = () => {
      cluster.namespaces = new Map<string, Labels>([...cluster.namespaces, ['another', new Map()]])
    }
    expect((await ask(deletion())).allowed).to.equal(true)
    expect(cluster.requests.get(id)?.status?.uses).to.have.length(1)
  })

  const configMap = (namespace: string): Json =>
    reviewOf({
      operation: 'CREATE',
      kind: { group: '', version: 'v1', kind: 'ConfigMap' },
      resource: { group: '', version: 'v1', resource: 'configmaps' },
      requestResource: { group: '', version: 'v1', resource: 'configmaps' },
      name: 'settings',
      namespace,
      object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'settings', namespace } },
      oldObject: null,
    })

  describe('in a Namespace that the caches have not heard of', () => {
    const withNew = (cluster: MemoryCluster, labels: JsonObject): void => {
      const name = keyOf(get('', 'v1', 'namespaces', '', 'new'))
      cluster.objects.set(name, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'new', labels } })
    }

    it('lets through what its live labels let through', async () => {
      const { cluster, ask } = start()
      withNew(cluster, {})
      expect((await ask(configMap('new'))).allowed).to.equal(true)
    })

    it('asks for a signature where its live labels protect', async () => {
      const { cluster, ask } = start()
      withNew(cluster, { 'obstat.dev/protected': 'true' })
      expect((await ask(configMap('new'))).reason).to.equal('ApprovalRequired')
    })

    it('asks for a signature when there is none', async () => {
      const { ask } = start()
      expect((await ask(configMap('new'))).reason).to.equal('ApprovalRequired')
    })

    it('judges once, although other Namespaces come and go all the time', async () => {
      const { cluster, ask } = start()
      withNew(cluster, {})
      let reads = 0
      cluster.beforeRead = () => {
        reads += 1
        cluster.namespaces = new Map<string, Labels>([...cluster.namespaces, [`another-${String(reads)}`, new Map()]])
      }
      expect((await ask(configMap('new'))).allowed).to.equal(true)
      expect(reads).to.equal(1)
    })

    it('judges again when it is protected meanwhile', async () => {
      const { cluster, ask } = start()
      withNew(cluster, {})
      cluster.beforeRead = () => {
        cluster.namespaces = new Map([...cluster.namespaces, ['new', new Map([['obstat.dev/protected', 'true']])]])
      }
      expect((await ask(configMap('new'))).reason).to.equal('ApprovalRequired')
    })
  })

  it('answers a fault as a refusal with the same uid', async () => {
    const cluster = new MemoryCluster()
    const faults: unknown[] = []
    const reviewer: Reviewer = {
      ports: {
        state: cluster.state,
        ledger: cluster.ledger,
        turns: cluster.turns,
        audit: cluster.audit,
        clock: cluster.clock,
        reader: { ...cluster.reader, read: () => Promise.reject(new Error('no route')) },
      },
      catalogue,
      ownNamespace: 'obstat-system',
      fault: (_, cause) => faults.push(cause),
    }
    const answer = await review('review-9', reviewOf({ operation: 'NONSENSE' }), reviewer, AbortSignal.timeout(5000))
    expect(answer.response).to.deep.include({ uid: 'review-9', allowed: false })
    expect(answer.response.status?.reason).to.equal('InternalError')
    expect(faults).to.have.length(1)
  })

  it('says so when a request changes more than a person could sign', async () => {
    const cluster = new MemoryCluster()
    cluster.agents = [agent]
    const faults: unknown[] = []
    const reviewer = {
      ports: cluster,
      catalogue,
      ownNamespace: 'obstat-system',
      fault: (_: string, cause: unknown) => faults.push(cause),
    }
    const list = (one: string): JsonObject => ({ ...statefulSet(), spec: { args: Array(100_001).fill(one) } })
    const body = deletion('uid-1', { operation: 'UPDATE', object: list('a'), oldObject: list('b') })
    const { response } = await review('review-1', body, reviewer, AbortSignal.timeout(5000))
    expect(response.status?.message).to.equal(
      'obstat: InternalError: the request changes more places than a person could sign. Agent: make the change in smaller parts.',
    )
    expect(faults).to.have.length(1)
  })

  it('answers in time when a port hangs', async () => {
    const { cluster } = start()
    const reviewer: Reviewer = {
      ports: {
        state: cluster.state,
        turns: cluster.turns,
        audit: cluster.audit,
        clock: cluster.clock,
        ledger: { ...cluster.ledger, file: () => new Promise(() => undefined) },
        reader: cluster.reader,
      },
      catalogue,
      ownNamespace: 'obstat-system',
      fault: () => undefined,
    }
    const answer = await review('review-1', deletion(), reviewer, AbortSignal.timeout(50))
    expect(answer.response.allowed).to.equal(false)
    expect(answer.response.status?.message).to.match(/no decision in time/)
  })
})
