import { agentOf, owns } from '../agents.ts'
import type { Facts } from '../facts.ts'
import type { Request } from '../request.ts'

/**
 * Is this a delete or a status write of a kind that the agent is the operator of? Then no rule finds more in it than
 * its verb says.
 */
export const isOperatorsWork = (request: Request, facts: Facts): boolean =>
  (request.operation === 'DELETE' || request.subresource === 'status') &&
  owns(agentOf(facts, request.user), request.group, request.resource) !== undefined
