import { expect } from 'chai'
import {
  file,
  MAX_OPEN_IN_NAMESPACE,
  MAX_OPEN_REQUESTS,
  NoRequestName,
  wholeSeconds,
} from '../../src/admission/filing.ts'
import type { Filing } from '../../src/admission/filing.ts'
import type { ApprovalRequest } from '../../src/api/objects.ts'
import { agentOf } from '../../src/policy/agents.ts'
import type { Deny } from '../../src/policy/decision.ts'
import type { Facts } from '../../src/policy/facts.ts'
import { actOf, intentSha256 } from '../../src/signing/act.ts'
import type { Act } from '../../src/signing/act.ts'
import { canonical, sha256 } from '../../src/signing/canonical.ts'
import { ACT, at, deletion, filed, NOW } from '../policy/approvals/desk.ts'
import { agent, facts } from '../policy/given.ts'
import { MemoryCluster } from './memory.ts'

const signal = new AbortController().signal
const PLAIN = actOf({ ...deletion(), parentUid: '' })

interface Filed {
  readonly asked?: ReturnType<typeof deletion>
  readonly known?: Facts
  readonly decision?: Partial<Deny>
  readonly act?: Act
  readonly cluster?: MemoryCluster
}

const fileIt = (it: Filed): Promise<Filing> => {
  const asked = it.asked ?? deletion()
  const known = it.known ?? facts({ now: NOW })
  const act = it.act ?? PLAIN
  const decision: Deny = {
    agent: agentOf(known, asked.user),
    classification: { class: 'Destructive', findings: [], harmless: '', remedy: '', claim: null },
    warnings: [],
    act,
    intentSha256: intentSha256(act),
    verdict: 'Deny',
    reason: 'ApprovalRequired',
    detail: '',
    filing: 'open',
    ...it.decision,
  }
  return file(asked, decision, known, null, it.cluster ?? new MemoryCluster(), signal)
}

/** What stands in the request that is filed. */
const filedSpec = async (it: Filed): Promise<ApprovalRequest['spec']> => {
  const cluster = new MemoryCluster()
  const { name } = await fileIt({ ...it, cluster })
  const request = cluster.requests.get(name)
  if (request === undefined) throw new Error(`nothing filed as "${name}"`)
  return request.spec
}

/** Base 32 of eight bytes of a digest: replicas of two versions must agree. */
function nameOf(number: number): string {
  const digest = sha256(canonical(['sre-bot', intentSha256(PLAIN), number]))
  return `ar-${[...digest.subarray(0, 8)].map((byte) => 'abcdefghijklmnopqrstuvwxyz234567'[byte % 32]).join('')}`
}

const use = { act: 0, reviewUid: '', objectUid: '', generation: 0, resourceVersion: '', at: at(0) }

describe('a request that is filed', () => {
  it('holds the act, what a person is shown, and who must sign until when', async () => {
    const spec = await filedSpec({})
    expect(spec).to.deep.equal({
      cluster: 'cluster-uid',
      agent: 'sre-bot',
      acts: [ACT],
      ordered: false,
      review: {
        class: 'Destructive',
        findings: [],
        requester: { username: 'system:serviceaccount:sre:sre-bot', uid: 'sa' },
        claims: {},
        filedAt: '2026-11-20T08:00:00.000Z',
        summary: 'DELETE deployments.apps shop/cart',
        change: [],
        impact: {
          lines: [{ about: 'pods', mark: 'note', what: 'no pod runs under it now' }],
          counts: {},
          names: { 'disks destroyed': [] },
        },
      },
      required: { count: 1, roles: [] },
      expiresAt: at(3600),
      decisions: [],
    })
  })

  it('asks for as many people as the place does', async () => {
    const agents = [
      agent({ approval: { required: 2, requiredProtected: 3, roles: ['b', 'a'], requestTtlSeconds: 60 } }),
    ]
    const known = facts({ now: NOW, agents })
    expect(await filedSpec({ known })).to.deep.include({ required: { count: 2, roles: ['a', 'b'] }, expiresAt: at(60) })
    expect((await filedSpec({ known, asked: deletion({ namespace: 'vault' }) })).required.count).to.equal(3)
  })

  it('tells who asked, and from which pod', async () => {
    const extra = new Map([['authentication.kubernetes.io/pod-name', ['sre-bot-1', 'x']]])
    const user = { ...deletion().user, uid: '', extra }
    expect((await filedSpec({ asked: deletion({ user }) })).review.requester).to.deep.equal({
      username: user.username,
      pod: 'sre-bot-1',
    })
  })

  it('tells a recommendation from a question', async () => {
    expect((await filedSpec({ decision: { filing: 'recommend' } })).review.summary).to.equal(
      'recommended: DELETE deployments.apps shop/cart',
    )
  })

  it('shows the change in lines, quoted and cut', async () => {
    const change = [
      { path: '', to: { a: 1 } },
      { path: '/spec/replicas', from: 3, to: 0 },
      { path: '/spec/a\nb', from: 'x\ny' },
      { path: '/long', to: 'x'.repeat(600) },
      ...Array.from({ length: 60 }, (_, i) => ({ path: `/${i}`, to: i })),
    ]
    const lines = (await filedSpec({ act: { ...PLAIN, change } })).review.change as readonly string[]
    expect(lines).to.have.length(50)
    expect(lines.slice(0, 2)).to.deep.equal(['/: (none) -> {\\"a\\":1}', '/spec/replicas: 3 -> 0'])
    expect(lines[2])
      .to.match(/-> \(none\)$/)
      .and.not.include('\n')
    expect(lines[3]).to.match(/^\/long: \(none\) -> \\"x+\.\.\.$/)
  })

  it('keeps sixteen findings, and a thousand characters of each and of the summary', async () => {
    const findings = Array.from({ length: 17 }, (_, i) => ({
      rule: `r${i}`,
      raises: 'Change' as const,
      what: 'x'.repeat(1001),
    }))
    const classification = { class: 'Destructive', findings, harmless: '', remedy: '', claim: null } as const
    const { review } = await filedSpec({ decision: { classification }, asked: deletion({}, 'x'.repeat(1001)) })
    expect(review.findings).to.have.length(16)
    expect(review.findings[0]?.what).to.have.length(1000)
    expect(review.summary).to.have.length(1000)
  })

  it('has a name that every replica finds, and another at each try', async () => {
    const { name, events } = await fileIt({})
    expect(name).to.equal(nameOf(0))
    expect(events).to.deep.equal(['Filed'])
    expect((await fileIt({})).name).to.equal(name)
    expect((await fileIt({ act: { ...PLAIN, uid: 'other' } })).name).to.not.equal(name)
    const over = filed({ expiresAt: at(-1) }, {}, name)
    const again = await fileIt({ known: facts({ now: NOW, approvalRequests: [over] }) })
    expect(again.name).to.match(/^ar-/).and.not.equal(name)
    const cluster = new MemoryCluster()
    cluster.put(over)
    expect((await fileIt({ cluster })).name).to.equal(again.name)
  })

  it('is the open one where there is one', async () => {
    const at = (request: ApprovalRequest): Promise<Filing> =>
      fileIt({ known: facts({ now: NOW, approvalRequests: [request] }) })
    expect(await at(filed())).to.deep.equal({ name: 'ar-one', events: [] })
    expect((await at(filed({}, { uses: [use] }))).name).to.not.equal('ar-one')
  })

  it('is judged again where the caches had not heard of it', async () => {
    const cluster = new MemoryCluster()
    cluster.isBehind = true
    const { name } = await fileIt({ cluster })
    expect(await fileIt({ cluster })).to.deep.equal({ name, events: [], isUnseen: true })
  })

  it('is kept back when too many of its agent are open, there or in all', async () => {
    const open = (namespaces: readonly string[]): Promise<Filing> => {
      const cluster = new MemoryCluster()
      const ports = { ...cluster.state, openRequests: () => namespaces }
      return fileIt({ cluster: Object.assign(Object.create(cluster) as MemoryCluster, { state: ports }) })
    }
    const many = (length: number, namespace: string): readonly string[] => Array<string>(length).fill(namespace)
    const withheld = { name: '', events: ['Withheld'] }
    expect(await open(many(MAX_OPEN_IN_NAMESPACE, 'shop'))).to.deep.equal(withheld)
    expect(await open(many(MAX_OPEN_REQUESTS, 'other'))).to.deep.equal(withheld)
    expect((await open(many(MAX_OPEN_IN_NAMESPACE - 1, 'shop'))).events).to.deep.equal(['Filed'])
    expect((await open(many(MAX_OPEN_REQUESTS - 1, 'other'))).events).to.deep.equal(['Filed'])
  })

  it('fails when all its names are taken', async () => {
    const cluster = new MemoryCluster()
    const taken = Array.from({ length: 1000 }, (_, number) => ({ name: nameOf(number), isOver: true }))
    const having = (known: typeof taken): MemoryCluster =>
      Object.assign(Object.create(cluster) as MemoryCluster, { state: { ...cluster.state, requestsFor: () => known } })
    expect((await fileIt({ cluster: having(taken.slice(0, 999)) })).name).to.equal(nameOf(999))
    const cause = await fileIt({ cluster: having(taken) }).catch((error: unknown) => error)
    expect(cause).to.be.instanceOf(NoRequestName).with.property('code', 'NoRequestName')
  })
})

describe('a time in a request', () => {
  it('has whole seconds', () => {
    expect(wholeSeconds(new Date('2026-11-20T08:00:00.999Z'))).to.equal('2026-11-20T08:00:00Z')
  })
})
