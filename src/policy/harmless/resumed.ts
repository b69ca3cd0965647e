import { isEmpty } from '../objects/equal.ts'
import { named } from '../objects/named.ts'
import { onlyChanges } from '../objects/only-changes.ts'
import type { Harmless } from '../rule.ts'
import { found } from '../rule.ts'

/**
 * Unsuspending a Job or CronJob and resuming a rollout let a controller do again what it is there for. Proved by the
 * whole change: nothing differs but the switch, which was on and is off or gone.
 */
export const resumed: Harmless = {
  id: 'resumed',
  lowersTo: 'Routine',
  matches: [{ operations: ['UPDATE'], group: '*', resource: '*' }],
  proves: (request) =>
    onlyChanges(
      request,
      ({ path, from, to }) =>
        (path === '/spec/suspend' || path === '/spec/paused') && from === true && (to === false || isEmpty(to)),
    )
      ? found(`resumes ${named(request)}`)
      : null,
}
