import { changes } from '../../signing/diff.ts'
import type { Harmless } from '../rule.ts'
import { found } from '../rule.ts'

/** How a recorder counts an Event on (client-go tools/record and tools/events): nothing else of it may change. */
const COUNTING =
  /^\/(count|lastTimestamp|series|deprecatedCount|deprecatedLastTimestamp|metadata\/(managedFields|resourceVersion))(\/|$)/

/**
 * Events say what somebody did; they expire and nothing acts on them. Proved by resource: making one, or counting one
 * on (core/v1 and events.k8s.io/v1). Changing what one says, or deleting it, is changing evidence.
 */
export const event: Harmless = {
  id: 'event',
  lowersTo: 'Observe',
  matches: [
    { operations: ['CREATE', 'UPDATE'], group: '', resource: 'events' },
    { operations: ['CREATE', 'UPDATE'], group: 'events.k8s.io', resource: 'events' },
  ],
  proves: (request) => {
    if (request.operation === 'CREATE') return found('records an Event')
    const isCounting = changes(request.oldObject, request.object).every(({ path }) => COUNTING.test(path))
    return isCounting ? found('counts an Event on') : null
  },
}
