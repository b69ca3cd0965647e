import { textOf } from '../objects/quantity.ts'
import { cutsGrace, deleteOptionsOf, podOf } from '../objects/pod-removal.ts'
import { given } from '../objects/walk.ts'
import type { Rule } from '../rule.ts'
import { found, quote } from '../rule.ts'

/**
 * With a shorter grace than it asks for, a pod is cut off while it still writes; with none, its name is free before it
 * has stopped, and two pods of a StatefulSet may hold one disk.
 * Source: kubernetes.io, "Force Delete StatefulSet Pods"; core/v1 PodSpec.terminationGracePeriodSeconds.
 */
export const forcedDelete: Rule = {
  id: 'forced-delete',
  remedy: 'Delete the pod with the grace period it asks for.',
  raises: 'Destructive',
  matches: [{ operations: ['DELETE'], group: '', resource: 'pods' }],
  find: (request, facts) => {
    const options = deleteOptionsOf(request)
    return cutsGrace(podOf(request, facts), options)
      ? found(`cuts pod ${quote(request.name)} off after ${textOf(given(options, 'gracePeriodSeconds'))} s`)
      : null
  },
}
