import type { Rule } from '../rule.ts'
import { found, quote } from '../rule.ts'

/**
 * A Node object that no kubelet registered draws pods that will never run, and DaemonSet pods at once.
 * Kubelets create their own; nobody else has a reason to (kubernetes.io, "Nodes: manual node administration").
 */
export const nodeCreate: Rule = {
  id: 'node-create',
  remedy: 'Let the machine register itself; ask a person to add nodes.',
  raises: 'Destructive',
  matches: [{ operations: ['CREATE'], group: '', resource: 'nodes' }],
  find: (request) => found(`creates Node ${quote(request.name)}, which no machine stands behind`),
}
