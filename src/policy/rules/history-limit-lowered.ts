import { listed, named } from '../objects/named.ts'
import { isLowered, textOf } from '../objects/quantity.ts'
import { given } from '../objects/walk.ts'
import type { Rule } from '../rule.ts'
import { found } from '../rule.ts'

/** Limits of what is kept, with their defaults (apps/v1, batch/v1 defaults.go). */
const LIMITS = [
  ['revisionHistoryLimit', 10],
  ['successfulJobsHistoryLimit', 3],
  ['failedJobsHistoryLimit', 1],
] as const

/**
 * With a lower limit the controller deletes old revisions, which a rollback needs, or finished Jobs with their logs,
 * which an investigation needs. Of any kind that has such a limit in its spec.
 * Source: apps/v1 DeploymentSpec, StatefulSetSpec, DaemonSetSpec; batch/v1 CronJobSpec.
 */
export const historyLimitLowered: Rule = {
  id: 'history-limit-lowered',
  remedy: 'Keep or raise the limit.',
  raises: 'Destructive',
  matches: [{ operations: ['UPDATE'], group: '*', resource: '*' }],
  find: (request) => {
    const lowered = LIMITS.flatMap(([key, otherwise]) => {
      const [from, to] = [request.oldObject, request.object].map((side) => given(side, 'spec', key) ?? otherwise)
      return isLowered(from, to) ? [`${key} ${textOf(from)} → ${textOf(to)}`] : []
    })
    return lowered.length === 0 ? null : found(`has history of ${named(request)} deleted: ${listed(lowered)}`)
  },
}
