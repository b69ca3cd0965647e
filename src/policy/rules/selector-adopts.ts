import type { Json } from '../../api/json.ts'
import { field, list, text } from '../../api/json.ts'
import type { Facts } from '../facts.ts'
import { isCustomResource } from '../objects/custom-resource.ts'
import { isSame } from '../objects/equal.ts'
import { listed, named } from '../objects/named.ts'
import { isFinished } from '../objects/pod-removal.ts'
import { chooses, labelsOf } from '../objects/selectors.ts'
import { given } from '../objects/walk.ts'
import type { ListRead } from '../read.ts'
import { listOf } from '../read.ts'
import type { Request } from '../request.ts'
import type { Rule } from '../rule.ts'
import { found, quote } from '../rule.ts'

/**
 * Pods of a Deployment carry this beside its selector, so that only pods that a ReplicaSet left behind can be adopted.
 */
const HASH = 'pod-template-hash'

/**
 * A new workload adopts what its selector matches and nobody controls, and then treats it as its own: with zero
 * replicas, or suspended, it deletes it within a second. A selector that moves adopts others' and lets go of its own.
 * What lies in wait is read live.
 * Source: apps/v1 "adoption" in pkg/controller/controller_ref_manager.go; core/v1 ReplicationControllerSpec (a mutable
 * selector).
 */
export const selectorAdopts: Rule = {
  id: 'selector-adopts',
  remedy: 'Use labels that no live pod and no ReplicaSet has.',
  raises: 'Destructive',
  matches: [{ operations: ['CREATE', 'UPDATE'], group: '*', resource: '*' }],
  needs: (request) => (isNewWorkload(request) ? readsOf(request) : []),
  find: (request, facts) => {
    const { operation, oldObject, object } = request
    if (operation === 'UPDATE' && isLetGo(request))
      return found(`changes the labels by which ${named(request)} is found`)
    if (!isWorkload(object)) return null
    if (operation === 'UPDATE')
      return isSame(given(oldObject, 'spec', 'selector'), given(object, 'spec', 'selector'))
        ? null
        : found(`moves the selector of ${named(request)}`)
    const adopted = isNewWorkload(request) ? readsOf(request).flatMap((read) => adoptedFrom(read, request, facts)) : []
    return adopted.length === 0 ? null : found(`${named(request)} would adopt ${listed(adopted)}`)
  },
}

/** Kinds that a controller finds by their labels, and forgets without them: with a ReplicaSet goes its rollback. */
const FOUND_BY_LABELS = new Set(['apps/replicasets', 'apps/controllerrevisions'])

const isLetGo = ({ group, resource, oldObject, object }: Request): boolean =>
  FOUND_BY_LABELS.has(`${group}/${resource}`) &&
  !isOrphan(oldObject) &&
  [...labelsOf(oldObject)].some(([key, value]) => labelsOf(object).get(key) !== value)

/** Both a selector and a template: Deployments, Jobs and their like, of any group. */
const isWorkload = (object: Json): boolean =>
  given(object, 'spec', 'selector') !== undefined && given(object, 'spec', 'template') !== undefined

/** A Job's own selector is made by the API server from its uid, unless it asks for another (batch/v1 JobSpec). */
const isNewWorkload = (request: Request): boolean =>
  request.operation === 'CREATE' &&
  isWorkload(request.object) &&
  (request.resource !== 'jobs' || request.group !== 'batch' || given(request.object, 'spec', 'manualSelector') === true)

function readsOf(request: Request): readonly ListRead[] {
  const pods = listOf('', 'v1', 'pods', request.namespace)
  const isOverReplicaSets = request.resource === 'deployments' || isCustomResource(request)
  return isOverReplicaSets ? [listOf('apps', 'v1', 'replicasets', request.namespace), pods] : [pods]
}

function adoptedFrom(read: ListRead, request: Request, facts: Facts): readonly string[] {
  return facts.live
    .list(read)
    .filter((one) => isOrphan(one) && chooses(request.object, labelsOf(one)))
    .filter((one) => read.resource !== 'pods' || request.resource !== 'deployments' || labelsOf(one).has(HASH))
    .map((one) => `${read.resource === 'pods' ? 'pod' : 'ReplicaSet'} ${quote(text(one, 'metadata', 'name'))}`)
}

const isOrphan = (object: Json): boolean =>
  !isFinished(object) &&
  given(object, 'metadata', 'deletionTimestamp') === undefined &&
  !list(object, 'metadata', 'ownerReferences').some((owner) => field(owner, 'controller') === true)
