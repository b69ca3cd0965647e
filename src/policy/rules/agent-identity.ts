import type { Facts } from '../facts.ts'
import { hasAgents, isAgentAccount } from '../agents.ts'
import { isAlike } from '../objects/equal.ts'
import { isTerminating, titleOf } from '../objects/metadata.ts'
import type { Request } from '../request.ts'
import { field } from '../../api/json.ts'
import type { Rule } from '../rule.ts'
import { found } from '../rule.ts'

/**
 * Who an agent is, is its ServiceAccount and the Namespace that this lives in: with another one, nothing that obstat
 * knows of it holds. A ServiceAccount of an agent may not be made, changed or deleted by agents (a recreated one has
 * another uid, and its tokens, pull secrets and cloud roles are rights); its Namespace may not be deleted. Tokens have
 * a rule of their own. Reads names and what obstat knows about agents.
 */
export const agentIdentity: Rule = {
  id: 'agent-identity',
  remedy: "Ask a person: agents' accounts and namespaces are not for agents.",
  raises: 'Tampering',
  matches: [
    { operations: ['CREATE', 'UPDATE', 'DELETE'], group: '', resource: 'serviceaccounts' },
    { operations: ['DELETE'], group: '', resource: 'namespaces' },
  ],
  find: (request, facts) =>
    request.resource === 'namespaces' ? namespaceOf(request, facts) : accountOf(request, facts),
}

const namespaceOf = (request: Request, facts: Facts): ReturnType<Rule['find']> =>
  hasAgents(facts, request.name) ? found(`deletes ${titleOf(request)}, in which agents live`) : null

function accountOf(request: Request, facts: Facts): ReturnType<Rule['find']> {
  if (!isAgentAccount(facts, request.namespace, request.name)) return null
  if (request.operation === 'UPDATE' && !changesIdentity(request)) return null
  return found(`writes ${titleOf(request)}, the identity of an agent`)
}

/** Everything but labels and annotations, and those of an account that is going. Cloud roles in annotations have a rule of their own. */
const changesIdentity = (request: Request): boolean =>
  isTerminating(request.oldObject) ||
  ['secrets', 'imagePullSecrets', 'automountServiceAccountToken'].some(
    (key) => !isAlike(field(request.oldObject, key), field(request.object, key)),
  ) ||
  !isAlike(field(request.oldObject, 'metadata', 'annotations'), field(request.object, 'metadata', 'annotations'))
