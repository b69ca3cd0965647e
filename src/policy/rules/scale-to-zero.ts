import { named } from '../objects/named.ts'
import { isToZero, resizes } from '../objects/replicas.ts'
import type { Rule } from '../rule.ts'
import { found } from '../rule.ts'

/**
 * With no replicas nothing serves any more. By /scale or by the spec, of any kind that has replicas, wherever it keeps
 * them.
 * Source: autoscaling/v1 Scale (`replicas` is left out when it is 0); apps/v1 and core/v1 defaults.
 */
export const scaleToZero: Rule = {
  id: 'scale-to-zero',
  remedy: 'Keep at least one replica (two where there were two), or ask an approver.',
  raises: 'Destructive',
  matches: [{ operations: ['UPDATE'], group: '*', resource: '*/*' }],
  find: (request) => {
    const zeroed = resizes(request).find(isToZero)
    return zeroed === undefined ? null : found(`scales ${named(request)} from ${zeroed.from} to 0 (${zeroed.path})`)
  },
}
