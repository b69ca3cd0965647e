import type { Json } from '../../api/json.ts'
import { entries, field, text } from '../../api/json.ts'
import { parseJson } from '../../signing/json.ts'
import { named } from '../objects/named.ts'
import type { Rule } from '../rule.ts'
import { found, quote } from '../rule.ts'

/** KEDA stops scaling, or pins the workload to a number, as long as one of these stands (keda.sh/docs, "Pausing autoscaling"). */
const PAUSES = /^autoscaling\.keda\.sh\/paused(-.+)?$/

/** Where autoscaling/v1 keeps `spec.behavior`, written by Go's names and read in any case (autoscaling/v1 conversion). */
const BEHAVIOR = 'autoscaling.alpha.kubernetes.io/behavior'

/**
 * KEDA takes orders from annotations: `paused-replicas: "0"` is a scale to zero, `paused` leaves a workload without
 * anything that scales it. Setting or changing one is a finding; removing it lets the workload come back. A
 * HorizontalPodAutoscaler whose scaleUp policy is Disabled never adds a pod again.
 * Source: keda.sh documentation, ScaledObject and ScaledJob, "Pausing autoscaling"; autoscaling/v2 HPAScalingRules.
 */
export const autoscalerPaused: Rule = {
  id: 'autoscaler-paused',
  remedy: 'Leave the autoscaler running, or ask an approver.',
  raises: 'Destructive',
  matches: [
    { operations: ['CREATE', 'UPDATE'], group: 'keda.sh', resource: '*' },
    { operations: ['CREATE', 'UPDATE'], group: 'keda.sh', resource: '*/*' },
    { operations: ['UPDATE'], group: 'autoscaling', resource: 'horizontalpodautoscalers' },
  ],
  find: (request) => {
    if (request.group === 'autoscaling')
      return neverGrows(request.object) && !neverGrows(request.oldObject)
        ? found(`keeps ${named(request)} from ever scaling up`)
        : null
    const set = entries(request.object, 'metadata', 'annotations').find(
      ([key, value]) =>
        PAUSES.test(key) && value !== 'false' && field(request.oldObject, 'metadata', 'annotations', key) !== value,
    )
    return set === undefined ? null : found(`pauses ${named(request)} by annotation ${quote(set[0])}`)
  },
}

const neverGrows = (autoscaler: Json): boolean =>
  text(autoscaler, 'spec', 'behavior', 'scaleUp', 'selectPolicy') === 'Disabled' ||
  anyCase(anyCase(annotated(autoscaler), 'scaleup'), 'selectpolicy') === 'Disabled'

/** null for what is no JSON, which the API server leaves out. */
function annotated(autoscaler: Json): Json {
  try {
    return parseJson(text(autoscaler, 'metadata', 'annotations', BEHAVIOR))
  } catch {
    return null
  }
}

/** The last field of this name, as Go reads it. */
const anyCase = (object: Json, name: string): Json =>
  entries(object).findLast(([key]) => key.toLowerCase() === name)?.[1] ?? null
