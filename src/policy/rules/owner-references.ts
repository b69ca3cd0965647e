import { agentOf, owns } from '../agents.ts'
import { titleOf } from '../objects/metadata.ts'
import { ownerChanges } from '../objects/references.ts'
import type { Rule } from '../rule.ts'
import { found, quote } from '../rule.ts'

/**
 * The garbage collector deletes what has an owner that does not exist (any more, or with this uid), and what lost its
 * owner is left over: an ownerReference is a delete in another spelling, and a loop-hole to make a later delete of
 * one's own object take a foreign one along. Reads metadata.ownerReferences of both sides, through every subresource:
 * /status of most built-in kinds keeps them. A new object's own references endanger that object alone. Kinds that the
 * agent is the operator of are excepted.
 */
export const ownerReferences: Rule = {
  id: 'owner-references',
  remedy: 'Leave ownerReferences to the controllers; delete the object itself if that is meant.',
  raises: 'Destructive',
  matches: [{ operations: ['UPDATE'], group: '*', resource: '*/*' }],
  find: (request, facts) => {
    const { added, removed } = ownerChanges(request)
    if (added.length === 0 && removed.length === 0) return null
    if (owns(agentOf(facts, request.user), request.group, request.resource) !== undefined) return null
    const [gained] = added
    return gained === undefined
      ? found(`takes the owner ${quote(removed[0] ?? '')} from ${titleOf(request)}`)
      : found(
          `makes ${quote(gained)} the owner of ${titleOf(request)}: it is deleted with it, or when there is no such object`,
        )
  },
}
