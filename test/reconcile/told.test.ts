import { generateKeyPairSync, sign } from 'node:crypto'
import { expect } from 'chai'
import type { ApprovalEvent } from '../../src/admission/ports.ts'
import type { Json } from '../../src/api/json.ts'
import type { ApprovalRequest, Approver, GovernedAgent } from '../../src/api/objects.ts'
import type { Client } from '../../src/cluster/client.ts'
import { ApiError } from '../../src/cluster/errors.ts'
import { summaryOf } from '../../src/cluster/request-index.ts'
import { tidy } from '../../src/reconcile/retention.ts'
import { writeVerdicts } from '../../src/reconcile/verdicts.ts'
import { pae } from '../../src/signing/envelope.ts'
import { buildStatement, payloadOf } from '../../src/signing/statement.ts'
import { ACT } from '../signing/statements.ts'

const ago = (ms: number): string => new Date(Date.now() - ms).toISOString().replace(/\.\d+/, '')
const pair = generateKeyPairSync('ed25519')
const alice: Approver = {
  apiVersion: 'obstat.dev/v1alpha1',
  kind: 'Approver',
  metadata: { name: 'alice' },
  spec: {
    keys: [{ type: 'ed25519', publicKey: pair.publicKey.export({ type: 'spki', format: 'pem' }).toString() }],
    roles: ['platform'],
    usernames: ['alice@example.com'],
  },
}

const agent: GovernedAgent = {
  apiVersion: 'obstat.dev/v1alpha1',
  kind: 'GovernedAgent',
  metadata: { name: 'sre-bot' },
  spec: { subjects: [{ kind: 'User', name: 'bot' }], trustPhase: 'LimitedRemediation' },
}
const KNOWN = { agents: [agent], policy: null }

const filed = (expiresAt: string): ApprovalRequest => ({
  apiVersion: 'obstat.dev/v1alpha1',
  kind: 'ApprovalRequest',
  metadata: { name: 'ar-7f3k2m9q', resourceVersion: '1' },
  spec: {
    cluster: '11111111-1111-4111-8111-111111111111',
    agent: 'sre-bot',
    acts: [ACT],
    ordered: false,
    review: {
      class: 'Destructive',
      findings: [],
      requester: { username: 'bot' },
      claims: {},
      summary: 'scale to zero',
      change: [],
      impact: {},
    },
    required: { count: 1, roles: [] },
    expiresAt,
    decisions: [],
  },
})

function decided(decision: 'Approve' | 'Deny'): ApprovalRequest {
  const request = filed(ago(-3_600_000))
  const now = Date.now()
  const times = { issuedAtMs: now, notBeforeMs: now, notAfterMs: now + 600_000 }
  const subject = { ...request.spec, request: request.metadata.name, review: request.spec.review }
  const statement = buildStatement(subject, { decision, approver: 'alice', reason: 'INC-1', ...times })
  if (!statement.ok) throw new Error(JSON.stringify(statement.issues))
  const payload = payloadOf(statement.value)
  const envelope = {
    payloadType: 'application/vnd.obstat.approval.v1+json',
    payload: payload.toString('base64'),
    signatures: [{ keyid: '', sig: sign(null, pae(payload), pair.privateKey).toString('base64') }],
  }
  return { ...request, spec: { ...request.spec, decisions: [{ envelope }] } }
}

/** An API server with one request; `stored` is what it holds now. */
function serving(request: ApprovalRequest): { client: Client; stored: () => ApprovalRequest; conflict: () => void } {
  let stored = request
  let isContended = false
  const client: Pick<Client, 'get' | 'list' | 'replace'> = {
    get: () => Promise.resolve(stored as unknown as Json),
    list: () => Promise.resolve({ items: [alice as unknown as Json], resourceVersion: '1' }),
    replace: (_, body) => {
      if (isContended) return Promise.reject(new ApiError(409, 'Conflict', 'somebody was faster'))
      stored = body as ApprovalRequest
      return Promise.resolve(stored as unknown as Json)
    },
  }
  return {
    client: client as Client,
    stored: () => stored,
    conflict: () => {
      isContended = true
    },
  }
}

const conditions = ({ status }: ApprovalRequest): readonly string[] =>
  (status?.conditions ?? []).map(({ type }) => type)

describe('the leader tells what happened to a request', () => {
  const { signal } = new AbortController()
  let told: ApprovalEvent[]
  const tell = (event: ApprovalEvent): void => void told.push(event)
  const log = (): void => undefined

  beforeEach(() => {
    told = []
  })

  for (const [decision, verdict] of [
    ['Approve', 'Approved'],
    ['Deny', 'Denied'],
  ] as const)
    it(`once, when people decided ${decision}, although its cache is behind`, async () => {
      const request = decided(decision)
      const server = serving(request)
      const behind = [summaryOf(request)]
      await writeVerdicts(server.client, behind, KNOWN, tell, signal)
      await writeVerdicts(server.client, behind, KNOWN, tell, signal)
      expect(conditions(server.stored())).to.deep.equal([verdict])
      expect(told).to.deep.equal([verdict])
    })

  it('once, when nobody answered in time', async () => {
    const request = filed(ago(1000))
    const server = serving(request)
    const behind = [summaryOf(request)]
    await tidy(server.client, behind, log, tell, signal)
    await tidy(server.client, behind, log, tell, signal)
    expect(conditions(server.stored())).to.deep.equal(['Expired'])
    expect(told).to.deep.equal(['Expired'])
  })

  it('not at all, when somebody else was faster', async () => {
    const [expired, approved] = [filed(ago(1000)), decided('Approve')]
    for (const request of [expired, approved]) {
      const server = serving(request)
      server.conflict()
      await tidy(server.client, [summaryOf(request)], log, tell, signal)
      await writeVerdicts(server.client, [summaryOf(request)], KNOWN, tell, signal)
    }
    expect(told).to.deep.equal([])
  })
})
