import type { Json } from '../../api/json.ts'
import { list, text } from '../../api/json.ts'
import { taintsMissing, taintText } from '../objects/nodes.ts'
import type { Rule } from '../rule.ts'
import { found, quote } from '../rule.ts'

/**
 * A new taint keeps pods off a node (NoSchedule), throws them out (NoExecute) or has them force-deleted and their
 * volumes detached (node.kubernetes.io/out-of-service). A taint with another value or effect is a new one; how long one
 * is tolerated counts from `timeAdded`.
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
    if (added.length === 0) {
      const moved = movedBack(request.oldObject, request.object)
      return moved === undefined
        ? null
        : found(`moves the time of taint ${quote(moved)} of Node ${quote(request.name)}: tolerations of it run out`)
    }
    const worst = added.find((taint) => taint.endsWith(':NoExecute')) ?? added[0] ?? ''
    const effect = worst.endsWith(':NoExecute') ? ': pods that do not tolerate it are thrown out' : ''
    return found(`taints Node ${quote(request.name)} with ${added.map(quote).join(', ')}${effect}`)
  },
}

/** The first taint that would throw pods out by another clock than before. */
function movedBack(before: Json, after: Json): string | undefined {
  const times = new Map(list(before, 'spec', 'taints').map((taint) => [taintText(taint), text(taint, 'timeAdded')]))
  const moved = list(after, 'spec', 'taints').find(
    (taint) => text(taint, 'effect') === 'NoExecute' && times.get(taintText(taint)) !== text(taint, 'timeAdded'),
  )
  return moved === undefined ? undefined : taintText(moved)
}
