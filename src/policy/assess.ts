import type { Agent } from './agents.ts'
import { agentOf } from './agents.ts'
import type { Catalogue, Classification } from './classify.ts'
import { classify, classOfVerb } from './classify.ts'
import type { DenyReason } from '../api/names.ts'
import type { Facts } from './facts.ts'
import { touchesProtected } from './protection.ts'
import type { Request } from './request.ts'
import { inScope } from './scope.ts'

/** What the request would get without any approval: pass, refusal, or a person must sign. */
export type Gate =
  | { readonly kind: 'pass'; readonly reason: 'Observe' | 'InScope' }
  | { readonly kind: 'sign'; readonly detail: string }
  | { readonly kind: 'refuse'; readonly reason: DenyReason; readonly detail: string; readonly isRecommended: boolean }

export interface Assessment {
  readonly agent: Agent
  readonly classification: Classification
  readonly gate: Gate
}

/** What is too old to know refuses agents: three times the interval at which the caches are proved, and some slack. */
export const MAX_AGE_MS = 5000

/** Suspended? → class → Escalation or Tampering? → Observe? → phase → scope → protection. The first refusal wins. */
export function assess(request: Request, facts: Facts, catalogue: Catalogue): Assessment {
  const agent = agentOf(facts, request.user)
  if (facts.ageMs > MAX_AGE_MS)
    return {
      agent,
      classification: unjudged(request),
      gate: refuse('StateStale', `the facts are ${seconds(facts.ageMs)} old`),
    }
  const classification = classify(request, facts, catalogue)
  if (agent.suspended !== null)
    return { agent, classification, gate: refuse('AgentSuspended', `suspended: ${agent.suspended}`) }
  return { agent, classification, gate: gateOf(request, facts, agent, classification) }
}

function gateOf(request: Request, facts: Facts, agent: Agent, { class: worst }: Classification): Gate {
  switch (worst) {
    case 'Escalation':
    case 'Tampering':
      return refuse('NeverAllowed', `${worst} is refused in every phase, signed or not`)
    case 'Observe':
      return { kind: 'pass', reason: 'Observe' }
    case 'Routine':
    case 'Change':
    case 'Destructive':
      return byPhase(request, facts, agent, worst)
  }
}

function byPhase(request: Request, facts: Facts, agent: Agent, worst: 'Routine' | 'Change' | 'Destructive'): Gate {
  const isInScope = inScope(facts, agent, request)
  const isRecommended = isInScope || worst === 'Destructive'
  switch (agent.phase) {
    case 'Shadow':
      return refuse('PhaseForbidden', 'phase Shadow only observes')
    case 'ReadOnlyAssist':
      return { ...refuse('PhaseForbidden', 'phase ReadOnlyAssist only recommends'), isRecommended }
    case 'LimitedRemediation':
      return isInScope
        ? { kind: 'sign', detail: `phase LimitedRemediation: every ${worst} act needs a signature` }
        : refuse('ScopeForbidden', 'outside the scope of this agent')
    case 'AutonomousL1':
      if (worst === 'Destructive') return { kind: 'sign', detail: 'a Destructive act needs a signature' }
      if (!isInScope) return { kind: 'sign', detail: 'outside the scope of this agent' }
      return touchesProtected(facts, request)
        ? { kind: 'sign', detail: `a ${worst} in a protected place needs a signature` }
        : { kind: 'pass', reason: 'InScope' }
  }
}

const refuse = (reason: DenyReason, detail: string): Gate & { kind: 'refuse' } => ({
  kind: 'refuse',
  reason,
  detail,
  isRecommended: false,
})

const unjudged = (request: Request): Classification => ({
  class: classOfVerb(request),
  findings: [],
  harmless: '',
  remedy: '',
  claim: null,
})

const seconds = (ms: number): string => `${Math.round(ms / 1000)} s`
