import { hasAgents, isAgentAccount } from '../agents.ts'
import { isSame } from '../objects/equal.ts'
import { titleOf } from '../objects/metadata.ts'
import type { Rule } from '../rule.ts'
import { found } from '../rule.ts'

/**
 * Who an agent is, is its ServiceAccount and the Namespace that this lives in: with another one, nothing that obstat
 * knows of it holds. An agent's ServiceAccount may not be made, changed or deleted by agents (a recreated one has
 * another uid; its pull secrets and annotations are rights), nor its Namespace be changed or deleted (network policies,
 * pod security and obstat choose by its labels). Tokens and `/finalize` have rules of their own. Reads names, what
 * obstat knows about agents, and whether an UPDATE changes anything.
 */
export const agentIdentity: Rule = {
  id: 'agent-identity',
  remedy: "Ask a person: agents' accounts and namespaces are not for agents.",
  raises: 'Tampering',
  matches: [
    { operations: ['CREATE', 'UPDATE', 'DELETE'], group: '', resource: 'serviceaccounts' },
    { operations: ['UPDATE', 'DELETE'], group: '', resource: 'namespaces' },
    { operations: ['UPDATE'], group: '', resource: 'namespaces/status' },
  ],
  find: (request, facts) => {
    if (request.operation === 'UPDATE' && isSame(request.oldObject, request.object)) return null
    if (request.resource === 'serviceaccounts')
      return isAgentAccount(facts, request.namespace, request.name)
        ? found(`writes ${titleOf(request)}, the identity of an agent`)
        : null
    return hasAgents(facts, request.name) ? found(`writes ${titleOf(request)}, in which agents live`) : null
  },
}
