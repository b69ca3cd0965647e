import type { Json } from '../../api/json.ts'
import type { ActionPolicy } from '../../api/objects.ts'
import { listed, named } from '../objects/named.ts'
import { isLowered, textOf } from '../objects/quantity.ts'
import { bound } from '../objects/scale-target.ts'
import { isDrastic, isToZero } from '../objects/replicas.ts'
import { given } from '../objects/walk.ts'
import type { Request } from '../request.ts'
import type { Rule } from '../rule.ts'
import { found } from '../rule.ts'

/** Numbers that end a Job or delete it sooner when they are lower, and what it means that one is missing. */
const LIMITS: readonly (readonly [string, number | null])[] = [
  ['activeDeadlineSeconds', null],
  ['ttlSecondsAfterFinished', null],
  ['backoffLimit', 6],
  ['backoffLimitPerIndex', null],
  ['maxFailedIndexes', null],
  ['completions', 1],
]

/**
 * A Job that is cut short loses the work done so far: by a deadline, by fewer tries, by fewer completions than it has, by
 * no pods at all. One with a time to live is deleted with its logs. Also in the template of a CronJob.
 * Source: batch/v1 JobSpec and its defaults (backoffLimit 6, parallelism 1; no deadline, no time to live).
 */
export const jobCutShort: Rule = {
  id: 'job-cut-short',
  remedy: 'Raise limits, or ask an approver to lower them.',
  raises: 'Destructive',
  matches: [{ operations: ['UPDATE'], group: 'batch', resource: '*' }],
  find: (request, { policy }) => {
    const [before, after] = [specOf(request, request.oldObject), specOf(request, request.object)]
    const cut = [
      ...LIMITS.flatMap(([key, otherwise]) => lowered(key, otherwise, before, after)),
      ...fewer(before, after, policy),
    ]
    return cut.length === 0 ? null : found(`cuts ${named(request)} short: ${listed(cut)}`)
  },
}

const specOf = (request: Request, object: Json): Json =>
  (request.resource === 'cronjobs' ? given(object, 'spec', 'jobTemplate', 'spec') : given(object, 'spec')) ?? null

function lowered(key: string, otherwise: number | null, before: Json, after: Json): readonly string[] {
  const from = given(before, key) ?? otherwise
  const to = given(after, key) ?? otherwise
  if (to === null || (from !== null && !isLowered(from, to))) return []
  return [`${key} ${from === null ? 'none' : textOf(from)} → ${textOf(to)}`]
}

function fewer(before: Json, after: Json, policy: ActionPolicy | null): readonly string[] {
  const [from, to] = [bound(before, 1, 'parallelism'), bound(after, 1, 'parallelism')]
  return isToZero({ from, to }) || isDrastic({ from, to }, policy) ? [`parallelism ${from} → ${to}`] : []
}
