import type { Json } from '../../api/json.ts'
import { entries, isArray } from '../../api/json.ts'
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

/** Metadata has a shape of its own, and who owns which field is written there as deep again. */
const isTooDeep = (object: Json): boolean =>
  entries(object).some(([key, value]) => key !== 'metadata' && isDeeper(value, MAX_LEVELS))

/** Is there a value more than so many levels below? It goes down no further than that, so depth costs no stack. */
function isDeeper(value: Json, levels: number): boolean {
  if (levels === 0) return true
  if (typeof value !== 'object' || value === null) return false
  if (isArray(value)) return value.some((item) => isDeeper(item, levels - 1))
  for (const key in value) if (isDeeper(value[key] ?? null, levels - 1)) return true
  return false
}
