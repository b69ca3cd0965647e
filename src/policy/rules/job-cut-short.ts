import type { Json } from '../../api/json.ts'
import { list, text } from '../../api/json.ts'
import type { ActionPolicy } from '../../api/objects.ts'
import { canonical } from '../../signing/canonical.ts'
import { isCustomResource } from '../objects/custom-resource.ts'
import { shown } from '../objects/metadata.ts'
import { listed, named } from '../objects/named.ts'
import { isLowered, textOf } from '../objects/quantity.ts'
import { bound } from '../objects/scale-target.ts'
import { isDrastic, isToZero } from '../objects/replicas.ts'
import { amount } from '../objects/retention.ts'
import { specTurns } from '../objects/turns.ts'
import { given } from '../objects/walk.ts'
import type { Request } from '../request.ts'
import type { Found, Rule } from '../rule.ts'
import { found, quote } from '../rule.ts'

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
 * A Job that is cut short loses the work done so far: by a deadline, by fewer tries, by fewer completions than it has,
 * by no pods at all, by failing or succeeding on other terms. One with a time to live is deleted with its logs. Also in
 * the template of a CronJob, and the deadlines of workflow and training jobs.
 * Source: batch/v1 JobSpec and its defaults (backoffLimit 6, parallelism 1; no deadline, no time to live).
 */
export const jobCutShort: Rule = {
  id: 'job-cut-short',
  remedy: 'Raise limits, or ask an approver to lower them.',
  raises: 'Destructive',
  matches: [{ operations: ['UPDATE'], group: '*', resource: '*' }],
  find: (request, { policy }) => {
    if (request.group !== 'batch') return isCustomResource(request) ? deadlineOf(request) : null
    const [before, after] = [specOf(request, request.oldObject), specOf(request, request.object)]
    const cut = [
      ...LIMITS.flatMap(([key, otherwise]) => lowered(key, otherwise, before, after)),
      ...fewer(before, after, policy),
      ...onOtherTerms(before, after),
    ]
    return cut.length === 0 ? null : found(`cuts ${named(request)} short: ${listed(cut)}`)
  },
}

/** Argo Workflows and Kubeflow, Kueue, Tekton. */
const DEADLINE = /^(activeDeadlineSeconds|maximumExecutionTimeSeconds)$/
const TIMEOUT = /^\/spec\/(timeout|timeouts\/(pipeline|tasks|finally))$/
/** Pods in them are judged by pod-ends-sooner. */
const POD = /\/template\/spec\/activeDeadlineSeconds$/

function deadlineOf(request: Request): Found | null {
  const turn = specTurns(request).find(
    ({ path, key, from, to }) =>
      !POD.test(path) &&
      (DEADLINE.test(key) || (request.group === 'tekton.dev' && TIMEOUT.test(path))) &&
      isSooner(from, to),
  )
  return turn === undefined ? null : found(`cuts ${named(request)} short: ${quote(turn.path)} → ${shown(turn.to)}`)
}

/** No deadline is the longest; 0 is none for Tekton. What can't be read is sooner. */
function isSooner(from: Json | undefined, to: Json | undefined): boolean {
  if (to === undefined) return false
  const [before, after] = [amount(from), amount(to)]
  if (before === null || after === null) return true
  return after < before
}

const onOtherTerms = (before: Json, after: Json): readonly string[] => {
  const had = new Set(list(before, 'podFailurePolicy', 'rules').map(canonical))
  const fails = list(after, 'podFailurePolicy', 'rules').some(
    (rule) => text(rule, 'action') === 'FailJob' && !had.has(canonical(rule)),
  )
  const [was, is] = [before, after].map((job) => canonical(given(job, 'successPolicy') ?? null))
  return [
    ...(fails ? ['fails at once by podFailurePolicy'] : []),
    ...(is === was || is === 'null' ? [] : ['successPolicy']),
  ]
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
