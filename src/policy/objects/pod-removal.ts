import type { Json } from '../../api/json.ts'
import { field, isObject, list, text } from '../../api/json.ts'
import type { Facts, FactsSoFar } from '../facts.ts'
import type { GetRead, ListRead, Read } from '../read.ts'
import { get, listOf } from '../read.ts'
import type { Request } from '../request.ts'
import type { Claim } from '../rule.ts'
import { bound } from './scale-target.ts'
import { compare, quantity } from './quantity.ts'
import { given } from './walk.ts'

/** Controllers that put another pod in place of one that is gone, by apiVersion and kind, with their plurals. */
const REPLACERS = new Map([
  ['apps/v1 ReplicaSet', 'replicasets'],
  ['apps/v1 StatefulSet', 'statefulsets'],
  ['apps/v1 DaemonSet', 'daemonsets'],
  ['v1 ReplicationController', 'replicationcontrollers'],
])

/** core/v1: pods of a Namespace that are in the same boat. */
const podsIn = (namespace: string): ListRead => listOf('', 'v1', 'pods', namespace)

const podRead = (request: Request): GetRead => get('', 'v1', 'pods', request.namespace, request.name)

/**
 * The pod that an UPDATE, DELETE or eviction is about, as stored; null when it isn't there. An eviction's is read live.
 */
export const podOf = (request: Request, facts: Facts): Json =>
  request.subresource === 'eviction' ? facts.live.get(podRead(request)) : request.oldObject

const controllerOf = (pod: Json): Json =>
  list(pod, 'metadata', 'ownerReferences').find((owner) => field(owner, 'controller') === true) ?? null

function controllerRead(pod: Json, namespace: string): GetRead | null {
  const owner = controllerOf(pod)
  const apiVersion = text(owner, 'apiVersion')
  const plural = REPLACERS.get(`${apiVersion} ${text(owner, 'kind')}`)
  if (plural === undefined) return null
  return get(apiVersion === 'v1' ? '' : 'apps', 'v1', plural, namespace, text(owner, 'name'))
}

/** The reads that `whyReplaced` wants: the pod as it is by now, its controller, the pods around it. */
export function removalReads(request: Request, facts: FactsSoFar): readonly Read[] {
  const first = request.subresource === 'eviction' ? [podRead(request)] : []
  if (!first.every((read) => facts.live.has(read))) return first
  const pod = podOf(request, facts)
  const controller = isFinished(pod) || isGoing(pod) ? null : controllerRead(pod, request.namespace)
  return controller === null ? first : [podRead(request), controller, podsIn(request.namespace)]
}

/** Has every container of the pod ended for good? */
export const isFinished = (pod: Json): boolean => ['Succeeded', 'Failed'].includes(text(pod, 'status', 'phase'))

/**
 * Why taking this one pod away costs nothing that lasts, or '' when that can't be shown: it has finished, it is going
 * already (the API server asks twice about a delete that ends at once), or a live controller of several replicas puts
 * another in its place and either this one serves nothing or all others do and none is going. A DaemonSet has one pod a
 * node, so its number is not asked. Needs `removalReads`.
 */
export function whyReplaced(request: Request, facts: Facts): string {
  const pod = podOf(request, facts)
  if (!isObject(pod)) return ''
  if (isFinished(pod)) return 'it has finished'
  if (isGoing(pod)) return 'it is going already'
  const replacer = replacerOf(pod, request, facts)
  if (replacer === null) return ''
  if (isGone(pod, request, facts)) return 'it is going already'
  if (!isReady(pod)) return 'it is not ready and is replaced'
  const pods = facts.live.list(podsIn(request.namespace))
  return isRestWhole(pod, replacer, pods) && !isOthersTurn(pod, replacer, pods, facts)
    ? 'it is replaced and every other replica is ready'
    : ''
}

/**
 * The turn that a ready pod takes when it goes: one pod of a workload at a time. null where there is nothing to share.
 */
export function turnOf(request: Request, facts: Facts): Claim | null {
  const pod = podOf(request, facts)
  if (!isObject(pod) || isFinished(pod) || isGoing(pod) || !isReady(pod)) return null
  const replacer = replacerOf(pod, request, facts)
  return replacer === null ? null : { key: replacer.uid, item: text(pod, 'metadata', 'uid') }
}

/** Was another pod of this workload let go a moment ago, and doesn't the API show it yet? */
function isOthersTurn(pod: Json, { uid }: Replacer, pods: readonly Json[], facts: Facts): boolean {
  const holder = facts.claimed.get(uid)
  return pods.some((other) => text(other, 'metadata', 'uid') === holder && !isSamePod(other, pod) && !isGoing(other))
}

/** A controller that will put another pod in its place, by uid, and how many it wants. */
interface Replacer {
  readonly uid: string
  readonly replicas: number
}

function replacerOf(pod: Json, request: Request, facts: Facts): Replacer | null {
  const read = controllerRead(pod, request.namespace)
  if (read === null) return null
  const controller = facts.live.get(read)
  const uid = text(controllerOf(pod), 'uid')
  if (uid === '' || text(controller, 'metadata', 'uid') !== uid || isGoing(controller)) return null
  if (read.resource === 'daemonsets') return { uid, replicas: 1 }
  const replicas = bound(controller, 1, 'spec', 'replicas')
  return replicas < 2 ? null : { uid, replicas }
}

/** Are there as many other pods of this controller as it wants, all of them ready and none going? */
function isRestWhole(pod: Json, { uid, replicas }: Replacer, pods: readonly Json[]): boolean {
  const others = pods.filter(
    (other) => text(controllerOf(other), 'uid') === uid && !isSamePod(other, pod) && !isFinished(other),
  )
  return others.length >= replicas - 1 && others.every((other) => isReady(other) && !isGoing(other))
}

/**
 * The API server asks twice about a delete without grace, the second time with the object as it was before the first:
 * only a live read shows that the pod goes or is gone. (Another pod of its name is deleted with a review of its own.)
 */
function isGone(pod: Json, request: Request, facts: Facts): boolean {
  const now = facts.live.get(podRead(request))
  return !isObject(now) || !isSamePod(now, pod) || isGoing(now)
}

const isSamePod = (a: Json, b: Json): boolean => text(a, 'metadata', 'uid') === text(b, 'metadata', 'uid')
const isGoing = (object: Json): boolean => given(object, 'metadata', 'deletionTimestamp') !== undefined
/** Does the pod serve, by its own word? */
export const isReady = (pod: Json): boolean =>
  list(pod, 'status', 'conditions').some((one) => text(one, 'type') === 'Ready' && text(one, 'status') === 'True')

/** DeleteOptions of a DELETE, or those inside an Eviction. */
export const deleteOptionsOf = (request: Request): Json =>
  (request.subresource === 'eviction' ? given(request.object, 'deleteOptions') : request.options) ?? null

/** Does the delete leave behind what hangs on the object? */
export const isOrphaning = (options: Json): boolean =>
  text(options, 'propagationPolicy') === 'Orphan' || field(options, 'orphanDependents') === true

/**
 * Would this end a pod that runs sooner than it asks for? Grace 0 removes it from the API before the kubelet has
 * stopped it. The API server fills in the pod's own period, or 0 for one that was never scheduled, so values are
 * compared.
 */
export function cutsGrace(pod: Json, options: Json): boolean {
  if (isFinished(pod) || text(pod, 'spec', 'nodeName') === '') return false
  const asked = given(options, 'gracePeriodSeconds')
  const own =
    given(pod, 'metadata', 'deletionGracePeriodSeconds') ?? given(pod, 'spec', 'terminationGracePeriodSeconds') ?? 30
  if (asked === undefined) return false
  const [a, b] = [quantity(asked), quantity(own)]
  return a === null || b === null || compare(a, b) < 0
}
