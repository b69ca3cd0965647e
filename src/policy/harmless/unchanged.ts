import type { Json, JsonObject } from '../../api/json.ts'
import { field, isObject, list } from '../../api/json.ts'
import { agentOf } from '../agents.ts'
import { isSame } from '../objects/equal.ts'
import type { Harmless } from '../rule.ts'
import { found } from '../rule.ts'

/**
 * A write that changes nothing, as reconcilers do all day. Proved by comparing all of both sides, typed and to the last
 * digit: only `resourceVersion` and the times in managedFields may differ, so that nobody's ownership of fields (which
 * GitOps acts on) and no last-applied-configuration is lost in it. The answer to a write of a Secret is the Secret, so
 * outside the agent's home namespace that stays a Change.
 */
export const unchanged: Harmless = {
  id: 'unchanged',
  lowersTo: 'Observe',
  matches: [{ operations: ['UPDATE'], group: '*', resource: '*/*' }],
  proves: (request, facts) => {
    const isForeignSecret =
      request.group === '' &&
      request.resource === 'secrets' &&
      request.namespace !== agentOf(facts, request.user).homeNamespace
    return !isForeignSecret && isUnchanged(request.oldObject, request.object) ? found('changes nothing') : null
  },
}

/** Is everything the same but what the API server sets anew at each write? */
function isUnchanged(before: Json, after: Json): boolean {
  const had = field(before, 'metadata')
  const has = field(after, 'metadata')
  if (!isObject(before) || !isObject(after) || !isObject(had) || !isObject(has)) return isSame(before, after)
  return (
    isSameBut(before, after, 'metadata') &&
    isSameBut(had, has, 'resourceVersion', 'managedFields') &&
    isSame(timeless(had), timeless(has))
  )
}

function isSameBut(before: JsonObject, after: JsonObject, ...left: readonly string[]): boolean {
  const keys = Object.keys(before).filter((key) => !left.includes(key))
  return (
    keys.length === Object.keys(after).filter((key) => !left.includes(key)).length &&
    keys.every((key) => Object.hasOwn(after, key) && isSame(before[key], after[key]))
  )
}

/** Who owns which field, and since which write that is no more than a time. */
const timeless = (metadata: JsonObject): Json =>
  list(metadata, 'managedFields').map((entry) => (isObject(entry) ? without(entry, 'time') : entry))

const without = (object: JsonObject, key: string): JsonObject =>
  Object.fromEntries(Object.entries(object).filter(([name]) => name !== key))
