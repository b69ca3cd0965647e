import { named } from '../objects/named.ts'
import { isSame } from '../objects/equal.ts'
import { textOf } from '../objects/quantity.ts'
import { given } from '../objects/walk.ts'
import type { Rule } from '../rule.ts'
import { found } from '../rule.ts'

/**
 * Other ordinals are other pods with other disks: the controller deletes the old ones, new ones start empty.
 * Source: KEP-3335; apps/v1 StatefulSetOrdinals (start 0).
 */
export const ordinalsMoved: Rule = {
  id: 'ordinals-moved',
  remedy: 'Leave the ordinals as they are.',
  raises: 'Destructive',
  matches: [{ operations: ['UPDATE'], group: '*', resource: '*' }],
  find: (request) => {
    const [from, to] = [request.oldObject, request.object].map((side) => given(side, 'spec', 'ordinals', 'start') ?? 0)
    return isSame(from, to)
      ? null
      : found(`moves the ordinals of ${named(request)} from ${textOf(from)} to ${textOf(to)}`)
  },
}
