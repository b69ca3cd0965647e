import type { Json, JsonObject } from '../../../src/api/json.ts'
import type { ApprovalRequest, Approver } from '../../../src/api/objects.ts'
import { carried } from '../../../src/policy/approvals/carriers.ts'
import type { Outcome } from '../../../src/policy/approvals/evaluate.ts'
import { evaluate } from '../../../src/policy/approvals/evaluate.ts'
import { useFacts } from '../../../src/policy/approvals/uses.ts'
import { agentOf } from '../../../src/policy/agents.ts'
import type { Facts } from '../../../src/policy/facts.ts'
import type { Request } from '../../../src/policy/request.ts'
import { actOf, intentSha256, signedAct } from '../../../src/signing/act.ts'
import type { SignedAct } from '../../../src/signing/act.ts'
import { canonical, sha256Hex } from '../../../src/signing/canonical.ts'
import { pae } from '../../../src/signing/envelope.ts'
import type { Statement } from '../../../src/signing/statement.ts'
import { payloadOf } from '../../../src/signing/statement.ts'
import type { TestKey } from '../../signing/signer.ts'
import { testKey } from '../../signing/signer.ts'
import { facts, request } from '../given.ts'

/**
 * What a desk of people signs in these tests: the deletion of one Deployment. Tests change the one thing they are
 * about.
 */
export const NOW = new Date('2026-11-20T08:00:00Z')

/** A time that many seconds after NOW, as statements write it. */
export const at = (seconds: number): string => `${new Date(NOW.getTime() + seconds * 1000).toISOString().slice(0, 19)}Z`

export interface Person {
  readonly approver: Approver
  readonly key: TestKey
}

type KeyFields = Partial<Approver['spec']['keys'][number]>

export function person(name: string, spec: Partial<Approver['spec']> = {}, key = testKey('ed25519')): Person {
  return { key, approver: approverOf(name, [{ key }], spec) }
}

export const approverOf = (
  name: string,
  keys: readonly { readonly key: TestKey; readonly more?: KeyFields }[],
  spec: Partial<Approver['spec']> = {},
): Approver => ({
  apiVersion: 'obstat.dev/v1alpha1',
  kind: 'Approver',
  metadata: { name },
  spec: {
    keys: keys.map(({ key, more }) => ({ ...(key.record as Approver['spec']['keys'][number]), ...more })),
    roles: ['platform'],
    usernames: [`${name}@example.com`],
    ...spec,
  },
})

export const alice = person('alice')
export const bob = person('bob')

/** The agent's deletion of Deployment shop/cart. */
export const deletion = (more: Partial<Request> = {}, name = 'cart'): Request =>
  request({
    operation: 'DELETE',
    name,
    object: null,
    oldObject: { metadata: { name, namespace: 'shop', uid: `uid-${name}`, resourceVersion: '7', generation: 2 } },
    ...more,
  })

export const signedActOf = (asked: Request): SignedAct => signedAct(actOf({ ...asked, parentUid: '' }))

export const ACT = signedActOf(deletion())

export const filed = (
  spec: Partial<ApprovalRequest['spec']> = {},
  status: ApprovalRequest['status'] = {},
  name = 'ar-one',
): ApprovalRequest => ({
  apiVersion: 'obstat.dev/v1alpha1',
  kind: 'ApprovalRequest',
  metadata: { name },
  spec: {
    cluster: 'cluster-uid',
    agent: 'sre-bot',
    acts: [ACT],
    ordered: false,
    review: {
      class: 'Destructive',
      findings: [],
      requester: { username: 'system:serviceaccount:sre:sre-bot' },
      claims: {},
      summary: 'DELETE deployments shop/cart',
      change: [],
      impact: {},
    },
    required: { count: 1, roles: [] },
    expiresAt: at(3600),
    decisions: [],
    ...spec,
  },
  status,
})

/** What a person signs for this request, at NOW and for ten minutes. */
export const statement = (asked: ApprovalRequest, by: Person, more: Partial<Statement> = {}): Statement => ({
  apiVersion: 'obstat.dev/v1alpha1',
  kind: 'ApprovalStatement',
  cluster: asked.spec.cluster,
  request: asked.metadata.name,
  agent: asked.spec.agent,
  acts: asked.spec.acts,
  ordered: asked.spec.ordered,
  reviewSha256: sha256Hex(canonical(asked.spec.review)),
  decision: 'Approve',
  approver: by.approver.metadata.name,
  reason: 'INC-1',
  issuedAt: at(0),
  notBefore: at(0),
  notAfter: at(600),
  ...more,
})

/** The same before anybody asked. */
export const preApproval = (by: Person, more: Partial<Statement> = {}): Statement => ({
  ...statement(filed(), by, { request: '', reviewSha256: '' }),
  nonce: 'ab'.repeat(16),
  ...more,
})

/** The envelope of a statement with a signature of each of these keys. */
export function envelope(signed: Statement, ...by: readonly { readonly key: TestKey }[]): JsonObject {
  const payload = payloadOf(signed)
  return {
    payloadType: 'application/vnd.obstat.approval.v1+json',
    payload: payload.toString('base64'),
    signatures: by.map(({ key }) => ({ keyid: '', sig: key.sign(pae(payload)).toString('base64') })),
  }
}

type Decision = ApprovalRequest['spec']['decisions'][number]

/** The request with these envelopes among its decisions. */
export const decided = (asked: ApprovalRequest, ...envelopes: readonly JsonObject[]): ApprovalRequest => ({
  ...asked,
  spec: { ...asked.spec, decisions: envelopes.map((one) => ({ envelope: one as unknown as Decision['envelope'] })) },
})

/** The object with these envelopes in its annotation. */
export const annotated = (object: Json, ...envelopes: readonly JsonObject[]): Json => {
  const { metadata, ...rest } = object as JsonObject
  const annotations = { 'obstat.dev/approval': JSON.stringify(envelopes) }
  return { ...rest, metadata: { ...(metadata as JsonObject), annotations } }
}

export interface Asked {
  readonly asked?: Request
  readonly requests?: readonly ApprovalRequest[]
  readonly people?: readonly Person[]
  readonly facts?: Partial<Facts>
  readonly required?: { readonly count: number; readonly roles: readonly string[] }
}

/** What becomes of the deletion, or of what is asked, by these requests and people. */
export function outcomeOf(it: Asked): Outcome {
  const asked = it.asked ?? deletion()
  const approvalRequests = it.requests ?? []
  const approvers = (it.people ?? [alice, bob]).map(({ approver }) => approver)
  const known = facts({ now: NOW, approvers, approvalRequests, ...it.facts })
  const act = actOf({ ...asked, parentUid: '' })
  return evaluate(
    {
      request: asked,
      facts: known,
      agent: agentOf(known, asked.user),
      worst: 'Destructive',
      act,
      intentSha256: intentSha256(act),
      useFacts: useFacts(asked, act, null),
      required: it.required ?? { count: 1, roles: [] },
    },
    carried(asked, null, approvalRequests),
  )
}

/** `Approved`, or the reason of the refusal and what it says. */
export function said(outcome: Outcome): string {
  switch (outcome.kind) {
    case 'approved':
      return 'Approved'
    case 'refused':
      return `${outcome.reason}: ${outcome.detail}`
  }
}
