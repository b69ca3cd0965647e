import { titleOf } from '../objects/metadata.ts'
import type { Rule } from '../rule.ts'
import { found } from '../rule.ts'

/**
 * `namespaces/finalize` is the namespace controller's last step: emptied by hand, the Namespace goes and leaves its
 * contents orphaned in storage, to come back when the name is used again; on a live Namespace it arms the next delete
 * to do that. Reads nothing: no agent has business there. (Kubernetes: Namespace strategy, FinalizeREST.)
 */
export const namespaceFinalize: Rule = {
  id: 'namespace-finalize',
  remedy: 'Find what holds the namespace (its status names it) and let the namespace controller finish.',
  raises: 'Tampering',
  matches: [{ operations: '*', group: '', resource: 'namespaces/finalize' }],
  find: (request) => found(`finalizes ${titleOf(request)} by hand`),
}
