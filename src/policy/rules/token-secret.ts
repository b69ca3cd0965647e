import { text } from '../../api/json.ts'
import { labelChanges, titleOf } from '../objects/metadata.ts'
import type { Rule } from '../rule.ts'
import { found } from '../rule.ts'

/** Secret types that are credentials of the cluster (core/v1 SecretType, bootstrap token authenticator). */
const TYPES: ReadonlySet<string> = new Set(['kubernetes.io/service-account-token', 'bootstrap.kubernetes.io/token'])

/** The token controller fills a Secret with a token of the account that these annotations name (core/v1). */
const ACCOUNT_KEYS: ReadonlySet<string> = new Set([
  'kubernetes.io/service-account.name',
  'kubernetes.io/service-account.uid',
])

/**
 * The token controller fills a Secret of type service-account-token with a token that never expires, of whichever
 * account its annotation names: by CREATE, and by an UPDATE that points it elsewhere. A bootstrap token lets its bearer
 * in as a node to be. Reads the type and the two annotations; never shows data.
 */
export const tokenSecret: Rule = {
  id: 'token-secret',
  remedy: 'Use the token that your pod is given.',
  raises: 'Escalation',
  matches: [{ operations: ['CREATE', 'UPDATE'], group: '', resource: 'secrets' }],
  find: (request) => {
    const isToken = TYPES.has(text(request.object, 'type')) || TYPES.has(text(request.oldObject, 'type'))
    const repoints = labelChanges(request, (key) => ACCOUNT_KEYS.has(key)).length > 0
    return isToken || repoints ? found(`writes ${titleOf(request)}, which holds or gets a token`) : null
  },
}
