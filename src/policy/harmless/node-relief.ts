import { field } from '../../api/json.ts'
import { changes } from '../../signing/diff.ts'
import { isUnschedulable, restOfSpec, taintsMissing } from '../objects/nodes.ts'
import type { Harmless } from '../rule.ts'
import { found, quote } from '../rule.ts'

/**
 * Uncordoning a node and removing taints open it to pods again: undone at once by the same command. Proved by the whole
 * change: no taint is added, the node isn't cordoned, and nothing else differs but the server's own bookkeeping.
 */
export const nodeRelief: Harmless = {
  id: 'node-relief',
  lowersTo: 'Routine',
  matches: [{ operations: ['UPDATE'], group: '', resource: 'nodes' }],
  proves: (request) => {
    const removed = taintsMissing(request.oldObject, request.object)
    const isUncordon = isUnschedulable(request.oldObject) && !isUnschedulable(request.object)
    const isOther =
      taintsMissing(request.object, request.oldObject).length > 0 ||
      (isUnschedulable(request.object) && !isUnschedulable(request.oldObject)) ||
      changes(restOfSpec(request.oldObject), restOfSpec(request.object)).length > 0 ||
      changes(field(request.oldObject, 'status'), field(request.object, 'status')).length > 0 ||
      changes(field(request.oldObject, 'metadata'), field(request.object, 'metadata')).some(
        ({ path }) => !BOOKKEEPING.test(path),
      )
    if (isOther || (removed.length === 0 && !isUncordon)) return null
    return found(`opens Node ${quote(request.name)} to pods again`)
  },
}

/** What the API server writes at every update. */
const BOOKKEEPING = /^\/(managedFields|resourceVersion|generation)(\/|$)/
