import type { Rule } from '../rule.ts'
import { found } from '../rule.ts'
import { titleOf } from '../objects/metadata.ts'

/**
 * Whatever lies in obstat's own Namespace keeps it running: its pods, certificate, Lease, Service and slices, and the
 * quotas and policies that could starve it. Reads the namespace alone; a Namespace's own requests carry its name there.
 */
export const obstatNamespace: Rule = {
  id: 'obstat-namespace',
  remedy: "Leave obstat's own namespace to people.",
  raises: 'Tampering',
  matches: [{ operations: '*', group: '*', resource: '*/*' }],
  find: (request, facts) =>
    request.namespace === facts.ownNamespace ? found(`touches ${titleOf(request)} in obstat's own namespace`) : null,
}
