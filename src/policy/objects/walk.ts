import type { Json, JsonArray, JsonObject } from '../../api/json.ts'
import { field, isArray, isObject, text } from '../../api/json.ts'
import { Marker } from '../../signing/marker.ts'
import type { Request } from '../request.ts'
import { rememberLatest, rememberLatestPair } from './remember.ts'

/** One value somewhere in an object. */
export interface Node {
  readonly key: string
  readonly value: Json
  /** What holds it: an object or a list. */
  readonly parent: JsonObject | JsonArray
  readonly up: Node | null
}

/** Their content is data or a schema, whatever its keys are called. */
const OPAQUE = new Set([
  '/configmaps',
  '/secrets',
  '/events',
  'events.k8s.io/events',
  'apiextensions.k8s.io/customresourcedefinitions',
  'apps/controllerrevisions',
  'flowcontrol.apiserver.k8s.io/flowschemas',
])

/** Do the keys of this kind of object mean nothing to a controller that runs pods? */
export const isOpaque = rememberLatest((request: Request) => OPAQUE.has(`${request.group}/${request.resource}`))

/**
 * Every value below an object that says what shall be: all but its own metadata and status. Items of a list go by their
 * `name`, so that an inserted item moves no other. Writers control every byte; iterative, so depth costs no stack, and
 * no deeper than MAX_LEVELS.
 *
 * With `other`, the other side of an UPDATE: without what is below a value that both sides share (see
 * admission/sharing), and so is the same on both. Labels and annotations count for what stands beside them, as a
 * template's do for its pod spec, and those of the object itself for all of it: where they differ, that is there
 * nonetheless.
 */
export const nodesOf = (object: Json, other: Json = null): readonly Node[] => {
  if (!isObject(object)) return []
  return isObject(other) && !isMarkedAnew(object, other) ? nodesOfBoth(object, other) : nodesOfOne(object)
}

/** Do labels or annotations differ, as far as can be told at one glance? */
const isMarkedAnew = (object: Json, other: Json | undefined): boolean =>
  MARKS.some((key) => field(object, 'metadata', key) !== field(other, 'metadata', key))

const MARKS = ['labels', 'annotations']

const nodesOfOne = rememberLatest((object: JsonObject): readonly Node[] => walk(object, null))
const nodesOfBoth = rememberLatestPair((object: JsonObject, other: JsonObject): readonly Node[] => walk(object, other))

/** No kind nests deeper; below it, the path of every value would be as long as the object. See rule nested-too-deep. */
export const MAX_LEVELS = 200

/** How far to go below a value: all the way, one level, or not at all. */
type Depth = 'all' | 'one' | 'none'

interface Step extends Node {
  /** What stands at the same place on the other side. */
  readonly twin: Json | undefined
  readonly depth: Depth
  readonly level: number
}

function walk(object: JsonObject, other: JsonObject | null): readonly Node[] {
  const nodes: Node[] = []
  const stack: Step[] = []
  for (const key of Object.keys(object)) {
    if (key === 'metadata' || key === 'status') continue
    const value = object[key] ?? null
    const twin = field(other, key)
    stack.push({ key, value, parent: object, up: null, twin, depth: depthOf(value, twin, false), level: 1 })
  }
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    nodes.push(node)
    if (node.depth !== 'none' && node.level < MAX_LEVELS) pushBelow(node, stack)
  }
  return nodes
}

const depthOf = (value: Json, twin: Json | undefined, isAnew: boolean): Depth => {
  if (typeof value !== 'object' || value === null || value instanceof Marker) return 'none'
  if (value !== twin) return 'all'
  return isAnew ? 'one' : 'none'
}

function pushBelow(up: Step, stack: Step[]): void {
  const { value, twin } = up
  if (isArray(value)) pushItems(up, value, stack)
  else if (isObject(value)) {
    const isAnew = isMarkedAnew(value, twin)
    for (const key of Object.keys(value)) {
      const child = value[key] ?? null
      const beside = field(twin, key)
      const depth = up.depth === 'one' ? 'none' : depthOf(child, beside, isAnew)
      stack.push({ key, value: child, parent: value, up, twin: beside, depth, level: up.level + 1 })
    }
  }
}

function pushItems(up: Step, list: JsonArray, stack: Step[]): void {
  const keys = keysOfItems(list)
  const twins = isArray(up.twin) && up.twin !== list ? byKey(up.twin) : null
  list.forEach((value, index) => {
    const key = keys[index] ?? ''
    const twin = twins === null ? (up.twin === list ? value : undefined) : twins.get(key)
    const depth = up.depth === 'one' ? 'none' : depthOf(value, twin, false)
    stack.push({ key, value, parent: list, up, twin, depth, level: up.level + 1 })
  })
}

const byKey = (list: JsonArray): ReadonlyMap<string, Json> => {
  const keys = keysOfItems(list)
  return new Map(list.map((value, index) => [keys[index] ?? '', value]))
}

function keysOfItems(list: JsonArray): readonly string[] {
  const taken = new Set<string>()
  return list.map((value, index) => {
    const name = text(value, 'name')
    const key = name === '' || taken.has(name) ? `${name}#${index}` : name
    taken.add(key)
    return key
  })
}

/** Where a value stands, such as `spec.template.spec.containers.main.image`. */
export function pathOf(node: Node): string {
  const keys: string[] = []
  for (let here: Node | null = node; here !== null; here = here.up) keys.push(here.key)
  return keys.reverse().join('.')
}

/** The values of one key wherever it stands, by path; with `other`, as for nodesOf. */
export function valuesOf(object: Json, test: (key: string) => boolean, other: Json = null): ReadonlyMap<string, Json> {
  const found = new Map<string, Json>()
  for (const node of nodesOf(object, other))
    if (test(node.key) && node.value !== null) found.set(pathOf(node), node.value)
  return found
}

/** As `field`, with null being the same as missing, as it is for the API server. */
export const given = (value: Json | undefined, ...path: readonly string[]): Json | undefined =>
  field(value, ...path) ?? undefined
