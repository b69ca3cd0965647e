import type { Json } from '../../api/json.ts'
import { listed, named } from '../objects/named.ts'
import type { PodSpecChange } from '../objects/pod-specs.ts'
import { podSpecChanges } from '../objects/pod-specs.ts'
import { isLowered, textOf } from '../objects/quantity.ts'
import { given } from '../objects/walk.ts'
import type { Rule } from '../rule.ts'
import { found } from '../rule.ts'

/**
 * A pod with `activeDeadlineSeconds` is killed when they are over, a running one as well; with a shorter grace period it
 * is cut off while it still writes. Both are deletes that the kubelet does later.
 * Source: core/v1 PodSpec.
 */
export const podEndsSooner: Rule = {
  id: 'pod-ends-sooner',
  remedy: 'Leave deadlines and grace periods as they are, or raise them.',
  raises: 'Destructive',
  matches: [{ operations: ['UPDATE'], group: '*', resource: '*/*' }],
  find: (request, facts) => {
    const sooner = podSpecChanges(request, facts).flatMap(soonerIn)
    return sooner.length === 0 ? null : found(`ends pods of ${named(request)} sooner: ${listed(sooner)}`)
  },
}

/** No deadline is the longest one; no grace period is 30 seconds. */
function soonerIn({ from, to }: PodSpecChange): readonly string[] {
  if (from === null) return []
  return [
    ...shorter('activeDeadlineSeconds', from.spec, to.spec, null),
    ...shorter('terminationGracePeriodSeconds', from.spec, to.spec, 30),
  ]
}

function shorter(key: string, before: Json, after: Json, otherwise: number | null): readonly string[] {
  const from = given(before, key) ?? otherwise
  const to = given(after, key) ?? otherwise
  if (to === null || (from !== null && !isLowered(from, to))) return []
  return [`${key} ${from === null ? 'none' : textOf(from)} → ${textOf(to)}`]
}
