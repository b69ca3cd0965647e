import type { Json, JsonObject } from '../../api/json.ts'
import { isObject, list, text } from '../../api/json.ts'
import type { PodSpec } from './pod-specs.ts'
import { rememberLatest, rememberLatestPair } from './remember.ts'

export const CONTAINER_LISTS = ['initContainers', 'containers', 'ephemeralContainers'] as const
export type ContainerList = (typeof CONTAINER_LISTS)[number]

export interface Container {
  readonly list: ContainerList
  /** Unique among all three lists of a pod; `list#index` where an unknown kind leaves it out. */
  readonly name: string
  readonly spec: JsonObject
}

/** One container as it was (null: it is new) and as it would be. */
export interface ContainerChange {
  readonly name: string
  readonly from: Container | null
  readonly to: Container
}

/** The containers of all three kinds. */
export const containersOf = (pod: PodSpec | null): readonly Container[] => (pod === null ? [] : containersIn(pod))

const containersIn = rememberLatest(({ spec: pod }: PodSpec): readonly Container[] =>
  CONTAINER_LISTS.flatMap((key) =>
    list(pod, key).flatMap((spec, index) =>
      isObject(spec) ? [{ list: key, name: text(spec, 'name') || `${key}#${index}`, spec }] : [],
    ),
  ),
)

/**
 * The containers that would be other ones, matched by name with those that were, in whichever list they stood. What
 * both sides share (see admission/sharing) is left out; some are the same on both sides nonetheless.
 */
export const containerChanges = (from: PodSpec | null, to: PodSpec): readonly ContainerChange[] => changed(to, from)

const changed = rememberLatestPair((to: PodSpec, from: PodSpec | null): readonly ContainerChange[] => {
  const before = new Map(containersOf(from).map((one) => [one.name, one]))
  return containersOf(to).flatMap((one) => {
    const was = before.get(one.name) ?? null
    return was?.spec === one.spec && was.list === one.list ? [] : [{ name: one.name, from: was, to: one }]
  })
})

/**
 * What may be containers under a new name: every one that is new beside every one that is gone. A new name is no new
 * container to whoever looks at what runs.
 */
export const renamedContainers = (from: PodSpec | null, to: PodSpec): readonly ContainerChange[] => renamed(to, from)

const renamed = rememberLatestPair((to: PodSpec, from: PodSpec | null): readonly ContainerChange[] => {
  const before = containersOf(from)
  const after = containersOf(to)
  const had = new Set(before.map(({ name }) => name))
  const has = new Set(after.map(({ name }) => name))
  const gone = before.filter(({ name }) => !has.has(name))
  return after.flatMap((one) => (had.has(one.name) ? [] : gone.map((was) => ({ name: one.name, from: was, to: one }))))
})

/** The volumes of a pod by name. */
export const volumesOf = (pod: PodSpec | null): readonly Json[] => list(pod?.spec, 'volumes')
