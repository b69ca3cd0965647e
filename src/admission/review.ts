import { isDeepStrictEqual } from 'node:util'
import type { Json } from '../api/json.ts'
import type { Assessment } from '../policy/assess.ts'
import { MAX_AGE_MS, assess } from '../policy/assess.ts'
import type { Catalogue } from '../policy/classify.ts'
import { needs } from '../policy/classify.ts'
import { conclude } from '../policy/decide.ts'
import type { Decision } from '../policy/decision.ts'
import type { Facts, FactsSoFar } from '../policy/facts.ts'
import { touchesProtected } from '../policy/protection.ts'
import type { Request } from '../policy/request.ts'
import { groupedResource } from '../policy/request.ts'
import { TooManyChanges } from '../signing/diff.ts'
import { decode } from './decode.ts'
import type { Answer } from './encode.ts'
import { encode, refusal } from './encode.ts'
import type { Filing } from './filing.ts'
import { file, unseenRequests } from './filing.ts'
import { factsOf, gather, gatherApprovals, intentOf, readNamespace, asksPerson } from './gather.ts'
import type { ApprovalEvent, AuditRecord, Ports, Snapshot } from './ports.ts'
import { spend } from './spending.ts'

/** Everything `review` works with. */
export interface Reviewer {
  readonly ports: Ports
  readonly catalogue: Catalogue
  readonly ownNamespace: string
  /** Where a fault goes: the whole error, for the operator's eyes. */
  readonly fault: (uid: string, cause: unknown) => void
}

/** Two replicas that race for one use read and judge again; more rounds than that is a storm. */
const MAX_RACES = 8

/** The answer to one agent's AdmissionReview. From its uid on, every path is an answer; a fault is a refusal. */
export async function review(uid: string, body: Json, reviewer: Reviewer, signal: AbortSignal): Promise<Answer> {
  try {
    return await Promise.race([judge(decode(body), reviewer, signal), outOfTime(signal)])
  } catch (cause) {
    reviewer.fault(uid, cause)
    if (cause instanceof TooManyChanges)
      return refusal(uid, 'InternalError', `${cause.message}. Agent: make the change in smaller parts.`)
    const why = signal.aborted ? 'no decision in time' : 'no decision'
    return refusal(
      uid,
      'InternalError',
      `${why}; look for ${uid} in the log of obstat. Agent: stop and wait, then repeat this request.`,
    )
  }
}

const outOfTime = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener(
      'abort',
      () => {
        reject(new OutOfTime())
      },
      { once: true },
    )
  })

/** The API server's own timeout is near: answered as a refusal before it runs out. */
export class OutOfTime extends Error {
  override readonly name = 'OutOfTime'
  readonly code = 'OutOfTime'
}

async function judge(request: Request, reviewer: Reviewer, signal: AbortSignal): Promise<Answer> {
  const { ports } = reviewer
  const startedAt = ports.clock.now()
  const startedMs = ports.clock.monotonicMs()
  const settled = await byWhatHolds(request, reviewer, signal)
  if (settled === null)
    return refusal(
      request.uid,
      'StateStale',
      'obstat has only just started. Agent: stop and wait, then repeat this request.',
    )
  const durationMs = Math.round((ports.clock.monotonicMs() - startedMs) * 1000) / 1000
  ports.audit.record(auditRecord(request, settled, startedAt, durationMs))
  return encode(request, settled.decision, settled.approvalRequest)
}

/**
 * Reads and writes take time, and meanwhile an agent may be suspended, or what is known gets too old: an Allow holds
 * only by what is known when it is given; otherwise the request is judged again. null before the first full state.
 */
async function byWhatHolds(request: Request, reviewer: Reviewer, signal: AbortSignal): Promise<Settled | null> {
  const { ports, ownNamespace } = reviewer
  for (let race = 0; race < MAX_RACES; race++) {
    const snapshot = ports.state.snapshot()
    if (snapshot === null) return null
    const known = factsOf(snapshot, ownNamespace, ports.clock.now())
    const settled = await inTurn(request, known, reviewer, signal)
    if (settled.decision.verdict === 'Deny' || stillHolds(request, snapshot, settled, reviewer)) return settled
  }
  throw new FactsChanged()
}

/**
 * Is the request still judged the same by what is known now? Namespaces come and go all the time in a busy cluster, so
 * what counts is the assessment, made again on the same live reads.
 */
function stillHolds(request: Request, before: Snapshot, { facts, assessment }: Settled, reviewer: Reviewer): boolean {
  const { ports, catalogue, ownNamespace } = reviewer
  const snapshot = ports.state.snapshot()
  if (snapshot === null) return false
  const now = factsOf(snapshot, ownNamespace, ports.clock.now())
  if (now.ageMs > MAX_AGE_MS || now.policy !== before.policy) return false
  if (now.agents === before.agents && now.namespaces === before.namespaces) return true
  const { live, claimed } = facts
  const current = { ...now, live, claimed, namespaces: new Map([...readNamespace(request, facts), ...now.namespaces]) }
  return (
    needs(request, current, catalogue).every((read) => live.has(read)) &&
    touchesProtected(current, request) === touchesProtected(facts, request) &&
    isDeepStrictEqual(assess(request, current, catalogue), assessment)
  )
}

/** Whatever a decision rested on had changed each time when it was made. */
export class FactsChanged extends Error {
  override readonly name = 'FactsChanged'
  readonly code = 'FactsChanged'
}

/**
 * Gathers, decides and settles. Where a proof holds for one request at a time, its turn is taken before the answer;
 * when another request has it, everything is read and judged again with that in mind.
 */
async function inTurn(request: Request, known: Facts, reviewer: Reviewer, signal: AbortSignal): Promise<Settled> {
  const { ports } = reviewer
  let claimed: Facts['claimed'] = new Map()
  for (let race = 0; race < MAX_RACES; race++) {
    const facts = await gather(request, { ...known, claimed }, reviewer.catalogue, ports, signal)
    const settled = await settle(request, facts, reviewer, signal)
    const { decision } = settled
    const { claim } = decision.classification
    if (decision.verdict === 'Deny' || decision.reason !== 'InScope' || claim === null) return settled
    const holder = await ports.turns.take(claim, claimed.get(claim.key) ?? '', ports.clock.now(), signal)
    if (holder === null) return settled
    claimed = new Map([[claim.key, holder]])
  }
  throw new TurnNotTaken()
}

/** Too many requests want the same turn at once. */
export class TurnNotTaken extends Error {
  override readonly name = 'TurnNotTaken'
  readonly code = 'TurnNotTaken'
}

interface Settled {
  /** What the decision rests on. */
  readonly facts: FactsSoFar
  readonly assessment: Assessment
  readonly decision: Decision
  /** Name of the ApprovalRequest that was filed, found or used; '' when there is none. */
  readonly approvalRequest: string
  readonly events: readonly ApprovalEvent[]
}

/**
 * Decides, and makes the decision hold: a request is filed, or a use is recorded. An Allow may become a Deny, never the
 * reverse.
 */
async function settle(request: Request, facts: FactsSoFar, reviewer: Reviewer, signal: AbortSignal): Promise<Settled> {
  const { ports, catalogue } = reviewer
  const assessment = assess(request, facts, catalogue)
  const settled = { facts, assessment, approvalRequest: '', events: [] }
  if (!asksPerson(request, assessment)) return { ...settled, decision: conclude(request, facts, assessment, null) }
  const intent = await intentOf(request, ports, signal)
  const unseen: string[] = []
  for (let race = 0; race < MAX_RACES; race++) {
    const current = await gatherApprovals(request, facts, intent, assessment.agent.name, unseen, ports, signal)
    const decision = conclude(request, current, assessment, intent)
    if (decision.verdict === 'Deny') {
      const filed =
        decision.filing === null ? NOT_FILED : await file(request, decision, current, intent.parent, ports, signal)
      // It was there already, and the caches had not heard of it: somebody may have signed it by now.
      if (filed.isUnseen === true) {
        unseen.push(filed.name)
        continue
      }
      return { ...settled, decision, approvalRequest: filed.name, events: filed.events }
    }
    if (decision.spend === null) return { ...settled, decision }
    const unheard = await unseenRequests(assessment.agent.name, intent.intentSha256, current, ports, signal)
    unseen.push(...unheard)
    const events = unheard.length > 0 ? null : await spend(request, decision.spend, ports.clock.now(), ports, signal)
    if (events !== null) return { ...settled, decision, approvalRequest: decision.spend.name, events }
  }
  throw new UseNotRecorded()
}

const NOT_FILED: Filing = { name: '', events: [] }

/** The use of an approval could not be put on record: without it, the same approval would open twice. */
export class UseNotRecorded extends Error {
  override readonly name = 'UseNotRecorded'
  readonly code = 'UseNotRecorded'
}

const auditRecord = (
  request: Request,
  { decision, approvalRequest, events }: Settled,
  startedAt: Date,
  durationMs: number,
): AuditRecord => ({
  at: startedAt.toISOString(),
  uid: request.uid,
  verdict: decision.verdict,
  reason: decision.reason,
  class: decision.classification.class,
  phase: decision.agent.phase,
  agent: decision.agent.name,
  user: request.user.username,
  operation: request.operation,
  resource: groupedResource(request),
  namespace: request.namespace,
  name: request.name,
  objectUid: decision.act?.uid ?? '',
  isDryRun: request.isDryRun,
  isAudit: decision.agent.isAudit,
  findings: decision.classification.findings.map((finding) => finding.rule),
  request: approvalRequest,
  intentSha256: decision.intentSha256,
  approvalEvents: events,
  durationMs,
})
