import { text } from '../../api/json.ts'
import type { Rule } from '../rule.ts'
import { found, quote } from '../rule.ts'

/**
 * Binding a pod to a node is the scheduler's act: it goes past taints, room and affinity, to a node of the agent's
 * choice or to one that does not exist, and its annotations and labels land on the pod. Any Binding is a finding.
 * Source: core/v1 Binding, registry/core/pod/storage (BindingREST).
 */
export const podBinding: Rule = {
  id: 'pod-binding',
  remedy: 'Leave placing pods to the scheduler.',
  raises: 'Escalation',
  matches: [
    { operations: ['CREATE', 'UPDATE'], group: '', resource: 'pods/binding' },
    { operations: ['CREATE', 'UPDATE'], group: '', resource: 'bindings' },
  ],
  find: (request) =>
    found(
      `binds pod ${quote(request.name)} to ${text(request.object, 'target', 'kind') || 'node'} ${quote(text(request.object, 'target', 'name'))}`,
    ),
}
