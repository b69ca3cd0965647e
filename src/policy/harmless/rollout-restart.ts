import { field, isObject, text } from '../../api/json.ts'
import { named } from '../objects/named.ts'
import { onlyChanges } from '../objects/only-changes.ts'
import type { Harmless } from '../rule.ts'
import { found } from '../rule.ts'

/** What `kubectl rollout restart` writes (kubectl pkg/polymorphichelpers/objectrestarter.go). */
const RESTARTED_AT = 'kubectl.kubernetes.io/restartedAt'

/**
 * A rollout restart replaces pods one after another by equal ones, as the workload's own strategy has it. Proved by the
 * whole change: nothing differs but that one annotation of the template.
 */
export const rolloutRestart: Harmless = {
  id: 'rollout-restart',
  lowersTo: 'Routine',
  matches: [{ operations: ['UPDATE'], group: '*', resource: '*' }],
  proves: (request) => {
    const annotations = ['spec', 'template', 'metadata', 'annotations'] as const
    if (text(request.object, ...annotations, RESTARTED_AT) === '') return null
    const isOnly = onlyChanges(request, ({ path, from, to }) => {
      if (path === '/spec/template/metadata/annotations/kubectl.kubernetes.io~1restartedAt') return true
      const hadNone = from === undefined || from === null
      const added = path === '/spec/template/metadata' ? field(to, 'annotations') : to
      const isMap = path === '/spec/template/metadata/annotations' || path === '/spec/template/metadata'
      const isAlone = isObject(to) && (path.endsWith('annotations') || Object.keys(to).length === 1)
      return isMap && hadNone && isAlone && isObject(added) && Object.keys(added).length === 1
    })
    return isOnly ? found(`restarts ${named(request)}`) : null
  },
}
