import { cronJobReads, isRunOfCronJob } from '../objects/cron-job-run.ts'
import { hostShapes } from '../objects/host-shapes.ts'
import { listed, named } from '../objects/named.ts'
import { isOpaque } from '../objects/walk.ts'
import type { Rule } from '../rule.ts'
import { found, quote } from '../rule.ts'

/**
 * A pod that shares the node's files, processes, network or kernel rights is as good as root on the node, and with that
 * as every other pod there. Finds what is new against the stored object, in every kind that looks as if it made pods.
 * (A PersistentVolume that is a path of the node: host-path-volume.)
 * Source: kubernetes.io, "Pod Security Standards", level baseline (see objects/host-shapes.ts).
 */
export const hostAccess: Rule = {
  id: 'host-access',
  remedy: 'Leave out what reaches the node; a person has to do what needs it.',
  raises: 'Escalation',
  matches: [{ operations: ['CREATE', 'UPDATE'], group: '*', resource: '*/*' }],
  needs: cronJobReads,
  find: (request, facts) => {
    if (isOpaque(request) || request.resource === 'persistentvolumes' || isRunOfCronJob(request, facts)) return null
    const before = hostShapes(request.oldObject, request.object)
    const added = [...hostShapes(request.object, request.oldObject)]
      .filter(([key]) => !before.has(key))
      .map(([, what]) => quote(what))
    return added.length === 0 ? null : found(`gives ${named(request)} ${listed(added)}`)
  },
}
