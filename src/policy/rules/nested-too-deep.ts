import type { Json } from '../../api/json.ts'
import { entries } from '../../api/json.ts'
import { titleOf } from '../objects/metadata.ts'
import { MAX_LEVELS } from '../objects/walk.ts'
import type { Rule } from '../rule.ts'
import { found } from '../rule.ts'

/**
 * The API server takes custom resources that are nested ten thousand deep; no kind needs a hundred. Other rules look no
 * deeper than that (objects/walk.ts), so what lies below is nobody's to wave through.
 */
export const nestedTooDeep: Rule = {
  id: 'nested-too-deep',
  remedy: 'Write the object without needless nesting.',
  raises: 'Destructive',
  matches: [{ operations: ['CREATE', 'UPDATE'], group: '*', resource: '*/*' }],
  find: (request) => (isTooDeep(request.object) ? found(`nests ${titleOf(request)} too deep to be read`) : null),
}

/** Iterative, level by level; metadata has a shape of its own, and who owns which field is written there as deep again. */
function isTooDeep(object: Json): boolean {
  let level: readonly Json[] = entries(object).flatMap(([key, value]) => (key === 'metadata' ? [] : [value]))
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > MAX_LEVELS) return true
    level = level.flatMap((value) => (typeof value === 'object' && value !== null ? Object.values(value) : []))
  }
  return false
}
