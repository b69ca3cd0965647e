import { field } from '../../api/json.ts'
import { changes } from '../../signing/diff.ts'
import type { Rule } from '../rule.ts'
import { found, quote } from '../rule.ts'

/**
 * Controllers take a node's status at its word: Ready False evicts its pods, capacity zero closes it, an address sends
 * the API server's kubelet traffic elsewhere, an empty volumesInUse detaches disks in use. Only the kubelet and the
 * node controllers have anything to say there (core/v1 NodeStatus).
 */
export const nodeStatus: Rule = {
  id: 'node-status',
  remedy: 'Report what you saw in an Event; the kubelet writes the status.',
  raises: 'Destructive',
  matches: [
    { operations: ['UPDATE'], group: '', resource: 'nodes' },
    { operations: ['UPDATE'], group: '', resource: 'nodes/*' },
  ],
  find: (request) => {
    const [first, ...more] = changes(field(request.oldObject, 'status'), field(request.object, 'status'))
    if (first === undefined) return null
    const others = more.length === 0 ? '' : ` and ${more.length} more`
    return found(
      `writes ${quote(`status${first.path}`)}${others} of Node ${quote(request.name)} in the kubelet's place`,
    )
  },
}
