import { onePodReplaced } from '../harmless/one-pod-replaced.ts'
import type { Rule } from '../rule.ts'
import { found, quote } from '../rule.ts'

/**
 * An eviction deletes a pod, although it is a CREATE: without proof that the pod is replaced (one-pod-replaced) it is
 * the delete that it is. A drain is one eviction after another.
 * Source: policy/v1 Eviction; kubernetes.io, "API-initiated eviction".
 */
export const podEviction: Rule = {
  id: 'pod-eviction',
  remedy: 'Evict one pod of a workload whose other replicas are all ready, or ask an approver.',
  raises: 'Destructive',
  matches: [{ operations: ['CREATE'], group: '', resource: 'pods/eviction' }],
  needs: (request, facts) => onePodReplaced.needs?.(request, facts) ?? [],
  find: (request, facts) =>
    onePodReplaced.proves(request, facts) === null
      ? found(`evicts pod ${quote(request.name)}, which is not shown to be replaced`)
      : null,
}
