import type { Json } from '../../api/json.ts'
import { field, list, text } from '../../api/json.ts'
import type { Facts } from '../facts.ts'
import { cronJobReads, isRunOfCronJob } from '../objects/cron-job-run.ts'
import { isAlike } from '../objects/equal.ts'
import { labelChanges, titleOf } from '../objects/metadata.ts'
import type { Request } from '../request.ts'
import type { Found, Rule } from '../rule.ts'
import { found, quote } from '../rule.ts'

/**
 * By which a rollback finds its revision, and what it is rolled back to (kubectl pkg/polymorphichelpers/rollback.go).
 */
const REVISION = /^deployment\.kubernetes\.io\/(revision|revision-history|desired-replicas|max-replicas)$/

/**
 * A controller knows its pods, Jobs and revisions by their ownerReference and believes them: a pod that somebody else
 * made in its name is one too many, and a good one goes; a run that never ends keeps a CronJob from its next; a made-up
 * ReplicaSet or ControllerRevision is what `rollout undo` goes back to. Making one in a controller's name counts,
 * unless it is a run of its CronJob to the letter, and so does another number or content of a stored revision: another
 * template of a ReplicaSet that a Deployment keeps to go back to.
 * Source: pkg/controller/controller_ref_manager.go; apps/v1 ControllerRevision; kubernetes.io, "Rolling Back a
 * Deployment".
 */
export const revisionForged: Rule = {
  id: 'revision-forged',
  remedy: 'Change the workload and let its controller make pods, Jobs and revisions.',
  raises: 'Destructive',
  matches: [
    { operations: ['CREATE'], group: '', resource: 'pods' },
    { operations: ['CREATE'], group: 'batch', resource: 'jobs' },
    { operations: ['CREATE', 'UPDATE'], group: 'apps', resource: 'replicasets' },
    { operations: ['CREATE', 'UPDATE'], group: 'apps', resource: 'controllerrevisions' },
  ],
  needs: cronJobReads,
  find: (request, facts) => (request.operation === 'CREATE' ? made(request, facts) : edited(request)),
}

function made(request: Request, facts: Facts): Found | null {
  const owner = list(request.object, 'metadata', 'ownerReferences').find((one) => field(one, 'controller') === true)
  if (owner === undefined || isRunOfCronJob(request, facts)) return null
  return found(`makes ${titleOf(request)} in the name of ${text(owner, 'kind')} ${quote(text(owner, 'name'))}`)
}

function edited(request: Request): Found | null {
  const isAnother =
    request.resource === 'controllerrevisions' &&
    ['revision', 'data', ['metadata', 'labels']].some(
      (path) => !isAlike(at(request.oldObject, path), at(request.object, path)),
    )
  return isAnother || isTemplateOfRevision(request) || labelChanges(request, (key) => REVISION.test(key)).length > 0
    ? found(`changes the revision that ${titleOf(request)} is`)
    : null
}

const isTemplateOfRevision = ({ resource, oldObject, object }: Request): boolean =>
  resource === 'replicasets' &&
  list(oldObject, 'metadata', 'ownerReferences').some((one) => field(one, 'controller') === true) &&
  !isAlike(field(oldObject, 'spec', 'template'), field(object, 'spec', 'template'))

const at = (object: Json, path: string | readonly string[]): Json | undefined => field(object, ...[path].flat())
