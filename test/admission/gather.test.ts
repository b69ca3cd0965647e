import { expect } from 'chai'
import { factsOf, gather, gatherApprovals, intentOf, readNamespace, asksPerson } from '../../src/admission/gather.ts'
import type { Json } from '../../src/api/json.ts'
import { assess } from '../../src/policy/assess.ts'
import type { Catalogue } from '../../src/policy/classify.ts'
import type { Read } from '../../src/policy/read.ts'
import { get, keyOf } from '../../src/policy/read.ts'
import type { Request } from '../../src/policy/request.ts'
import {
  ACT,
  alice,
  annotated,
  decided,
  deletion,
  envelope,
  filed,
  NOW,
  preApproval,
  signedActOf,
  statement,
} from '../policy/approvals/desk.ts'
import { classed, facts, request } from '../policy/given.ts'
import { MemoryCluster } from './memory.ts'

const signal = new AbortController().signal

/** A cluster that keeps count of what was read. */
function start(objects: readonly (readonly [Read, Json])[] = []) {
  const cluster = new MemoryCluster()
  const reads: string[] = []
  const requests: string[] = []
  let people = 0
  cluster.objects = new Map(objects.map(([read, object]) => [keyOf(read), object]))
  const { reader } = cluster
  const ports = Object.assign(Object.create(cluster) as MemoryCluster, {
    reader: {
      read: (asked: readonly Read[], until: AbortSignal) => {
        reads.push(...asked.map(keyOf))
        return reader.read(asked, until)
      },
      approvers: (until: AbortSignal) => {
        people++
        return reader.approvers(until)
      },
      approvalRequest: (name: string, until: AbortSignal) => {
        requests.push(name)
        return reader.approvalRequest(name, until)
      },
    },
  })
  return { cluster, ports, reads, requests, peopleRead: () => people }
}

const pod = get('', 'v1', 'pods', 'shop', 'cart')
const node = get('', 'v1', 'nodes', '', 'n1')

/** A rule that asks for the pod, and then for what the pod names. */
const asking: Catalogue = {
  rules: [
    {
      id: 'asking',
      remedy: '',
      raises: 'Change',
      matches: [{ operations: '*', group: '*', resource: '*/*' }],
      needs: (_, { live }) => (live.has(pod) ? [pod, node] : [pod]),
      find: () => null,
    },
  ],
  harmless: [],
}

describe('gather', () => {
  it('reads what rules ask for, and what they ask for then, each once', async () => {
    const { ports, reads } = start([
      [pod, { kind: 'Pod' }],
      [node, { kind: 'Node' }],
    ])
    const found = await gather(request(), facts(), asking, ports, signal)
    expect(reads).to.deep.equal([keyOf(pod), keyOf(node)])
    expect(found.live.get(pod)).to.deep.equal({ kind: 'Pod' })
    expect(found.live.get(node)).to.deep.equal({ kind: 'Node' })
  })

  it('stops after three rounds, whatever rules go on asking for', async () => {
    let round = 0
    const endless = {
      ...asking,
      rules: [{ ...asking.rules[0]!, needs: () => [get('', 'v1', 'pods', 'shop', `p${round++}`)] }],
    } as Catalogue
    const { ports, reads } = start()
    await gather(request(), facts(), endless, ports, signal)
    expect(reads).to.have.length(3)
  })

  it('reads a Namespace that the caches do not know, which would count as protected', async () => {
    const read = get('', 'v1', 'namespaces', '', 'new')
    const labelled = { metadata: { labels: { team: 'a' } } }
    const { ports, reads } = start([[read, labelled]])
    const of = (more: Partial<Request>) => gather(request(more), facts(), classed('Change'), ports, signal)
    const found = await of({ namespace: 'new' })
    expect(reads).to.deep.equal([keyOf(read)])
    expect(readNamespace(request({ namespace: 'new' }), found)).to.deep.equal([['new', new Map([['team', 'a']])]])
    expect(found.namespaces.has('shop')).to.equal(true)
    expect((await of({ namespace: 'gone' })).namespaces.has('gone')).to.equal(false)
    expect(readNamespace(request({ namespace: 'gone' }), facts())).to.deep.equal([])
    reads.length = 0
    await of({})
    await of({ namespace: '', resource: 'nodes', group: '' })
    expect(reads).to.deep.equal([])
  })

  it('starts from the caches, and tells how old they are', () => {
    const { cluster } = start()
    const at = (ms: number) => factsOf(cluster.state.snapshot(), 'own', new Date(cluster.time.getTime() + ms))
    expect(at(1500)).to.deep.include({ cluster: 'cluster-uid', ownNamespace: 'own', ageMs: 1500 })
    expect(at(-1500).ageMs).to.equal(0)
    expect(at(0)).to.deep.include({ approvers: [], approvalRequests: [] })
  })
})

describe('the intent of a request', () => {
  const scale = request({ subresource: 'scale', oldObject: { metadata: { uid: 'old' } } })
  const parent = get('apps', 'v1', 'deployments', 'shop', 'cart')

  it('has the uid of the live parent of a subresource', async () => {
    const { ports } = start([[parent, { metadata: { uid: 'live' } }]])
    const intent = await intentOf(scale, ports, signal)
    expect(intent.act.uid).to.equal('live')
    expect(intent.parent).to.deep.equal({ metadata: { uid: 'live' } })
    expect(intent.intentSha256).to.have.length(64)
    const gone = await intentOf(scale, start().ports, signal)
    expect(gone.act.uid).to.equal('old')
    expect(gone.parent).to.equal(null)
  })

  it('reads no parent where there is none, or none that obstat may read', async () => {
    const { ports, reads } = start()
    for (const more of [
      { subresource: '' },
      { name: '' },
      { group: 'example.com' },
      { group: '', resource: 'secrets' },
    ])
      expect((await intentOf({ ...scale, ...more }, ports, signal)).parent).to.equal(null)
    expect(reads).to.deep.equal([])
    const readable = ['', 'apps', 'batch', 'autoscaling', 'policy']
    for (const group of readable) await intentOf({ ...scale, group }, ports, signal)
    expect(reads).to.have.length(readable.length)
  })

  it('reads a Namespace by its name alone', async () => {
    const { ports, reads } = start()
    await intentOf({ ...scale, group: '', resource: 'namespaces', subresource: 'status', name: 'cart' }, ports, signal)
    expect(reads).to.deep.equal([keyOf(get('', 'v1', 'namespaces', '', 'cart'))])
  })

  it('is asked for where a signature decides, or an approval is written', () => {
    const turns = (worst: 'Change' | 'Destructive', asked: Request): boolean =>
      asksPerson(asked, assess(asked, facts(), classed(worst)))
    expect(turns('Destructive', request())).to.equal(true)
    expect(turns('Change', request())).to.equal(false)
    expect(turns('Change', request({ object: annotated({ metadata: {} }, {}) }))).to.equal(true)
  })
})

describe('the approvals of a request', () => {
  const asked = deletion()
  const intent = { act: ACT, intentSha256: ACT.intentSha256, parent: null }
  const read = (it: ReturnType<typeof start>, more: Partial<Request> = {}, unseen: readonly string[] = []) =>
    gatherApprovals({ ...asked, ...more }, facts({ now: NOW }), intent, 'sre-bot', unseen, it.ports, signal)

  it('are those of its act, with the people who may have signed them', async () => {
    const it = start()
    it.cluster.people = [alice.approver]
    it.cluster.put(decided(filed(), envelope(statement(filed(), alice), alice)))
    it.cluster.put(filed({ acts: [signedActOf(deletion({}, 'api'))] as never }, {}, 'ar-other'))
    const found = await read(it)
    expect(found.approvalRequests.map(({ metadata }) => metadata.name)).to.deep.equal(['ar-one'])
    expect(found.approvers).to.deep.equal([alice.approver])
  })

  it('need no people before anybody signed', async () => {
    const it = start()
    it.cluster.put(filed())
    expect((await read(it)).approvalRequests).to.have.length(1)
    expect(it.peopleRead()).to.equal(0)
  })

  it('are also those that an envelope on the object names, and those the caches had not heard of', async () => {
    const it = start()
    it.cluster.isBehind = true
    it.cluster.put(filed({}, {}, 'ar-new'))
    const carrying = { oldObject: annotated(asked.oldObject, envelope(statement(filed(), alice), alice)) }
    const found = await read(it, carrying, ['ar-new', 'ar-one'])
    expect(it.requests).to.deep.equal(['ar-new', 'ar-one'])
    expect(found.approvalRequests.map(({ metadata }) => metadata.name)).to.deep.equal(['ar-new'])
    expect(it.peopleRead()).to.equal(1)
  })

  it('need people where an approval is written', async () => {
    const it = start()
    const object = annotated(asked.oldObject, envelope(preApproval(alice), alice))
    await read(it, { operation: 'UPDATE', object })
    expect(it.peopleRead()).to.equal(1)
    const scale = start()
    await read(scale, { operation: 'UPDATE', subresource: 'scale', object, oldObject: null })
    expect(scale.peopleRead()).to.equal(0)
    const removing = start()
    await read(removing, { operation: 'UPDATE', object: asked.oldObject, oldObject: { metadata: {} } })
    expect(removing.peopleRead()).to.equal(0)
  })

  it('are not read again once they are long over, and thirty-two at most', async () => {
    const it = start()
    const names = Array.from({ length: 40 }, (_, i) => ({ name: `ar-${i}`, isOver: i === 0 }))
    const ports = Object.assign(Object.create(it.ports) as MemoryCluster, {
      state: { ...it.cluster.state, requestsFor: () => names },
    })
    await gatherApprovals(asked, facts({ now: NOW }), intent, 'sre-bot', [], ports, signal)
    expect(it.requests).to.deep.equal(names.slice(1, 33).map(({ name }) => name))
  })
})
