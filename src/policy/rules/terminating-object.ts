import { agentOf, owns } from '../agents.ts'
import { changes } from '../../signing/diff.ts'
import { isTerminating, titleOf } from '../objects/metadata.ts'
import type { Rule } from '../rule.ts'
import { found } from '../rule.ts'

/** What has rules of its own, or says nothing of how the object goes. */
const HARMLESS =
  /^\/metadata\/(labels|annotations|finalizers|ownerReferences|managedFields|resourceVersion|generation)(\/|$)/

/**
 * An object with a deletionTimestamp waits for controllers that read its spec and status to decide how to clean up:
 * a change now redirects or ends that. Reads both sides; labels and annotations are judged by their own rules, and so
 * are finalizers. Kinds that the agent is the operator of are excepted.
 * A Scale shows no deletionTimestamp, and its parent isn't read for that: no controller of Kubernetes makes or takes
 * pods of a workload that is being deleted (each returns, or only writes status, when it sees the timestamp), and fewer
 * replicas of anything else count by the rules about scaling.
 */
export const terminatingObject: Rule = {
  id: 'terminating-object',
  remedy: 'Wait until the object is gone, then make it anew.',
  raises: 'Destructive',
  matches: [{ operations: ['UPDATE'], group: '*', resource: '*/*' }],
  find: (request, facts) => {
    if (!isTerminating(request.oldObject)) return null
    if (owns(agentOf(facts, request.user), request.group, request.resource) !== undefined) return null
    const change = changes(request.oldObject, request.object).find(({ path }) => !HARMLESS.test(path))
    return change === undefined ? null : found(`changes ${change.path} of ${titleOf(request)}, which is being deleted`)
  },
}
