import type { Json, JsonObject } from '../../api/json.ts'
import { entries, field, isArray, isObject } from '../../api/json.ts'
import type { Facts } from '../facts.ts'
import type { Request } from '../request.ts'
import { isRunOfCronJob } from './cron-job-run.ts'
import { rememberLatest, rememberLatestPair } from './remember.ts'
import type { Node } from './walk.ts'
import { isOpaque, nodesOf, pathOf } from './walk.ts'

/** A core/v1 PodSpec somewhere in an object: a Pod's own, a template's, or what looks like one in an unknown kind. */
export interface PodSpec {
  readonly path: string
  readonly spec: JsonObject
  /** Labels and annotations that its pods get, as far as they stand beside it. */
  readonly metadata: Json
}

/** One pod spec as it was (null: there was none) and as it would be. */
export interface PodSpecChange {
  readonly path: string
  readonly from: PodSpec | null
  readonly to: PodSpec
}

const LISTS = ['initContainers', 'containers', 'ephemeralContainers'] as const

/**
 * Every pod spec in the object: whatever holds a list of containers. With `other`, as for nodesOf: without those that
 * both sides share, metadata included.
 */
export const podSpecs = (object: Json, other: Json = null): readonly PodSpec[] => {
  if (!isObject(object)) return []
  return isObject(other) ? podSpecsOfBoth(object, other) : podSpecsOfOne(object)
}

const podSpecsOfOne = rememberLatest((object: JsonObject) => podSpecsIn(object, nodesOf(object)))
const podSpecsOfBoth = rememberLatestPair((object: JsonObject, other: JsonObject) =>
  podSpecsIn(object, nodesOf(object, other)),
)

function podSpecsIn(object: JsonObject, nodes: readonly Node[]): readonly PodSpec[] {
  const found = new Map<string, PodSpec>()
  for (const node of nodes)
    if (isContainerList(node)) {
      const path = node.up === null ? '' : pathOf(node.up)
      if (!found.has(path))
        found.set(path, { path, spec: node.parent as JsonObject, metadata: metadataOf(object, node) })
    }
  return [...found.values()].sort((a, b) => (a.path < b.path ? -1 : 1))
}

const isContainerList = ({ key, value, parent }: Node): boolean =>
  isObject(parent) && LISTS.some((list) => list === key) && isArray(value) && value.some(isObject)

/** A Pod's own metadata stand at the top; a template's beside its `spec`. */
function metadataOf(object: Json, list: Node): Json {
  const holder = list.up?.parent
  return (isObject(holder) ? field(holder, 'metadata') : field(object, 'metadata')) ?? null
}

/**
 * The pod specs that a CREATE or UPDATE changes, each with what it was before; some are the same on both sides, too.
 * None for a Job that is one more run of its CronJob as that stands: its pods are what the CronJob starts by itself.
 */
export function podSpecChanges(request: Request, facts: Facts): readonly PodSpecChange[] {
  if (!isWrite(request) || isOpaque(request) || isRunOfCronJob(request, facts)) return []
  return changesOf(request)
}

const changesOf = rememberLatest(({ oldObject, object }: Request): readonly PodSpecChange[] => {
  const before = new Map(podSpecs(oldObject, object).map((one) => [one.path, one]))
  return podSpecs(object, oldObject).map((to) => ({ path: to.path, from: before.get(to.path) ?? null, to }))
})

/** A CREATE or UPDATE of an object, by any subresource that carries the whole of it. */
const isWrite = (request: Request): boolean => request.operation === 'CREATE' || request.operation === 'UPDATE'

/** Annotations that the pods get. */
export const annotationsOf = (pod: PodSpec): readonly (readonly [string, Json])[] =>
  entries(pod.metadata, 'annotations')
