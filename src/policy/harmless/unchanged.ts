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
    return !isForeignSecret && isSame(essence(request.oldObject), essence(request.object))
      ? found('changes nothing')
      : null
  },
}

/** The object without what the API server sets anew at each write. */
function essence(object: Json): Json {
  const metadata = field(object, 'metadata')
  if (!isObject(object) || !isObject(metadata)) return object
  const rest = without(metadata, 'resourceVersion')
  const managedFields = list(metadata, 'managedFields').map((entry) =>
    isObject(entry) ? without(entry, 'time') : entry,
  )
  return { ...object, metadata: { ...rest, managedFields } }
}

const without = (object: JsonObject, key: string): JsonObject =>
  Object.fromEntries(Object.entries(object).filter(([name]) => name !== key))
