import { changes } from '../../signing/diff.ts'
import { restOfSpec } from '../objects/nodes.ts'
import type { Rule } from '../rule.ts'
import { found, quote } from '../rule.ts'

/**
 * What else a node's spec holds ties it to a machine and a range of addresses: providerID (the cloud controller deletes
 * a Node whose machine it doesn't find), podCIDR, configSource. Everything but cordon and taints is a finding, fields
 * that are yet to come included (core/v1 NodeSpec).
 */
export const nodeSpec: Rule = {
  id: 'node-spec',
  remedy: 'Leave this to the kubelet and the cloud controller, or ask a person.',
  raises: 'Destructive',
  matches: [
    { operations: ['UPDATE'], group: '', resource: 'nodes' },
    { operations: ['UPDATE'], group: '', resource: 'nodes/*' },
  ],
  find: (request) => {
    const [first] = changes(restOfSpec(request.oldObject), restOfSpec(request.object))
    return first === undefined ? null : found(`changes ${quote(`spec${first.path}`)} of Node ${quote(request.name)}`)
  },
}
