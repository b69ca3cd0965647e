import { isUnschedulable } from '../objects/nodes.ts'
import type { Rule } from '../rule.ts'
import { found, quote } from '../rule.ts'

/**
 * A cordoned node takes no new pods: what fails, restarts or scales up has to fit elsewhere, and it is the first half
 * of a drain. Reads spec.unschedulable, where absent, null and false are one (core/v1 NodeSpec).
 */
export const nodeCordon: Rule = {
  id: 'node-cordon',
  remedy: 'Ask a person to drain the node; to keep one workload off it, change that workload instead.',
  raises: 'Destructive',
  matches: [
    { operations: ['UPDATE'], group: '', resource: 'nodes' },
    { operations: ['UPDATE'], group: '', resource: 'nodes/*' },
  ],
  find: (request) =>
    isUnschedulable(request.object) && !isUnschedulable(request.oldObject)
      ? found(`cordons Node ${quote(request.name)}: it takes no new pods`)
      : null,
}
