import {
  cutsGrace,
  deleteOptionsOf,
  isOrphaning,
  podOf,
  removalReads,
  turnOf,
  whyReplaced,
} from '../objects/pod-removal.ts'
import type { Harmless } from '../rule.ts'
import { found, quote } from '../rule.ts'

/**
 * Deleting or evicting one pod that has finished, or that a live controller replaces while the rest of its replicas
 * serve, is the most ordinary repair there is. Proved by live reads of the controller and of the pods around it, with
 * the grace that the pod asks for; never for one item of a deletecollection. Two that go side by side don't see each
 * other in live reads, so each claims the turn of its workload.
 */
export const onePodReplaced: Harmless = {
  id: 'one-pod-replaced',
  lowersTo: 'Routine',
  matches: [
    { operations: ['DELETE'], group: '', resource: 'pods' },
    { operations: ['CREATE'], group: '', resource: 'pods/eviction' },
  ],
  needs: (request, facts) => (request.isCollectionItem ? [] : removalReads(request, facts)),
  proves: (request, facts) => {
    const options = deleteOptionsOf(request)
    const pod = podOf(request, facts)
    if (request.isCollectionItem || isOrphaning(options) || cutsGrace(pod, options)) return null
    const why = whyReplaced(request, facts)
    return why === '' ? null : found(`takes away pod ${quote(request.name)}: ${why}`, turnOf(request, facts))
  },
}
