import type { Json } from '../../api/json.ts'
import { isCustomResource } from '../objects/custom-resource.ts'
import { named } from '../objects/named.ts'
import { count, isDrastic } from '../objects/replicas.ts'
import { bound, isAimedAnew, runningReplicas, targetRead } from '../objects/scale-target.ts'
import { given, isOpaque, valuesOf } from '../objects/walk.ts'
import type { Facts } from '../facts.ts'
import type { Request } from '../request.ts'
import type { Rule } from '../rule.ts'
import { found } from '../rule.ts'

/**
 * Bounds that autoscalers keep to, as autoscaling/v1 and v2, keda.sh and others call them, with what a missing floor
 * means.
 */
const KEYS = new Set([
  'minReplicas',
  'maxReplicas',
  'minReplicaCount',
  'maxReplicaCount',
  'idleReplicaCount',
  // Knative's annotations of a revision template; a maximum of 0 is none.
  'autoscaling.knative.dev/min-scale',
  'autoscaling.knative.dev/minScale',
  'autoscaling.knative.dev/max-scale',
  'autoscaling.knative.dev/maxScale',
])

/**
 * An autoscaler scales down at once to a maximum below what runs, and in a quiet hour to its minimum: lowering either
 * drastically, making an autoscaler with a maximum far below what its target runs or a minimum without redundancy, or
 * aiming one there, is a scale-down that its controller does. What a target runs is read live.
 * Source: autoscaling/v2 HorizontalPodAutoscalerSpec (minReplicas 1); keda.sh/v1alpha1 ScaledObjectSpec
 * (minReplicaCount 0).
 */
export const autoscalerBounds: Rule = {
  id: 'autoscaler-bounds',
  remedy: 'Raise bounds, or lower them by less than half and not below two.',
  raises: 'Destructive',
  matches: [{ operations: ['CREATE', 'UPDATE'], group: '*', resource: '*' }],
  needs: (request) => {
    const read = isAutoscaler(request) && isAimedAnew(request) ? targetRead(request) : null
    return read === null ? [] : [read]
  },
  find: (request, facts) => {
    if (isOpaque(request)) return null
    const what =
      loweredBound(request, facts) ??
      (isAutoscaler(request) && isAimedAnew(request) ? belowTarget(request, facts) : null)
    return what === null ? null : found(what)
  },
}

const isKeda = (request: Request): boolean => request.group === 'keda.sh'
const isAutoscaler = (request: Request): boolean =>
  (request.group === 'autoscaling' && request.resource === 'horizontalpodautoscalers') ||
  (isKeda(request) && request.resource === 'scaledobjects') ||
  (isCustomResource(request) &&
    given(request.object, 'spec', 'scaleTargetRef') !== undefined &&
    given(request.object, 'spec', 'maxReplicas') !== undefined)

function loweredBound(request: Request, { policy }: Facts): string | null {
  if (request.operation !== 'UPDATE') return null
  const after = boundsOf(request, request.object, request.oldObject)
  for (const [path, from] of boundsOf(request, request.oldObject, request.object)) {
    const to = after.get(path) ?? (/max/.test(path) ? from : null)
    if (isDrastic({ from, to }, policy))
      return `lowers ${path} of ${named(request)} from ${from} to ${to ?? 'a default'}`
  }
  return null
}

/**
 * A missing floor is its default; an idle count that is missing is the floor, as KEDA has it. With `other`, as for
 * nodesOf: without what both sides share.
 */
function boundsOf(request: Request, object: Json, other: Json = null): ReadonlyMap<string, number> {
  const found = new Map<string, number>()
  for (const [path, value] of valuesOf(object, (key) => KEYS.has(key), other)) {
    const number = count(value)
    if (number !== null) found.set(path, number === 0 && NO_MAXIMUM.test(path) ? Infinity : number)
  }
  if (request.group === 'autoscaling') found.set('spec.minReplicas', bound(object, 1, 'spec', 'minReplicas'))
  if (!isKeda(request)) return found
  const floor = bound(object, 0, 'spec', 'minReplicaCount')
  found.set('spec.minReplicaCount', floor)
  found.set('spec.idleReplicaCount', Math.min(floor, bound(object, floor, 'spec', 'idleReplicaCount')))
  // As many as it keeps when it can't tell what is asked for.
  found.set('spec.fallback.replicas', Math.min(floor, bound(object, floor, 'spec', 'fallback', 'replicas')))
  found.set('spec.maxReplicaCount', bound(object, 100, 'spec', 'maxReplicaCount'))
  return found
}

const NO_MAXIMUM = /autoscaling\.knative\.dev\/max-?[sS]cale$/

function belowTarget(request: Request, facts: Facts): string | null {
  const running = runningReplicas(request, facts)
  if (running === null) return `puts ${named(request)} over a workload whose replicas cannot be read`
  const bounds = boundsOf(request, request.object)
  const ceiling = bounds.get('spec.maxReplicas') ?? bounds.get('spec.maxReplicaCount') ?? 0
  if (isDrastic({ from: running, to: ceiling }, facts.policy))
    return `lets ${named(request)} scale its target from ${running} to ${ceiling}`
  const floor = bounds.get('spec.minReplicas') ?? bounds.get('spec.minReplicaCount') ?? 0
  // What the load decides is its own affair as long as redundancy stays.
  if (running >= 2 && floor < 2)
    return `lets ${named(request)} scale its target from ${running} to ${floor} in a quiet hour`
  const idle = bounds.get('spec.idleReplicaCount')
  return running > 0 && idle === 0 ? `lets ${named(request)} scale its target from ${running} to 0` : null
}
