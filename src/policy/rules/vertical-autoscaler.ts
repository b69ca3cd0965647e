import type { Json } from '../../api/json.ts'
import { entries, list, text } from '../../api/json.ts'
import { isSame } from '../objects/equal.ts'
import { named } from '../objects/named.ts'
import { isLowered, textOf } from '../objects/quantity.ts'
import { given } from '../objects/walk.ts'
import type { Rule } from '../rule.ts'
import { found, quote } from '../rule.ts'

/** In these modes the VerticalPodAutoscaler touches no running pod. */
const QUIET = new Set(['Off', 'Initial'])
/** What it does where no mode is given (autoscaling.k8s.io/v1 PodUpdatePolicy). */
const DEFAULT_MODE = 'Auto'

/**
 * A VerticalPodAutoscaler that acts evicts the pods of a workload and gives them what it thinks they need, at most
 * `maxAllowed`. Making one act, aiming an acting one elsewhere or lowering its ceiling evicts and may starve them.
 * Source: autoscaling.k8s.io/v1 VerticalPodAutoscalerSpec (kubernetes/autoscaler).
 */
export const verticalAutoscaler: Rule = {
  id: 'vertical-autoscaler',
  remedy: 'Use update mode "Off" and read its recommendation.',
  raises: 'Destructive',
  matches: [{ operations: ['CREATE', 'UPDATE'], group: 'autoscaling.k8s.io', resource: 'verticalpodautoscalers' }],
  find: (request) => {
    const mode = modeOf(request.object)
    if (QUIET.has(mode)) return null
    const { oldObject, object } = request
    if (oldObject === null || QUIET.has(modeOf(oldObject)))
      return found(`lets ${named(request)} evict and resize pods (mode ${quote(mode)})`)
    if (!isSame(given(oldObject, 'spec', 'targetRef'), given(object, 'spec', 'targetRef')))
      return found(`aims ${named(request)} at another workload`)
    const lowered = loweredCeiling(oldObject, object)
    return lowered === '' ? null : found(`lowers maxAllowed ${lowered} of ${named(request)}`)
  },
}

const modeOf = (object: Json): string => text(object, 'spec', 'updatePolicy', 'updateMode') || DEFAULT_MODE

function loweredCeiling(before: Json, after: Json): string {
  const was = ceilings(before)
  for (const [key, to] of ceilings(after)) {
    const from = was.get(key)
    if (from === undefined || isLowered(from, to)) return `${key} (${textOf(from) || 'none'} → ${textOf(to)})`
  }
  return ''
}

const ceilings = (object: Json): ReadonlyMap<string, Json> =>
  new Map(
    list(object, 'spec', 'resourcePolicy', 'containerPolicies').flatMap((policy) =>
      entries(policy, 'maxAllowed').map(([key, value]) => [`${key} of ${text(policy, 'containerName')}`, value]),
    ),
  )
