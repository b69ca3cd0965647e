import type { Json } from '../api/json.ts'
import type { Act } from '../signing/act.ts'
import { annotationTampering } from './approvals/annotation.ts'
import { carried } from './approvals/carriers.ts'
import type { Case } from './approvals/evaluate.ts'
import { evaluate } from './approvals/evaluate.ts'
import { useFacts } from './approvals/uses.ts'
import type { Assessment, Gate } from './assess.ts'
import { assess } from './assess.ts'
import type { Catalogue } from './classify.ts'
import type { Allow, AllowReason, Decision, Deny, Judged } from './decision.ts'
import type { Facts } from './facts.ts'
import { touchesProtected } from './protection.ts'
import type { Request } from './request.ts'

/** The act of the request and its live parent, where the decision may turn on an approval. */
export interface Intent {
  readonly act: Act
  readonly intentSha256: string
  /** The live parent of a subresource; null when there is none. */
  readonly parent: Json
}

/**
 * The decision on one request: pure, in the one order suspended → class → Escalation or Tampering → Observe → phase →
 * scope → protection → approval. The first refusal wins; every finding stays for the message. `intent` is null where
 * `assess` let the request through or refused it for good, and no approval is written.
 */
export const decide = (request: Request, facts: Facts, catalogue: Catalogue, intent: Intent | null): Decision =>
  conclude(request, facts, assess(request, facts, catalogue), intent)

/** As `decide`, for a caller that has assessed the request already to know what to gather. */
export function conclude(request: Request, facts: Facts, assessment: Assessment, intent: Intent | null): Decision {
  const decision = byGate(request, facts, assessment, intent)
  // Writing an approval that does not hold is Tampering, whatever else refuses the request: nothing lets that through.
  const isTampering = decision.verdict === 'Deny' && annotationTampering(request, facts, assessment.agent) !== ''
  if (isTampering) return decision
  return asAudited(request.isDryRun ? asDryRun(request, decision) : decision)
}

function byGate(request: Request, facts: Facts, assessment: Assessment, intent: Intent | null): Decision {
  const judged: Judged = {
    agent: assessment.agent,
    classification: assessment.classification,
    warnings: [],
    act: intent?.act ?? null,
    intentSha256: intent?.intentSha256 ?? '',
  }
  const { gate } = assessment
  if (gate.kind === 'refuse') return { ...judged, verdict: 'Deny', ...reasonOf(gate) }
  const tampering = annotationTampering(request, facts, assessment.agent)
  if (gate.kind === 'pass') return tampering === '' ? allow(judged, gate.reason) : tampered(judged, tampering)
  if (intent === null) throw new MissingIntent()
  return bySignature(request, facts, judged, gate, intent, tampering)
}

const reasonOf = (gate: Gate & { kind: 'refuse' }): Pick<Deny, 'reason' | 'detail' | 'filing'> => ({
  reason: gate.reason,
  detail: gate.detail,
  filing: gate.isRecommended ? 'recommend' : null,
})

function bySignature(
  request: Request,
  facts: Facts,
  judged: Judged,
  gate: Gate & { kind: 'sign' },
  intent: Intent,
  tampering: string,
): Decision {
  const isProtected = touchesProtected(facts, request)
  const { agent, classification } = judged
  const it: Case = {
    request,
    facts,
    agent,
    worst: classification.class,
    act: intent.act,
    intentSha256: intent.intentSha256,
    useFacts: useFacts(request, intent.act, intent.parent),
    required: { count: isProtected ? agent.requiredProtected : agent.required, roles: agent.roles },
  }
  const outcome = evaluate(it, carried(request, intent.parent, requestsOf(facts, agent.name, intent.intentSha256)))
  if (outcome.kind === 'approved' && tampering === '') return { ...allow(judged, 'Approved'), spend: outcome.spend }
  if (outcome.kind === 'approved') return tampered(judged, tampering)
  const { reason, detail } = outcome
  const filing = reason === 'ApprovalDenied' ? null : 'open'
  const why = reason === 'ApprovalRequired' || reason === 'ApprovalPending' ? gate.detail : detail
  return { ...judged, verdict: 'Deny', reason, detail: why, filing }
}

const tampered = (judged: Judged, detail: string): Deny => ({
  ...judged,
  classification: { ...judged.classification, class: 'Tampering' },
  verdict: 'Deny',
  reason: 'NeverAllowed',
  detail,
  filing: null,
})

/** The requests that name this act. Others were read because a statement names them. */
const requestsOf = (facts: Facts, agent: string, intentSha256: string): Facts['approvalRequests'] =>
  facts.approvalRequests.filter(
    ({ spec }) => spec.agent === agent && spec.acts.some((act) => act.intentSha256 === intentSha256),
  )

const allow = (judged: Judged, reason: AllowReason): Allow => ({ ...judged, verdict: 'Allow', reason, spend: null })

/** A dry run stores nothing, so no phase refuses it; but its answer may hold a working token or a Secret's content. */
function asDryRun(request: Request, decision: Decision): Decision {
  const { classification, agent } = decision
  const isSecret = request.group === '' && request.resource === 'secrets' && request.namespace !== agent.homeNamespace
  if (decision.verdict === 'Deny' && FINAL.has(decision.reason)) return decision
  if (isSecret)
    return {
      ...decision,
      verdict: 'Deny',
      reason: 'NeverAllowed',
      detail: 'the answer to a dry run would hold the content of a Secret',
      filing: null,
    }
  const { act, intentSha256 } = decision
  const judged: Judged = { agent, classification, warnings: dryRunWarnings(decision), act, intentSha256 }
  return allow(judged, 'DryRun')
}

const FINAL = new Set<Deny['reason']>(['AgentSuspended', 'StateStale', 'NeverAllowed'])

const dryRunWarnings = (decision: Decision): readonly string[] =>
  decision.verdict === 'Deny'
    ? [`obstat: dry run. The real act is ${decision.classification.class} and would be refused: ${decision.reason}`]
    : decision.warnings

/**
 * An agent that is only audited is told and recorded what would have been refused; tampering and the kill switch hold.
 */
function asAudited(decision: Decision): Decision {
  if (decision.verdict === 'Allow' || !decision.agent.isAudit) return decision
  if (decision.classification.class === 'Tampering' || HELD_IN_AUDIT.has(decision.reason)) return decision
  const { agent, classification, act, intentSha256, reason, detail } = decision
  const warnings = [`obstat (audit): would be refused: ${reason}: ${detail}`]
  return allow({ agent, classification, warnings, act, intentSha256 }, 'AuditOnly')
}

const HELD_IN_AUDIT = new Set<Deny['reason']>(['AgentSuspended', 'StateStale', 'InternalError'])

/** The caller did not gather what the assessment calls for: answered as InternalError. */
export class MissingIntent extends Error {
  override readonly name = 'MissingIntent'
  readonly code = 'MissingIntent'
}
