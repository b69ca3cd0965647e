import { text } from '../../api/json.ts'
import { named } from '../objects/named.ts'
import { podSpecChanges } from '../objects/pod-specs.ts'
import type { Rule } from '../rule.ts'
import { found, quote } from '../rule.ts'

/** The classes above all others, which Kubernetes makes itself (scheduling.k8s.io/v1, system priority classes). */
const SYSTEM = /^system-/

/**
 * Pods of the system classes push any other off its node, and the kubelet spares them when room is short: with one, a
 * workload takes the place of those that the cluster runs on. Of other classes one can't tell here; making one that
 * pushes is a matter of its own (priority-default).
 * Source: kubernetes.io, "Pod Priority and Preemption".
 */
export const priorityRaised: Rule = {
  id: 'priority-raised',
  remedy: 'Use a PriorityClass of your own team, or none.',
  raises: 'Destructive',
  matches: [{ operations: ['CREATE', 'UPDATE'], group: '*', resource: '*/*' }],
  find: (request, facts) => {
    const raised = podSpecChanges(request, facts)
      .filter(({ from, to }) => text(from?.spec, 'priorityClassName') !== text(to.spec, 'priorityClassName'))
      .map(({ to }) => text(to.spec, 'priorityClassName'))
      .find((name) => SYSTEM.test(name))
    return raised === undefined ? null : found(`gives pods of ${named(request)} the priority ${quote(raised)}`)
  },
}
