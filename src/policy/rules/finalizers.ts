import { agentOf, owns } from '../agents.ts'
import { isTerminating, titleOf } from '../objects/metadata.ts'
import { finalizerChanges, ownFinalizers } from '../objects/references.ts'
import type { Rule } from '../rule.ts'
import { found, quote } from '../rule.ts'

/**
 * A finalizer holds a delete back until its controller has cleaned up. Without it what it guards is lost, and on an
 * object that is on its way out the last removal is the deletion; a foreign one added holds the object, or everything
 * in its Namespace, for ever, and `orphan` or `foregroundDeletion` change what a later delete takes along. Reads
 * metadata.finalizers of both sides, through every subresource, and of new objects, which then hold their Namespace. Of
 * kinds that the agent is the operator of, the finalizers named there are excepted.
 */
export const finalizers: Rule = {
  id: 'finalizers',
  remedy: 'Let the controller that set the finalizer remove it; find out why it does not.',
  raises: 'Destructive',
  matches: [{ operations: ['CREATE', 'UPDATE'], group: '*', resource: '*/*' }],
  find: (request, facts) => {
    const own = owns(agentOf(facts, request.user), request.group, request.resource)?.finalizers ?? []
    const { added, removed } = finalizerChanges(request)
    const taken = removed.find((finalizer) => !own.includes(finalizer))
    if (taken !== undefined)
      return found(
        `takes the finalizer ${quote(taken)} from ${titleOf(request)}${isTerminating(request.oldObject) ? ', which is being deleted' : ''}`,
      )
    const put = [...added, ...ownFinalizers(request)].find((finalizer) => !own.includes(finalizer))
    return put === undefined ? null : found(`puts the finalizer ${quote(put)} on ${titleOf(request)}`)
  },
}
