import type { Json } from '../../api/json.ts'
import { field, list } from '../../api/json.ts'
import { canonical } from '../../signing/canonical.ts'
import { isAlike } from '../objects/equal.ts'
import { titleOf } from '../objects/metadata.ts'
import type { Request } from '../request.ts'
import type { Rule } from '../rule.ts'
import { found } from '../rule.ts'

/**
 * Pods get their pull secrets and whether they get a token from their ServiceAccount: taken away, none of them starts
 * again. Reads `imagePullSecrets`, `secrets` and `automountServiceAccountToken` (core/v1) of both sides; a pull secret
 * more is an ordinary repair. The accounts of agents have a rule of their own.
 */
export const serviceAccountChange: Rule = {
  id: 'service-account-change',
  remedy: 'Set it on the one workload that needs it.',
  raises: 'Destructive',
  matches: [{ operations: ['UPDATE'], group: '', resource: 'serviceaccounts' }],
  find: (request) => {
    const key = changed(request)
    return key === undefined ? null : found(`changes ${key} of ${titleOf(request)}, for every pod that runs as it`)
  },
}

const changed = ({ oldObject, object }: Request): string | undefined => {
  if (loses(oldObject, object, 'imagePullSecrets')) return 'imagePullSecrets'
  return ['secrets', 'automountServiceAccountToken'].find((key) => !isAlike(field(oldObject, key), field(object, key)))
}

function loses(before: Json, after: Json, key: string): boolean {
  const kept = new Set(list(after, key).map(canonical))
  return list(before, key).some((old) => !kept.has(canonical(old)))
}
