import type { Json } from '../api/json.ts'
import { assess } from '../policy/assess.ts'
import { conclude } from '../policy/decide.ts'
import type { Decision } from '../policy/decision.ts'
import type { Impact } from '../policy/impact/impact.ts'
import type { Request } from '../policy/request.ts'
import { decode } from './decode.ts'
import { factsOf, gather, gatherApprovals, intentOf, asksPerson } from './gather.ts'
import { readImpact } from './impact.ts'
import type { Reviewer } from './review.ts'

/** What the webhook would answer to a review now, and what a person would be shown. */
export interface Explanation {
  readonly request: Request
  readonly decision: Decision
  /** What the act takes with it; null where nothing is asked of a person. */
  readonly impact: Impact | null
}

/**
 * The decision on one AdmissionReview, by the same steps as `review` and without its effects: nothing is filed, no
 * approval used and no turn taken. null before the first full state. Throws UnknownReview, and what reads throw.
 */
export async function explain(
  body: Json,
  { ports, catalogue, ownNamespace }: Omit<Reviewer, 'fault'>,
  signal: AbortSignal,
): Promise<Explanation | null> {
  const request = decode(body)
  const snapshot = ports.state.snapshot()
  if (snapshot === null) return null
  const known = factsOf(snapshot, ownNamespace, ports.clock.now())
  const facts = await gather(request, known, catalogue, ports, signal)
  const assessment = assess(request, facts, catalogue)
  if (!asksPerson(request, assessment))
    return { request, decision: conclude(request, facts, assessment, null), impact: null }
  const intent = await intentOf(request, ports, signal)
  const current = await gatherApprovals(request, facts, intent, assessment.agent.name, [], ports, signal)
  const decision = conclude(request, current, assessment, intent)
  const impact = await readImpact(request, intent.parent, ports.reader, signal)
  return { request, decision, impact }
}
