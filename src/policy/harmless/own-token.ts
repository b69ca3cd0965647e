import { tokenExcess } from '../objects/token.ts'
import type { Harmless } from '../rule.ts'
import { found } from '../rule.ts'

/**
 * An agent's own token, as its pod has one anyhow. Proved by the TokenRequest: for its own ServiceAccount, bound to a
 * pod that runs as it (its own, where the API server knows it), for this API server alone, for at most an hour.
 */
export const ownToken: Harmless = {
  id: 'own-token',
  lowersTo: 'Observe',
  matches: [{ operations: ['CREATE'], group: '', resource: 'serviceaccounts/token' }],
  proves: (request) => (tokenExcess(request) === '' ? found('asks for its own token, bound to its pod') : null),
}
