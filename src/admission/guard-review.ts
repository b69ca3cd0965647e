import type { Json } from '../api/json.ts'
import { text } from '../api/json.ts'
import { GROUP } from '../api/names.ts'
import type { Invalid } from '../policy/guard.ts'
import { advice, guard } from '../policy/guard.ts'
import type { Request } from '../policy/request.ts'
import { groupedResource } from '../policy/request.ts'
import { changes, TooManyChanges } from '../signing/diff.ts'
import { decode } from './decode.ts'
import type { Answer } from './encode.ts'
import { passed, refusal } from './encode.ts'
import { factsOf } from './gather.ts'
import type { GuardRecord } from './ports.ts'
import type { Reviewer } from './review.ts'

/**
 * The answer to somebody who is neither an agent nor obstat: only what cannot hold is refused. A fault lets it through
 * with a warning, as the API server would without obstat: signatures are verified again at use.
 */
export async function guardReview(uid: string, body: Json, reviewer: Reviewer, signal: AbortSignal): Promise<Answer> {
  try {
    return await judge(decode(body), reviewer, signal)
  } catch (cause) {
    reviewer.fault(uid, cause)
    return passed(uid, ['obstat could not check this write; it is checked again before it counts'])
  }
}

async function judge(request: Request, reviewer: Reviewer, signal: AbortSignal): Promise<Answer> {
  const { ports } = reviewer
  const record = (verdict: GuardRecord['verdict'], reason: string): void => {
    ports.audit.recordGuarded(recordOf(request, verdict, reason, ports.clock.now()))
  }
  const invalid = await invalidity(request, reviewer, signal).catch((cause: unknown) => {
    record('Allow', 'Unchecked')
    throw cause
  })
  if (invalid === null) {
    record('Allow', 'Guarded')
    return passed(request.uid, advice(request))
  }
  record('Deny', invalid.reason)
  return refusal(request.uid, invalid.reason, invalid.message)
}

/**
 * Why the write cannot hold; null where it can, where it is not of obstat's objects, and before the first full state.
 */
async function invalidity(
  request: Request,
  { ports, ownNamespace }: Reviewer,
  signal: AbortSignal,
): Promise<Invalid | null> {
  const snapshot = ports.state.snapshot()
  if (request.group !== GROUP || snapshot === null) return null
  const approvers = await ports.reader.approvers(signal)
  return guard(request, { ...factsOf(snapshot, ownNamespace, ports.clock.now()), approvers })
}

const MAX_CHANGED = 20

const recordOf = (request: Request, verdict: GuardRecord['verdict'], reason: string, now: Date): GuardRecord => ({
  at: now.toISOString(),
  uid: request.uid,
  verdict,
  reason,
  user: request.user.username,
  operation: request.operation,
  resource: groupedResource(request),
  namespace: request.namespace,
  name: request.name,
  objectUid: text(request.oldObject, 'metadata', 'uid') || text(request.object, 'metadata', 'uid'),
  isDryRun: request.isDryRun,
  changed: changedPaths(request),
})

/** Whole objects come and go; of a change it is said where. */
function changedPaths({ operation, object, oldObject }: Request): readonly string[] {
  if (operation !== 'UPDATE') return []
  try {
    const paths = changes(oldObject, object).map(({ path }) => path)
    return paths.filter((path) => !path.startsWith('/metadata/managedFields')).slice(0, MAX_CHANGED)
  } catch (cause) {
    // The whole document: an answer never fails for its record.
    if (cause instanceof TooManyChanges) return ['']
    throw cause
  }
}
