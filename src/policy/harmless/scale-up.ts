import { named } from '../objects/named.ts'
import { onlyChanges } from '../objects/only-changes.ts'
import { resizes } from '../objects/replicas.ts'
import type { Harmless } from '../rule.ts'
import { found } from '../rule.ts'

/** Three more, however few there were. */
const FEW = 3

/**
 * More replicas, up to twice as many or three more, cost room for a while and are taken back by the same command.
 * Proved by the whole change: nothing differs but `spec.replicas`.
 */
export const scaleUp: Harmless = {
  id: 'scale-up',
  lowersTo: 'Routine',
  matches: [
    { operations: ['UPDATE'], group: '*', resource: '*' },
    { operations: ['UPDATE'], group: '*', resource: '*/scale' },
  ],
  proves: (request) => {
    const [only] = resizes(request)
    if (only?.path !== 'spec.replicas' || only.to === null) return null
    const isUp = only.to > only.from && only.to <= Math.max(only.from * 2, only.from + FEW)
    const isWhole = onlyChanges(
      request,
      ({ path }) => path === '/spec/replicas' || (path === '/spec' && request.subresource === 'scale'),
    )
    return isUp && isWhole ? found(`scales ${named(request)} from ${only.from} to ${only.to}`) : null
  },
}
