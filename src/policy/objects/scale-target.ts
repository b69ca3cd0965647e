import type { Json } from '../../api/json.ts'
import { isObject, text } from '../../api/json.ts'
import { groupOf, pluralOf } from '../../api/plural.ts'
import type { Facts } from '../facts.ts'
import type { GetRead } from '../read.ts'
import { get } from '../read.ts'
import type { Request } from '../request.ts'
import { isSame } from './equal.ts'
import { count } from './replicas.ts'
import { given } from './walk.ts'

/** Plurals of the workloads that Kubernetes brings; elsewhere the plural is guessed as English has it. */
const PLURALS = new Map([
  ['apps/Deployment', 'deployments'],
  ['apps/StatefulSet', 'statefulsets'],
  ['apps/ReplicaSet', 'replicasets'],
  ['/ReplicationController', 'replicationcontrollers'],
])

/** autoscaling/v2 CrossVersionObjectReference; keda.sh ScaleTarget, where apps/v1 Deployment is the default. */
export function targetRead(request: Request): GetRead | null {
  const ref = given(request.object, 'spec', 'scaleTargetRef')
  const name = text(ref, 'name')
  if (name === '') return null
  const kind = text(ref, 'kind') || 'Deployment'
  const apiVersion = text(ref, 'apiVersion') || (kind === 'ReplicationController' ? 'v1' : 'apps/v1')
  const [group, version] = apiVersion.includes('/') ? apiVersion.split('/') : ['', apiVersion]
  const known = PLURALS.get(`${group ?? ''}/${kind}`)
  // Autoscalers look a target up by group and kind: `apps/v9` works as well, and would be read as nothing here.
  if (known !== undefined) return get(group ?? '', 'v1', known, request.namespace, name)
  return { ...get(group ?? '', version ?? '', pluralOf(kind), request.namespace, name), mayBeHidden: true }
}

/** Group, kind and name of what an autoscaler scales, whatever version it says; '' for nothing. */
export function targetOf(autoscaler: Json): string {
  const ref = given(autoscaler, 'spec', 'scaleTargetRef')
  const kind = text(ref, 'kind') || 'Deployment'
  const group = groupOf(text(ref, 'apiVersion') || (kind === 'ReplicationController' ? 'v1' : 'apps/v1'))
  return text(ref, 'name') === '' ? '' : `${group}/${kind}/${text(ref, 'name')}`
}

/** Is the object new, or aimed at something else than before? Only then is it asked what runs there. */
export const isAimedAnew = (request: Request): boolean =>
  request.operation === 'CREATE' ||
  !isSame(given(request.oldObject, 'spec', 'scaleTargetRef'), given(request.object, 'spec', 'scaleTargetRef'))

/** Replicas of the live target; 0 when it isn't there; null when that can't be told. Needs `targetRead`. */
export function runningReplicas(request: Request, facts: Facts): number | null {
  const read = targetRead(request)
  if (read === null) return null
  const live = facts.live.get(read)
  if (!isObject(live)) return isKnown(read) ? 0 : null
  return count(given(live, 'spec', 'replicas')) ?? 1
}

const isKnown = ({ group, resource }: GetRead): boolean =>
  [...PLURALS].some(([key, plural]) => plural === resource && key.startsWith(`${group}/`))

/** The number of an optional field, where a missing one has a default. */
export const bound = (object: Json, otherwise: number, ...path: readonly string[]): number =>
  count(given(object, ...path)) ?? otherwise
