import { generateKeyPairSync, sign } from 'node:crypto'
import { expect } from 'chai'
import { review } from '../../src/admission/review.ts'
import type { Json, JsonObject } from '../../src/api/json.ts'
import { list, text } from '../../src/api/json.ts'
import type { ApprovalRequest } from '../../src/api/objects.ts'
import { historyRead } from '../../src/policy/impact/history.ts'
import { readOf } from '../../src/policy/impact/neighbours.ts'
import type { Kind } from '../../src/policy/impact/neighbours.ts'
import { get, keyOf } from '../../src/policy/read.ts'
import type { Read } from '../../src/policy/read.ts'
import { pae } from '../../src/signing/envelope.ts'
import { buildStatement, payloadOf } from '../../src/signing/statement.ts'
import { MemoryCluster, reviewOf } from './memory.ts'

const pair = generateKeyPairSync('ed25519')
const publicKey = pair.publicKey.export({ type: 'spki', format: 'pem' }).toString()

function start(): MemoryCluster {
  const cluster = new MemoryCluster()
  const scope = [{ apiGroups: ['*'], resources: ['*'], operations: ['*' as const], namespaces: ['*'] }]
  const subjects = [{ kind: 'ServiceAccount' as const, namespace: 'sre', name: 'sre-bot' }]
  const common = { apiVersion: 'obstat.dev/v1alpha1' } as const
  cluster.agents = [
    {
      ...common,
      kind: 'GovernedAgent',
      metadata: { name: 'sre-bot' },
      spec: { subjects, trustPhase: 'AutonomousL1', scope },
    },
  ]
  for (const name of ['shop', 'sre']) cluster.namespaces.set(name, new Map())
  cluster.people = [
    { ...common, kind: 'Approver', metadata: { name: 'alice' }, spec: { keys: [{ type: 'ed25519', publicKey }] } },
  ]
  return cluster
}

/** What the API server answers to the list of a kind in the Namespace shop. */
const put = (cluster: MemoryCluster, kind: Kind, objects: readonly JsonObject[]): void => {
  cluster.objects.set(keyOf(readOf(kind, 'shop')), objects)
}

const metadata: JsonObject = { name: 'data', namespace: 'shop', uid: 'claim-1', resourceVersion: '1' }
const claim: JsonObject = {
  metadata,
  spec: { volumeName: 'pv-0' },
}
const setPolicy = (cluster: MemoryCluster, policy: string): void => {
  const read = get('', 'v1', 'persistentvolumes', '', 'pv-0')
  cluster.objects.set(keyOf(read), { metadata: { name: 'pv-0' }, spec: { persistentVolumeReclaimPolicy: policy } })
}

const deletion = (extra: JsonObject = {}, oldObject = claim, more: JsonObject = {}): Json => {
  const resource = { group: '', version: 'v1', resource: 'persistentvolumeclaims' }
  return reviewOf({
    operation: 'DELETE',
    kind: { group: '', version: 'v1', kind: 'PersistentVolumeClaim' },
    resource,
    requestResource: resource,
    name: 'data',
    namespace: 'shop',
    object: null,
    oldObject,
    options: {},
    userInfo: { username: 'system:serviceaccount:sre:sre-bot', uid: 'sa-uid', groups: [], extra },
    ...more,
  })
}

type ReadAll = MemoryCluster['reader']['read']

/** Puts something between the webhook and its reads. */
function between(
  cluster: MemoryCluster,
  wrap: (some: readonly Read[], go: () => ReturnType<ReadAll>) => ReturnType<ReadAll>,
): void {
  const { reader } = cluster
  const own: MemoryCluster['reader'] = { ...reader }
  Object.assign(reader, {
    read: (some: readonly Read[], signal: AbortSignal) => wrap(some, () => own.read(some, signal)),
  })
}

interface Said {
  readonly allowed: boolean
  readonly reason: string
  readonly message: string
  readonly id: string
}

async function ask(cluster: MemoryCluster, body = deletion(), signal = AbortSignal.timeout(5000)): Promise<Said> {
  const fault = (_: string, cause: unknown): never => {
    throw cause
  }
  const reviewer = { ports: cluster, catalogue: { rules: [], harmless: [] }, ownNamespace: 'obstat-system', fault }
  const { response } = await review('review-1', body, reviewer, signal)
  const message = response.status?.message ?? ''
  const id = /^APPROVAL_REQUIRED (ar-[a-z2-7]+): /.exec(message)?.[1] ?? ''
  return { allowed: response.allowed, reason: response.status?.reason ?? '', message, id }
}

function approve(cluster: MemoryCluster, id: string, decision: 'Approve' | 'Deny' = 'Approve'): void {
  const request = cluster.requests.get(id) as ApprovalRequest
  const at = cluster.time.getTime()
  const answer = { approver: 'alice', reason: '', issuedAtMs: at, notBeforeMs: at, notAfterMs: at + 600_000 }
  const statement = buildStatement({ ...request.spec, request: id }, { ...answer, decision })
  if (!statement.ok) throw new Error(JSON.stringify(statement.issues))
  const payload = payloadOf(statement.value)
  const signature = sign(null, pae(payload), pair.privateKey).toString('base64')
  const payloadType = 'application/vnd.obstat.approval.v1+json'
  const envelope = { payloadType, payload: payload.toString('base64'), signatures: [{ keyid: '', sig: signature }] }
  cluster.put({ ...request, spec: { ...request.spec, decisions: [...request.spec.decisions, { envelope }] } })
}

const linesOf = (cluster: MemoryCluster, id: string): readonly string[] =>
  list(cluster.requests.get(id)?.spec.review.impact, 'lines').map(
    (line) => `${text(line, 'mark')}: ${text(line, 'what')}`,
  )

describe('what a card shows', () => {
  it('is read when the request is filed, and part of what is signed', async () => {
    const cluster = start()
    setPolicy(cluster, 'Delete')
    const { id } = await ask(cluster)
    expect(linesOf(cluster, id)).to.include(
      'loss: PersistentVolumeClaim "data" goes and its disk is DESTROYED (reclaim policy Delete)',
    )
  })

  it('is not read again while nobody has signed', async () => {
    const cluster = start()
    await ask(cluster)
    const reads: Read[] = []
    between(cluster, (some, go) => {
      reads.push(...some)
      return go()
    })
    await ask(cluster)
    expect(reads).to.deep.equal([])
  })

  it('is missing line by line where reads fail, and says so', async () => {
    const cluster = start()
    between(cluster, (some, go) => {
      if (some.some(({ resource }) => resource === 'services'))
        return Promise.reject(Object.assign(new Error('secret words'), { status: 403 }))
      return some.some(({ resource }) => resource === 'pods') ? Promise.reject(new Error('secret words')) : go()
    })
    const { id } = await ask(cluster)
    expect(linesOf(cluster, id)).to.include('unknown: could not be read: services (obstat has no right to)')
    expect(linesOf(cluster, id)).to.include('unknown: could not be read: pods (the read failed)')
    expect(JSON.stringify(cluster.requests.get(id))).not.to.include('secret words')
  })

  it('does not hold up the refusal when reads hang', async () => {
    const cluster = start()
    Object.assign(cluster.reader, { read: () => new Promise(() => undefined) })
    const { id, reason } = await ask(cluster)
    expect(reason).to.equal('ApprovalRequired')
    expect(linesOf(cluster, id).join()).to.match(/could not be read: .*pods.* \(no answer in time\)/)
  })

  it('holds what the agent claims, from its token, its pod or its Job', async () => {
    const cluster = start()
    const owner = { kind: 'Job', apiVersion: 'batch/v1', name: 'run-7', controller: true, uid: 'job-1' }
    const pod = {
      metadata: {
        name: 'run-7-x',
        namespace: 'sre',
        uid: 'pod-1',
        labels: { 'obstat.dev/investigation': 'inv-7' },
        annotations: { 'obstat.dev/reason': 'disk is full' },
        ownerReferences: [owner],
      },
    }
    const job = {
      metadata: { name: 'run-7', annotations: { 'obstat.dev/incident': 'INC-4', 'obstat.dev/reason': 'other' } },
    }
    cluster.objects.set(keyOf(get('', 'v1', 'pods', 'sre', 'run-7-x')), pod)
    cluster.objects.set(keyOf(get('batch', 'v1', 'jobs', 'sre', 'run-7')), job)
    const bound = {
      'authentication.kubernetes.io/pod-name': ['run-7-x'],
      'authentication.kubernetes.io/pod-uid': ['pod-1'],
      'obstat.dev/confidence': ['0.8'],
    }
    const { id } = await ask(cluster, deletion(bound))
    const { claims, requester } = cluster.requests.get(id)!.spec.review
    expect(claims).to.deep.equal({
      reason: 'disk is full',
      investigation: 'inv-7',
      confidence: '0.8',
      incident: 'INC-4',
    })
    expect(requester).to.include({ pod: 'run-7-x', job: 'sre/run-7' })
  })

  it('takes no claims from another pod of that name', async () => {
    const cluster = start()
    const metadata = { name: 'run', namespace: 'sre', uid: 'pod-2', annotations: { 'obstat.dev/reason': 'mine' } }
    cluster.objects.set(keyOf(get('', 'v1', 'pods', 'sre', 'run')), { metadata })
    const bound = {
      'authentication.kubernetes.io/pod-name': ['run'],
      'authentication.kubernetes.io/pod-uid': ['pod-1'],
    }
    const { id } = await ask(cluster, deletion(bound))
    expect(cluster.requests.get(id)?.spec.review.claims).to.deep.equal({})
  })

  it('tells what the agent asked for before', async () => {
    const cluster = start()
    const before = {
      spec: { agent: 'sre-bot', review: { filedAt: '2026-11-20T07:50:00Z', summary: 'DELETE pods shop/a' } },
    }
    cluster.objects.set(keyOf(historyRead('sre-bot')), [
      { ...before, status: { uses: [{ at: '2026-11-20T07:55:00.000000Z' }] } },
    ])
    const { id } = await ask(cluster)
    expect(linesOf(cluster, id)).to.include(
      'note: 1 request of this agent in the last hour, 1 acts carried out, the last: "DELETE pods shop/a" at 2026-11-20T07:55:00Z',
    )
  })
})

describe('an approval', () => {
  it('holds while no more is lost than was shown', async () => {
    const cluster = start()
    setPolicy(cluster, 'Delete')
    const { id } = await ask(cluster)
    approve(cluster, id)
    setPolicy(cluster, 'Retain')
    expect((await ask(cluster)).allowed).to.equal(true)
  })

  it('lapses when the disk would be destroyed by now, and the new request says so', async () => {
    const cluster = start()
    setPolicy(cluster, 'Retain')
    const { id } = await ask(cluster)
    approve(cluster, id)
    setPolicy(cluster, 'Delete')
    const lapsed = await ask(cluster)
    expect([lapsed.allowed, lapsed.reason]).to.deep.equal([false, 'ApprovalMismatch'])
    expect(lapsed.message).to.include('more would be lost than the person was shown: disks destroyed: "data"')
    expect(lapsed.id).to.not.equal(id)
    expect(linesOf(cluster, lapsed.id).join()).to.include('DESTROYED')
    expect((await ask(cluster)).id).to.equal(lapsed.id)
    approve(cluster, lapsed.id)
    expect((await ask(cluster)).allowed).to.equal(true)
    expect(cluster.requests.get(id)?.status?.uses).to.equal(undefined)
    expect(cluster.requests.get(lapsed.id)?.status?.uses).to.have.lengthOf(1)
  })

  it('lapses on the object itself as it does in its request', async () => {
    const cluster = start()
    setPolicy(cluster, 'Retain')
    const { id } = await ask(cluster)
    approve(cluster, id)
    const signed = cluster.requests.get(id) as ApprovalRequest
    const [decision] = signed.spec.decisions
    cluster.put({ ...signed, spec: { ...signed.spec, decisions: [] } })
    const annotations = { 'obstat.dev/approval': JSON.stringify(decision?.envelope) }
    const carrying = deletion({}, { ...claim, metadata: { ...metadata, annotations } })
    setPolicy(cluster, 'Delete')
    expect((await ask(cluster, carrying)).reason).to.equal('ApprovalMismatch')
    setPolicy(cluster, 'Retain')
    expect((await ask(cluster, carrying)).allowed).to.equal(true)
  })

  it('is no question of the write that carries an approval to its object', async () => {
    const cluster = start()
    setPolicy(cluster, 'Delete')
    const { id } = await ask(cluster)
    approve(cluster, id)
    const envelope = cluster.requests.get(id)?.spec.decisions[0]?.envelope
    const annotations = { 'obstat.dev/approval': JSON.stringify(envelope) }
    const object = { ...claim, metadata: { ...metadata, annotations } }
    expect((await ask(cluster, deletion({}, claim, { operation: 'UPDATE', object }))).allowed).to.equal(true)
  })

  it('lapses where what was shown cannot be read any more', async () => {
    const cluster = start()
    setPolicy(cluster, 'Retain')
    const { id } = await ask(cluster)
    approve(cluster, id)
    between(cluster, (some, go) =>
      some.some(({ resource }) => resource === 'persistentvolumes') ? Promise.reject(new Error('no')) : go(),
    )
    const lapsed = await ask(cluster)
    expect(lapsed.reason).to.equal('ApprovalMismatch')
    expect(lapsed.message).to.include('disks destroyed could not be read now')
  })

  it('does not turn a no into a question again', async () => {
    const cluster = start()
    put(cluster, 'Pod', [])
    setPolicy(cluster, 'Retain')
    const { id } = await ask(cluster)
    approve(cluster, id, 'Deny')
    setPolicy(cluster, 'Delete')
    expect((await ask(cluster)).reason).to.equal('ApprovalDenied')
  })
})
