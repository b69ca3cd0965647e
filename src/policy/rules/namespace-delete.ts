import { field, list } from '../../api/json.ts'
import type { Rule } from '../rule.ts'
import { found, quote } from '../rule.ts'

/**
 * Deleting a Namespace removes every object in it, and nothing brings them back. One whose spec.finalizers are empty
 * goes at once and leaves its objects behind, out of sight until the name is made again.
 */
export const namespaceDelete: Rule = {
  id: 'namespace-delete',
  remedy: 'Ask an approver, or have the objects deleted one at a time.',
  raises: 'Destructive',
  matches: [{ operations: ['DELETE'], group: '', resource: 'namespaces' }],
  find: (request) => {
    const finalizers = list(request.oldObject, 'spec', 'finalizers')
    // The finalizer stands in spec only: an object without a spec was not read from the API server.
    const isOrphaning = field(request.oldObject, 'spec') !== undefined && finalizers.length === 0
    return found(
      isOrphaning
        ? `deletes Namespace ${quote(request.name)} without its finalizer: its objects stay behind, out of reach`
        : `deletes Namespace ${quote(request.name)} and everything in it`,
    )
  },
}
