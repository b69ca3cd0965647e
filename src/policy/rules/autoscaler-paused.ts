import { entries, field } from '../../api/json.ts'
import { named } from '../objects/named.ts'
import type { Rule } from '../rule.ts'
import { found, quote } from '../rule.ts'

/** KEDA stops scaling, or pins the workload to a number, as long as one of these stands (keda.sh/docs, "Pausing autoscaling"). */
const PAUSES = /^autoscaling\.keda\.sh\/paused(-.+)?$/

/**
 * KEDA takes orders from annotations: `paused-replicas: "0"` is a scale to zero, `paused` leaves a workload without
 * anything that scales it. Setting or changing one is a finding; removing it lets the workload come back.
 * Source: keda.sh documentation, ScaledObject and ScaledJob, "Pausing autoscaling".
 */
export const autoscalerPaused: Rule = {
  id: 'autoscaler-paused',
  remedy: 'Leave the autoscaler running, or ask an approver.',
  raises: 'Destructive',
  matches: [
    { operations: ['CREATE', 'UPDATE'], group: 'keda.sh', resource: '*' },
    { operations: ['CREATE', 'UPDATE'], group: 'keda.sh', resource: '*/*' },
  ],
  find: (request) => {
    const set = entries(request.object, 'metadata', 'annotations').find(
      ([key, value]) =>
        PAUSES.test(key) && value !== 'false' && field(request.oldObject, 'metadata', 'annotations', key) !== value,
    )
    return set === undefined ? null : found(`pauses ${named(request)} by annotation ${quote(set[0])}`)
  },
}
