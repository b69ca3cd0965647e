import type { DenyReason } from '../api/names.ts'
import { GROUP, POLICY_NAME } from '../api/names.ts'
import { field, list, text } from '../api/json.ts'
import type { ApprovalRequest, Approver } from '../api/objects.ts'
import { readKey } from '../signing/keys.ts'
import { agentNamed } from './agents.ts'
import { benchOf, bind } from './approvals/bind.ts'
import { sameJson } from './approvals/covers.ts'
import { compile } from './cel.ts'
import type { Facts } from './facts.ts'
import type { Request } from './request.ts'
import { quote } from './rule.ts'

/** Why a person's write is invalid. People are never judged: this only keeps what cannot hold from being stored. */
export interface Invalid {
  readonly reason: DenyReason
  readonly message: string
}

const invalid = (message: string, reason: DenyReason = 'NeverAllowed'): Invalid => ({ reason, message })

/**
 * Judges a write by anybody but obstat and agents on obstat's own objects; null lets it through. Needs all Approvers.
 */
export function guard(request: Request, facts: Facts): Invalid | null {
  if (request.group !== GROUP) return null
  if (request.subresource === 'status') return invalid('status is written by obstat alone')
  switch (request.resource) {
    case 'approvers':
      return request.operation === 'DELETE' ? null : approver(request, facts)
    case 'approvalrequests':
      return approvalRequest(request, facts)
    case 'actionpolicies':
      return request.operation === 'DELETE' ? null : actionPolicy(request)
    default:
      return null
  }
}

/** What a person is told who writes something that is valid and does nothing. */
export const advice = (request: Request): readonly string[] =>
  request.group === GROUP &&
  request.resource === 'actionpolicies' &&
  request.operation !== 'DELETE' &&
  request.name !== POLICY_NAME
    ? [`obstat: only the ActionPolicy named "${POLICY_NAME}" counts; ${quote(request.name)} changes nothing`]
    : []

/** An expression that does not compile would raise every request of every agent. */
function actionPolicy(request: Request): Invalid | null {
  for (const [at, rule] of list(request.object, 'spec', 'cel').entries()) {
    const compiled = compile(text(rule, 'expression'))
    if (!compiled.ok)
      return invalid(`spec.cel[${at}].expression: ${compiled.issues.map(({ message }) => message).join('; ')}`)
  }
  return null
}

/** One key or one username is one person: two Approvers that share one could sign twice. */
function approver(request: Request, facts: Facts): Invalid | null {
  const keys = list(request.object, 'spec', 'keys')
  const read = keys.map((key) => readKey(key as unknown as Approver['spec']['keys'][number]))
  const broken = read.findIndex((key) => !key.ok)
  const why = read[broken]
  if (why !== undefined && !why.ok)
    return invalid(`spec.keys[${broken}]: ${why.issues.map((issue) => issue.message).join('; ')}`, 'SignatureInvalid')
  const identities = new Set(read.flatMap((key) => (key.ok ? [key.value.identity] : [])))
  const usernames = new Set(list(request.object, 'spec', 'usernames'))
  const others = facts.approvers.filter((other) => other.metadata.name !== request.name)
  const sameKey = others.find((other) => identitiesOf(other).some((identity) => identities.has(identity)))
  if (sameKey !== undefined) return invalid(`spec.keys: Approver ${quote(sameKey.metadata.name)} has the same key`)
  const sameName = others.find((other) => other.spec.usernames?.some((name) => usernames.has(name)))
  return sameName === undefined
    ? null
    : invalid(`spec.usernames: Approver ${quote(sameName.metadata.name)} has the same username`)
}

const identitiesOf = (other: Approver): readonly string[] =>
  other.spec.keys.flatMap((record) => {
    const key = readKey(record)
    return key.ok ? [key.value.identity] : []
  })

/** obstat files requests; people append decisions that verify. Plans, of several acts, may be filed by people. */
function approvalRequest(request: Request, facts: Facts): Invalid | null {
  switch (request.operation) {
    case 'CREATE':
      if (list(request.object, 'spec', 'decisions').length > 0) return invalid('spec.decisions: a new request has none')
      return list(request.object, 'spec', 'acts').length > 1
        ? null
        : invalid('only obstat files requests of a single act')
    case 'DELETE':
      return isStillNeeded(request.oldObject as unknown as ApprovalRequest, facts)
        ? invalid('this request was used: it stays until its approvals are over, so that none can be used again')
        : null
    case 'UPDATE':
      return newDecisions(request, facts)
    case 'CONNECT':
      return null
  }
}

function newDecisions(request: Request, facts: Facts): Invalid | null {
  const before = list(request.oldObject, 'spec', 'decisions')
  const after = list(request.object, 'spec', 'decisions')
  if (after.length < before.length || before.some((decision, i) => !sameJson(decision, after[i] ?? null)))
    return invalid('spec.decisions: decisions are only appended')
  const record = request.oldObject as unknown as ApprovalRequest
  const agent = agentNamed(facts, record.spec.agent)
  const bench = benchOf({ ...facts, approvalRequests: [record] }, agent, [], null)
  const where = record.metadata.name
  for (const decision of after.slice(before.length)) {
    const envelope = field(decision, 'envelope') ?? null
    const result = bind(bench, { request: where, where, envelope, unreadable: '' })
    if (result.kind === 'refused') return invalid(result.detail, result.reason)
  }
  return null
}

/** How long a use is remembered after the last approval of its request can be in date. */
const MEMORY_MS = 60_000

/** Used, and an approval of it may still be in date: its removal would make the approval new again. */
export function isStillNeeded(record: ApprovalRequest, facts: Facts): boolean {
  if ((record.status?.uses ?? []).length === 0) return false
  const agent = agentNamed(facts, record.spec.agent)
  const ttlSeconds = Math.max(agent.approvalTtlSeconds, agent.preApprovalTtlSeconds)
  return facts.now.getTime() < Date.parse(record.spec.expiresAt) + ttlSeconds * 1000 + MEMORY_MS
}
