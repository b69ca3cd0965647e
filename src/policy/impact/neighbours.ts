import type { Json } from '../../api/json.ts'
import { text } from '../../api/json.ts'
import type { ListRead } from '../read.ts'
import { listOf } from '../read.ts'
import type { Seen } from './seen.ts'
import { MOST_ITEMS, nameOf, ownersOf, uidOf } from './seen.ts'

/** Kinds of a Namespace that obstat may read and that hang together: what each is called, and where it is read. */
export const KINDS = [
  ['Pod', '', 'v1', 'pods'],
  ['ReplicaSet', 'apps', 'v1', 'replicasets'],
  ['Deployment', 'apps', 'v1', 'deployments'],
  ['StatefulSet', 'apps', 'v1', 'statefulsets'],
  ['DaemonSet', 'apps', 'v1', 'daemonsets'],
  ['Job', 'batch', 'v1', 'jobs'],
  ['CronJob', 'batch', 'v1', 'cronjobs'],
  ['PersistentVolumeClaim', '', 'v1', 'persistentvolumeclaims'],
  ['Service', '', 'v1', 'services'],
  ['Ingress', 'networking.k8s.io', 'v1', 'ingresses'],
  ['HorizontalPodAutoscaler', 'autoscaling', 'v2', 'horizontalpodautoscalers'],
  ['PodDisruptionBudget', 'policy', 'v1', 'poddisruptionbudgets'],
] as const
export type Kind = (typeof KINDS)[number][0]

/** The list of one kind in a Namespace, bounded. */
export function readOf(kind: Kind, namespace: string): ListRead {
  const [, group, version, resource] = KINDS.find(([name]) => name === kind) ?? KINDS[0]
  return { ...listOf(group, version, resource, namespace), most: MOST_ITEMS + 1 }
}

/** Pods on one Node, of every Namespace. */
export const podsOn = (node: string): ListRead => ({
  ...listOf('', 'v1', 'pods', ''),
  fields: `spec.nodeName=${node}`,
  most: MOST_ITEMS + 1,
})

export const neighbourReads = (namespace: string): readonly ListRead[] => KINDS.map(([kind]) => readOf(kind, namespace))

/** Everything of these kinds in the Namespace that is not gone already. null where a kind could not be read. */
export const neighbours = (seen: Seen, kind: Kind, namespace: string): readonly Json[] | null =>
  seen.list(readOf(kind, namespace))?.filter((object) => text(object, 'metadata', 'deletionTimestamp') === '') ?? null

/** One object that goes because what owns it goes. */
export interface Dependent {
  readonly kind: Kind
  readonly object: Json
}

/** What the garbage collector deletes after the owner, and after that. Kinds that could not be read are not in it. */
export function dependentsOf(seen: Seen, owner: string, namespace: string): readonly Dependent[] {
  if (owner === '') return []
  const all = KINDS.flatMap(([kind]) => (neighbours(seen, kind, namespace) ?? []).map((object) => ({ kind, object })))
  const byOwner = new Map<string, Dependent[]>()
  for (const one of all) for (const uid of ownersOf(one.object)) byOwner.set(uid, [...(byOwner.get(uid) ?? []), one])
  const found = new Map<string, Dependent>()
  const open = [owner]
  for (let uid = open.pop(); uid !== undefined; uid = open.pop())
    for (const one of byOwner.get(uid) ?? []) {
      const own = uidOf(one.object)
      if (own === '' || found.has(own)) continue
      found.set(own, one)
      open.push(own)
    }
  return [...found.values()].sort((a, b) => (nameOf(a.object) < nameOf(b.object) ? -1 : 1))
}
