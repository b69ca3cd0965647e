import type { Json } from '../api/json.ts'
import { GROUP } from '../api/names.ts'
import { advice, guard } from '../policy/guard.ts'
import { decode } from './decode.ts'
import type { Answer } from './encode.ts'
import { passed, refusal } from './encode.ts'
import { factsOf } from './gather.ts'
import type { Reviewer } from './review.ts'

/**
 * The answer to somebody who is neither an agent nor obstat: only what cannot hold is refused. A fault lets it through
 * with a warning, as the API server would without obstat: signatures are verified again at use.
 */
export async function guardReview(uid: string, body: Json, reviewer: Reviewer, signal: AbortSignal): Promise<Answer> {
  try {
    return await judge(body, reviewer, signal)
  } catch (cause) {
    reviewer.fault(uid, cause)
    return passed(uid, ['obstat could not check this write; it is checked again before it counts'])
  }
}

async function judge(body: Json, { ports, ownNamespace }: Reviewer, signal: AbortSignal): Promise<Answer> {
  const request = decode(body)
  const snapshot = ports.state.snapshot()
  if (request.group !== GROUP || snapshot === null) return passed(request.uid, [])
  const approvers = await ports.reader.approvers(signal)
  const invalid = guard(request, { ...factsOf(snapshot, ownNamespace, ports.clock.now()), approvers })
  return invalid === null ? passed(request.uid, advice(request)) : refusal(request.uid, invalid.reason, invalid.message)
}
