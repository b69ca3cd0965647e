import type { Json } from '../../api/json.ts'
import { entries, field, text } from '../../api/json.ts'
import { jsonIn } from '../objects/metadata.ts'
import type { Facts } from '../facts.ts'
import { isAimedAnew, targetOf } from '../objects/scale-target.ts'
import type { ListRead } from '../read.ts'
import { listOf } from '../read.ts'
import type { Request } from '../request.ts'
import { named } from '../objects/named.ts'
import type { Rule } from '../rule.ts'
import { found, quote } from '../rule.ts'

/**
 * KEDA stops scaling, or pins the workload to a number, as long as one of these stands (keda.sh/docs, "Pausing
 * autoscaling").
 */
const PAUSES = /^autoscaling\.keda\.sh\/paused(-.+)?$/

/**
 * Where autoscaling/v1 keeps `spec.behavior`, written by Go's names and read in any case (autoscaling/v1 conversion).
 */
const BEHAVIOR = 'autoscaling.alpha.kubernetes.io/behavior'

/**
 * KEDA takes orders from annotations: `paused-replicas: "0"` is a scale to zero, `paused` leaves a workload without
 * anything that scales it. Setting or changing one is a finding; removing it lets the workload come back. A
 * HorizontalPodAutoscaler whose scaleUp policy is Disabled never adds a pod again. A second one over the same workload
 * stops both (read live): neither scales what another one scales.
 * Source: keda.sh documentation, ScaledObject and ScaledJob, "Pausing autoscaling"; autoscaling/v2 HPAScalingRules;
 * pkg/controller/podautoscaler/horizontal.go, AmbiguousSelector.
 */
export const autoscalerPaused: Rule = {
  id: 'autoscaler-paused',
  remedy: 'Leave the autoscaler running, or ask an approver.',
  raises: 'Destructive',
  matches: [
    { operations: ['CREATE', 'UPDATE'], group: 'keda.sh', resource: '*' },
    { operations: ['CREATE', 'UPDATE'], group: 'keda.sh', resource: '*/*' },
    { operations: ['CREATE', 'UPDATE'], group: 'autoscaling', resource: 'horizontalpodautoscalers' },
  ],
  needs: (request) => (isSecond(request) ? [autoscalersOf(request)] : []),
  find: (request, facts) => {
    const other = isSecond(request) ? otherOf(request, facts) : undefined
    if (other !== undefined)
      return found(`stops HorizontalPodAutoscaler ${quote(text(other, 'metadata', 'name'))}, which scales the same`)
    if (request.group === 'autoscaling')
      return request.operation === 'UPDATE' && neverGrows(request.object) && !neverGrows(request.oldObject)
        ? found(`keeps ${named(request)} from ever scaling up`)
        : null
    const set = entries(request.object, 'metadata', 'annotations').find(
      ([key, value]) =>
        PAUSES.test(key) && value !== 'false' && field(request.oldObject, 'metadata', 'annotations', key) !== value,
    )
    return set === undefined ? null : found(`pauses ${named(request)} by annotation ${quote(set[0])}`)
  },
}

/** May there be one over its workload already? */
const isSecond = (request: Request): boolean =>
  request.subresource === '' && targetOf(request.object) !== '' && isAimedAnew(request)

const autoscalersOf = ({ namespace }: Request): ListRead =>
  listOf('autoscaling', 'v2', 'horizontalpodautoscalers', namespace)

const otherOf = (request: Request, facts: Facts): Json | undefined =>
  facts.live
    .list(autoscalersOf(request))
    .find(
      (one) =>
        targetOf(one) === targetOf(request.object) &&
        (request.group !== 'autoscaling' || text(one, 'metadata', 'name') !== request.name),
    )

const neverGrows = (autoscaler: Json): boolean =>
  text(autoscaler, 'spec', 'behavior', 'scaleUp', 'selectPolicy') === 'Disabled' || saysDisabled(autoscaler)

/**
 * Go takes one field more than once, and puts them together: each counts, and so does all that it may read and obstat
 * can't.
 */
function saysDisabled(autoscaler: Json): boolean {
  const behavior = jsonIn(autoscaler, BEHAVIOR)
  if (behavior === undefined) return true
  return inAnyCase(behavior, 'SCALEUP')
    .flatMap((rules) => inAnyCase(rules, 'SELECTPOLICY'))
    .includes('Disabled')
}

/** By upper case, since Go takes a long s (U+017F) for an s (encoding/json, foldName). */
const inAnyCase = (object: Json, name: string): readonly Json[] =>
  entries(object).flatMap(([key, value]) => (key.toUpperCase() === name ? [value] : []))
