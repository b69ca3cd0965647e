import { GROUP } from '../../api/names.ts'
import type { Rule } from '../rule.ts'
import { found } from '../rule.ts'
import { described, isApprovalCarrier, isObstatKey, keyChanges } from '../objects/metadata.ts'

/**
 * Labels such as `obstat.dev/protected` say what is guarded and who is an agent, and a key under `obstat.dev/` anywhere
 * else could pass for a marker in a signed act. Reads every key, however deep, of the object and of the stored one:
 * own metadata, templates, and through /status and /finalize too, which keep metadata on most kinds. The approval
 * annotation on the object itself is judged with the approvals.
 */
export const obstatKeys: Rule = {
  id: 'obstat-keys',
  remedy: `Leave every key under ${GROUP} as it is.`,
  raises: 'Tampering',
  matches: [{ operations: ['CREATE', 'UPDATE'], group: '*', resource: '*/*' }],
  find: (request) => {
    const [first, ...rest] = keyChanges(request, isObstatKey).filter((change) => !isApprovalCarrier(request, change))
    if (first === undefined) return null
    return found(`${described(first)} at ${first.path}${rest.length > 0 ? ` and ${rest.length} more` : ''}`)
  },
}
