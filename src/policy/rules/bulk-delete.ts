import type { Rule } from '../rule.ts'
import { found, quote } from '../rule.ts'

/**
 * One deletecollection deletes whatever its selector matches when it runs, one object after the other; a refusal at the
 * third leaves the first two gone. So nothing about it is harmless, however small each object is.
 */
export const bulkDelete: Rule = {
  id: 'bulk-delete',
  remedy: 'Delete the objects one at a time, by name.',
  raises: 'Destructive',
  matches: [{ operations: ['DELETE'], group: '*', resource: '*/*' }],
  find: (request) =>
    request.isCollectionItem
      ? found(
          `deletes ${quote(request.resource)} in bulk, ${quote(request.name)} among them; earlier ones may be gone already`,
        )
      : null,
}
