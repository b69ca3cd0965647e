import { isOwnLease } from '../objects/lease.ts'
import type { Harmless } from '../rule.ts'
import { found } from '../rule.ts'

/**
 * An agent of several replicas elects its leader by a Lease. Proved by the home namespace, by the stored holder being
 * nobody or a replica of the agent, and by nothing but the Lease's spec changing.
 */
export const ownLease: Harmless = {
  id: 'own-lease',
  lowersTo: 'Observe',
  matches: [{ operations: ['CREATE', 'UPDATE'], group: 'coordination.k8s.io', resource: 'leases' }],
  proves: (request, facts) => (isOwnLease(request, facts) ? found('keeps its own Lease') : null),
}
