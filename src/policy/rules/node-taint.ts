import { taintsMissing } from '../objects/nodes.ts'
import type { Rule } from '../rule.ts'
import { found, quote } from '../rule.ts'

/**
 * A new taint keeps pods off a node (NoSchedule), throws them out (NoExecute) or has them force-deleted and their volumes
 * detached (node.kubernetes.io/out-of-service). A taint with another value or effect is a new one.
 * Source: kubernetes.io, "Taints and Tolerations" and "Non-graceful node shutdown".
 */
export const nodeTaint: Rule = {
  id: 'node-taint',
  remedy: 'Ask a person to take the node out of service; removing a taint needs nobody.',
  raises: 'Destructive',
  matches: [
    { operations: ['UPDATE'], group: '', resource: 'nodes' },
    { operations: ['UPDATE'], group: '', resource: 'nodes/*' },
  ],
  find: (request) => {
    const added = taintsMissing(request.object, request.oldObject)
    if (added.length === 0) return null
    const worst = added.find((taint) => taint.endsWith(':NoExecute')) ?? added[0] ?? ''
    const effect = worst.endsWith(':NoExecute') ? ': pods that do not tolerate it are thrown out' : ''
    return found(`taints Node ${quote(request.name)} with ${added.map(quote).join(', ')}${effect}`)
  },
}
