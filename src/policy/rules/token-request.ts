import { tokenExcess } from '../objects/token.ts'
import type { Rule } from '../rule.ts'
import { found, quote } from '../rule.ts'

/**
 * A token is a way to act as its ServiceAccount; one that is bound to no pod outlives the investigation, one for
 * another audience works outside the cluster. Dry run hands out a working token all the same. Reads who asks, the
 * ServiceAccount's name and the TokenRequest (authentication.k8s.io/v1), in which the API server has filled in the
 * audience and the hour by then.
 */
export const tokenRequest: Rule = {
  id: 'token-request',
  remedy: 'Ask for a token of your own ServiceAccount, bound to your own pod, for at most an hour.',
  raises: 'Escalation',
  matches: [{ operations: '*', group: '', resource: 'serviceaccounts/token' }],
  find: (request) => {
    const excess = tokenExcess(request)
    return excess === '' ? null : found(`asks for a token of ServiceAccount ${quote(request.name)} ${excess}`)
  },
}
