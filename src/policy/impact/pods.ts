import type { Json } from '../../api/json.ts'
import { field, list, text } from '../../api/json.ts'
import { isFinished, isReady } from '../objects/pod-removal.ts'
import { quote } from '../rule.ts'
import type { Target } from './act.ts'
import { isOf } from './act.ts'
import type { ImpactLine } from './impact.ts'
import type { Dependent } from './neighbours.ts'
import { neighbours, podsOn } from './neighbours.ts'
import type { Seen } from './seen.ts'
import { nameOf } from './seen.ts'
import { counted, named } from './words.ts'

/** Pods that go: `count` of these. null: the pods could not be read. */
export interface PodLoss {
  readonly pods: readonly Json[]
  readonly count: number
}

const isLive = (pod: Json): boolean => !isFinished(pod) && text(pod, 'metadata', 'deletionTimestamp') === ''

/** The pods under the target, whatever becomes of them. null where they could not be read. */
export function podsUnder(target: Target, dependents: readonly Dependent[], seen: Seen): readonly Json[] | null {
  const { request, object, namespace } = target
  if (isOf(request, '', 'nodes')) return seen.list(podsOn(request.name))?.filter(isLive) ?? null
  if (isOf(request, '', 'pods')) return object === null ? null : [object].filter(isLive)
  const pods = neighbours(seen, 'Pod', namespace)
  if (pods === null) return null
  if (isOf(request, '', 'namespaces')) return pods.filter(isLive)
  return dependents.flatMap(({ kind, object: pod }) => (kind === 'Pod' && isLive(pod) ? [pod] : []))
}

/** Which of them go, and how many. */
export function lossOf({ effect }: Target, pods: readonly Json[] | null): PodLoss | null {
  if (pods === null) return null
  switch (effect.kind) {
    case 'delete':
      return { pods, count: effect.isOrphaning ? 0 : pods.length }
    case 'evict':
    case 'empty':
      return { pods, count: pods.length }
    case 'scale':
      return { pods, count: Math.max(0, Math.min(pods.length, pods.length - (effect.to ?? 0))) }
    case 'replace':
    case 'create':
    case 'other':
      return { pods, count: 0 }
  }
}

export function podLines(target: Target, loss: PodLoss | null): readonly ImpactLine[] {
  if (loss === null) return []
  const said = podWords(target, loss)
  return said === null ? [] : [{ about: 'pods', ...said }]
}

type Said = Pick<ImpactLine, 'mark' | 'what'>

/** Groups of the controllers that run pods: there, none is worth a word. */
const RUNNERS = new Set(['apps', 'batch'])

function podWords(target: Target, { pods, count }: PodLoss): Said | null {
  const { effect, request } = target
  if (isOf(request, '', 'pods') && effect.kind !== 'other') return onePod(pods)
  if (isOf(request, '', 'nodes')) return nodeWords(target, pods)
  if (effect.kind === 'delete' && effect.isOrphaning && pods.length > 0)
    return { mark: 'loss', what: `${counted(pods.length, 'pod')} left behind without a controller: ${namesOf(pods)}` }
  if (effect.kind === 'replace' && pods.length > 0)
    return { mark: 'note', what: `${counted(pods.length, 'pod')} replaced by new ones: ${namesOf(pods)}` }
  if (effect.kind !== 'delete' && effect.kind !== 'scale') return null
  if (effect.kind === 'scale' && count === 0) return null
  if (pods.length === 0) return RUNNERS.has(request.group) ? { mark: 'note', what: 'no pod runs under it now' } : null
  return { mark: 'loss', what: `${lostWords(pods, count)}: ${namesOf(pods)}` }
}

function lostWords(pods: readonly Json[], count: number): string {
  const ready = pods.filter(isReady).length
  if (count === pods.length) return `${counted(count, 'pod')} lost, ${ready} ready now`
  return `${count} of ${counted(pods.length, 'pod')} lost, at least ${Math.max(0, count - (pods.length - ready))} ready now`
}

const namesOf = (pods: readonly Json[]): string => named(pods.map(nameOf))

function onePod(pods: readonly Json[]): Said {
  const [pod] = pods
  if (pod === undefined) return { mark: 'note', what: 'it does not run any more' }
  const owner = controllerOf(pod)
  const now = isReady(pod) ? 'ready now' : 'not ready now'
  return owner === ''
    ? { mark: 'loss', what: `1 pod lost, ${now}; no controller puts another in its place` }
    : { mark: 'note', what: `1 pod lost, ${now}; ${owner} puts another in its place, while it lives` }
}

function nodeWords({ effect }: Target, pods: readonly Json[]): Said {
  const bare = pods.filter((pod) => controllerOf(pod) === '')
  const words = `${counted(pods.length, 'pod')} on it, ${bare.length === 0 ? 'all with' : `${bare.length} without`} a controller`
  const isLost = effect.kind === 'delete' || effect.kind === 'empty'
  return { mark: isLost && pods.length > 0 ? 'loss' : 'note', what: `${words}${isLost ? ': they go' : '; they stay'}` }
}

/** `ReplicaSet "web"`, or ''. */
export function controllerOf(object: Json): string {
  const owner = list(object, 'metadata', 'ownerReferences').find((one) => field(one, 'controller') === true)
  return owner === undefined ? '' : `${text(owner, 'kind')} ${quote(text(owner, 'name'))}`
}
