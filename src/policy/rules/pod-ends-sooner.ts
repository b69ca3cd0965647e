import type { Json } from '../../api/json.ts'
import { list } from '../../api/json.ts'
import { canonical } from '../../signing/canonical.ts'
import { listed, named } from '../objects/named.ts'
import type { PodSpecChange } from '../objects/pod-specs.ts'
import { podSpecChanges } from '../objects/pod-specs.ts'
import { isLowered, textOf } from '../objects/quantity.ts'
import { given } from '../objects/walk.ts'
import type { Request } from '../request.ts'
import type { Rule } from '../rule.ts'
import { found } from '../rule.ts'

/**
 * A pod with `activeDeadlineSeconds` is killed when they are over, a running one as well; with a shorter grace period
 * it is cut off while it still writes. Both are deletes that the kubelet does later. A toleration for so many seconds,
 * given to a pod that is there, has it evicted when they are over: of several that match, the shortest counts.
 * Source: core/v1 PodSpec; pkg/controller/tainteviction getMinTolerationTime.
 */
export const podEndsSooner: Rule = {
  id: 'pod-ends-sooner',
  remedy: 'Leave deadlines and grace periods as they are, or raise them.',
  raises: 'Destructive',
  matches: [{ operations: ['UPDATE'], group: '*', resource: '*/*' }],
  find: (request, facts) => {
    const sooner = [...podSpecChanges(request, facts).flatMap(soonerIn), ...toleratedForLess(request)]
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

/** Templates say it for pods to come. */
function toleratedForLess({ group, resource, oldObject, object }: Request): readonly string[] {
  if (group !== '' || resource !== 'pods') return []
  const had = new Set(list(oldObject, 'spec', 'tolerations').map(canonical))
  return list(object, 'spec', 'tolerations').some(
    (one) => given(one, 'tolerationSeconds') !== undefined && !had.has(canonical(one)),
  )
    ? ['a toleration that ends']
    : []
}

function shorter(key: string, before: Json, after: Json, otherwise: number | null): readonly string[] {
  const from = given(before, key) ?? otherwise
  const to = given(after, key) ?? otherwise
  if (to === null || (from !== null && !isLowered(from, to))) return []
  return [`${key} ${from === null ? 'none' : textOf(from)} → ${textOf(to)}`]
}
