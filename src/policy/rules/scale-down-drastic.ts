import { named } from '../objects/named.ts'
import { isDrastic, isToZero, resizes } from '../objects/replicas.ts'
import type { Rule } from '../rule.ts'
import { found } from '../rule.ts'

/**
 * Taking away more than half of the replicas, or the second one, takes capacity or redundancy that traffic may need at
 * once. By /scale or by the spec, of any kind; a count that is taken out of an unknown kind is one that nobody knows.
 * The ActionPolicy may set stricter limits beside these.
 * Source: autoscaling/v1 Scale; apps/v1 and core/v1 default 1 where `replicas` is null or missing.
 */
export const scaleDownDrastic: Rule = {
  id: 'scale-down-drastic',
  remedy: 'Scale down by less than half and keep two replicas, or ask an approver.',
  raises: 'Destructive',
  matches: [{ operations: ['UPDATE'], group: '*', resource: '*/*' }],
  find: (request, { policy }) => {
    const cut = resizes(request).find((resize) => isDrastic(resize, policy) && !isToZero(resize))
    if (cut === undefined) return null
    return found(`scales ${named(request)} from ${cut.from} to ${cut.to ?? 'a number that is not known'} (${cut.path})`)
  },
}
