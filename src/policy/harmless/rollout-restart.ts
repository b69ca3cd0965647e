import { text } from '../../api/json.ts'
import { pointer } from '../../signing/diff.ts'
import { isEmpty, isSame } from '../objects/equal.ts'
import { named } from '../objects/named.ts'
import { onlyChanges } from '../objects/only-changes.ts'
import type { Harmless } from '../rule.ts'
import { found } from '../rule.ts'

/** What `kubectl rollout restart` writes (kubectl pkg/polymorphichelpers/objectrestarter.go). */
const RESTARTED_AT = 'kubectl.kubernetes.io/restartedAt'
/** In a template that had annotations before, and in one that had none. Metadata it has in any case: labels. */
const ANNOTATIONS = ['spec', 'template', 'metadata', 'annotations']
const ANNOTATIONS_PATH = `/${ANNOTATIONS.join('/')}`
const RESTARTED_AT_PATH = `${ANNOTATIONS_PATH}/${pointer(RESTARTED_AT)}`

/**
 * A rollout restart replaces pods one after another by equal ones, as the workload's own strategy has it. Proved by the
 * whole change: nothing differs but that one annotation of the template.
 */
export const rolloutRestart: Harmless = {
  id: 'rollout-restart',
  lowersTo: 'Routine',
  matches: [{ operations: ['UPDATE'], group: '*', resource: '*' }],
  proves: (request) => {
    const at = text(request.object, ...ANNOTATIONS, RESTARTED_AT)
    const isOnly = onlyChanges(
      request,
      ({ path, from, to }) =>
        path === RESTARTED_AT_PATH ||
        (path === ANNOTATIONS_PATH && isEmpty(from) && isSame(to, { [RESTARTED_AT]: at })),
    )
    return at !== '' && isOnly ? found(`restarts ${named(request)}`) : null
  },
}
