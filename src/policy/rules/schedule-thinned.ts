import type { Json } from '../../api/json.ts'
import { text } from '../../api/json.ts'
import { isCustomResource } from '../objects/custom-resource.ts'
import { firings } from '../objects/cron.ts'
import { named } from '../objects/named.ts'
import { quantity, textOf } from '../objects/quantity.ts'
import { specTurns } from '../objects/turns.ts'
import { given } from '../objects/walk.ts'
import type { Request } from '../request.ts'
import type { Rule } from '../rule.ts'
import { found, quote } from '../rule.ts'

/** A CronJob with a shorter starting deadline may never be started: its controller looks every ten seconds. */
const LEAST_DEADLINE_SECONDS = 10

/**
 * What runs on a schedule is often what nobody misses until it is needed: backups, renewals, clean-up. A schedule that
 * never comes (31 February), one that comes less than half as often, a starting deadline that is always missed and
 * replacing a run that is under way stop it in disguise. Custom resources keep schedules anywhere: those are known by
 * their name and by reading as one. Moving it to another hour is an ordinary change.
 * Source: batch/v1 CronJobSpec; kubernetes.io, "CronJob", schedule and deadline.
 */
export const scheduleThinned: Rule = {
  id: 'schedule-thinned',
  remedy: 'Keep a schedule that comes as often as before.',
  raises: 'Destructive',
  matches: [{ operations: ['UPDATE'], group: '*', resource: '*' }],
  find: (request) => {
    const what = thinned(request) || partThinned(request) || neverStarted(request) || replacing(request)
    return what === '' ? null : found(`${what} of ${named(request)}`)
  },
}

const scheduleOf = (object: Json): string => text(object, 'spec', 'schedule')

function thinned(request: Request): string {
  const [from, to] = [scheduleOf(request.oldObject), scheduleOf(request.object)]
  if (from === to || from === '') return ''
  const [before, after] = [firings(from), firings(to)]
  const isRarer = before === null || after === null ? isCronJob(request) : after * 2 < before || after === 0
  if (!isRarer) return ''
  return `moves the schedule ${quote(from)} to ${quote(to)}, which ${after === 0 ? 'never comes' : 'comes less than half as often'},`
}

/** Of a database its backups, of a workflow one of its schedules. */
function partThinned(request: Request): string {
  if (!isCustomResource(request)) return ''
  const turn = specTurns(request).find(
    ({ path, from, to }) => path !== '/spec/schedule' && /schedule|cron/i.test(path) && isRarer(from, to),
  )
  return turn === undefined ? '' : `thins the schedule ${quote(turn.path)}`
}

function isRarer(from: Json | undefined, to: Json | undefined): boolean {
  const before = typeof from === 'string' ? firings(from) : null
  if (before === null || before === 0) return false
  const after = typeof to === 'string' ? firings(to) : null
  return after === null || after * 2 < before
}

function neverStarted(request: Request): string {
  if (!isCronJob(request)) return ''
  const [from, to] = [request.oldObject, request.object].map((side) => given(side, 'spec', 'startingDeadlineSeconds'))
  const seconds = quantity(to)
  const isTooShort = seconds !== null && seconds.numerator < BigInt(LEAST_DEADLINE_SECONDS) * seconds.denominator
  return isTooShort && textOf(from) !== textOf(to)
    ? `sets a starting deadline of ${textOf(to)} s, too short to be met,`
    : ''
}

function replacing(request: Request): string {
  const [from, to] = [request.oldObject, request.object].map((side) => text(side, 'spec', 'concurrencyPolicy'))
  return isCronJob(request) && to === 'Replace' && from !== 'Replace' ? 'has runs that are under way replaced' : ''
}

const isCronJob = (request: Request): boolean => request.group === 'batch' && request.resource === 'cronjobs'
