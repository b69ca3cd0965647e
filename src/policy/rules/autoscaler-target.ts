import type { Json } from '../../api/json.ts'
import { entries, field, isArray, list, text } from '../../api/json.ts'
import { canonical } from '../../signing/canonical.ts'
import { isOtherFormula, kedaTargets } from '../objects/keda-triggers.ts'
import { jsonIn } from '../objects/metadata.ts'
import { named } from '../objects/named.ts'
import { compare, quantity, textOf } from '../objects/quantity.ts'
import { given } from '../objects/walk.ts'
import type { Request } from '../request.ts'
import type { Rule } from '../rule.ts'
import { found, quote } from '../rule.ts'

/** Where autoscaling/v1 keeps all metrics but that of CPU (kubernetes/pkg/apis/autoscaling/annotations.go). */
const METRICS = 'autoscaling.alpha.kubernetes.io/metrics'

/** What an autoscaler holds pods to, in v2 and as v1 writes it. */
const VALUES = [
  'averageUtilization',
  'averageValue',
  'value',
  'targetAverageUtilization',
  'targetAverageValue',
  'targetValue',
]

/** A target that is raised this many times lets the same load be served by that many fewer pods. */
const TOO_MANY_TIMES = { numerator: 2n, denominator: 1n }

/**
 * An autoscaler takes pods away until each carries what its target says: a target of ten times as much is a scale-down
 * to the minimum. Reads every metric of a HorizontalPodAutoscaler, in the fields of autoscaling/v2 and in the field and
 * the annotation of v1, and every trigger of KEDA, where another question is another metric: a target more than twice
 * as high, or a metric that goes, is a finding; a metric more, or a lower target, only adds pods. Source:
 * autoscaling/v2 MetricSpec; kubernetes.io, "Horizontal Pod Autoscaling", algorithm.
 */
export const autoscalerTarget: Rule = {
  id: 'autoscaler-target',
  remedy: 'Raise the target by less than twice, or leave it.',
  raises: 'Destructive',
  matches: [
    { operations: ['UPDATE'], group: 'autoscaling', resource: 'horizontalpodautoscalers' },
    { operations: ['UPDATE'], group: 'keda.sh', resource: 'scaledobjects' },
    { operations: ['UPDATE'], group: 'keda.sh', resource: 'scaledjobs' },
  ],
  find: (request) => {
    const { oldObject, object } = request
    const isKeda = request.group === 'keda.sh'
    if (isKeda && isOtherFormula(oldObject, object)) return found(`scales ${named(request)} by another formula`)
    const [before, after] = [oldObject, object].map(isKeda ? kedaTargets : targetsOf) as [Targets, Targets]
    for (const [metric, from] of before) {
      const to = after.get(metric)
      if (to === undefined) return found(`takes the metric ${quote(metric)} from ${named(request)}`)
      if (isFarAbove(from, to))
        return found(`raises the target of ${quote(metric)} of ${named(request)} from ${textOf(from)} to ${textOf(to)}`)
    }
    return !isKeda && isUnreadable(request) ? found(`writes metrics of ${named(request)} that cannot be read`) : null
  },
}

type Targets = ReadonlyMap<string, Json>

/** Every target by its metric and kind. */
function targetsOf(autoscaler: Json): ReadonlyMap<string, Json> {
  const cpu = given(autoscaler, 'spec', 'targetCPUUtilizationPercentage')
  const metrics = [...list(autoscaler, 'spec', 'metrics'), ...(annotated(autoscaler) ?? [])]
  return new Map([
    ...(cpu === undefined ? [] : [['Resource cpu utilization', cpu] as const]),
    ...metrics.flatMap((metric) =>
      entries(metric)
        .filter(([key]) => key !== 'type')
        .flatMap(([kind, source]) =>
          [source, field(source, 'target') ?? null].flatMap((holder) =>
            VALUES.flatMap((key) => {
              const value = given(holder, key)
              return value === undefined ? [] : [[`${kind} ${nameOf(source)} ${key}`, value] as const]
            }),
          ),
        ),
    ),
  ])
}

const nameOf = (source: Json): string =>
  [text(source, 'name') || text(source, 'metricName'), canonical(given(source, 'metric') ?? null)].join(' ')

/** null for what is no list of metrics. */
function annotated(autoscaler: Json): readonly Json[] | null {
  const metrics = jsonIn(autoscaler, METRICS)
  return metrics === null ? [] : isArray(metrics) ? metrics : null
}

const isUnreadable = ({ oldObject, object }: Request): boolean =>
  annotated(object) === null &&
  text(object, 'metadata', 'annotations', METRICS) !== text(oldObject, 'metadata', 'annotations', METRICS)

function isFarAbove(from: Json, to: Json): boolean {
  const [before, after] = [quantity(from), quantity(to)]
  if (before === null || after === null) return canonical(from) !== canonical(to)
  const { numerator, denominator } = before
  return compare(after, { numerator: numerator * TOO_MANY_TIMES.numerator, denominator }) > 0
}
