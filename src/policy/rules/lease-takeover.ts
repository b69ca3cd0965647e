import { isSame } from '../objects/equal.ts'
import { isOwnLease } from '../objects/lease.ts'
import { labelChanges, titleOf } from '../objects/metadata.ts'
import type { Request } from '../request.ts'
import type { Rule } from '../rule.ts'
import { found } from '../rule.ts'

/** How leader election was written before there were Leases (client-go resourcelock). */
const LEADER = 'control-plane.alpha.kubernetes.io/leader'

/**
 * A Lease says who leads and which node is alive: who writes a foreign one stops a controller or has a node evicted,
 * and one made before its owner comes keeps it waiting. Reads the namespace, the stored holder and what changes;
 * annotations of ConfigMaps and Endpoints that did the same count too.
 */
export const leaseTakeover: Rule = {
  id: 'lease-takeover',
  remedy: 'Keep your own Lease in your home namespace; restart the controller instead of taking its lead.',
  raises: 'Destructive',
  matches: [
    { operations: ['CREATE', 'UPDATE'], group: 'coordination.k8s.io', resource: '*/*' },
    { operations: ['UPDATE'], group: '', resource: 'configmaps' },
    { operations: ['UPDATE'], group: '', resource: 'endpoints' },
  ],
  find: (request, facts) => {
    if (request.group === '' && labelChanges(request, (key) => key === LEADER).length === 0) return null
    const isOwn = request.group !== '' && request.resource === 'leases' && isOwnLease(request, facts)
    return isOwn || isNothing(request)
      ? null
      : found(`writes ${titleOf(request)}, by which somebody else leads or lives`)
  },
}

const isNothing = (request: Request): boolean =>
  request.operation === 'UPDATE' && isSame(request.oldObject, request.object)
