import { named } from '../objects/named.ts'
import { deleteOptionsOf, isOrphaning } from '../objects/pod-removal.ts'
import type { Rule } from '../rule.ts'
import { found } from '../rule.ts'

/**
 * A delete that orphans leaves pods, ReplicaSets and claims behind that nobody looks after, and that the next workload
 * with a matching selector takes over or deletes.
 * Source: meta/v1 DeleteOptions (propagationPolicy, and orphanDependents before it).
 */
export const orphaningDelete: Rule = {
  id: 'orphaning-delete',
  remedy: 'Delete with propagationPolicy Background or Foreground.',
  raises: 'Destructive',
  matches: [{ operations: ['DELETE'], group: '*', resource: '*/*' }],
  find: (request) =>
    isOrphaning(deleteOptionsOf(request)) ? found(`deletes ${named(request)} and leaves its dependents behind`) : null,
}
