import type { Json, JsonArray, JsonObject } from '../../api/json.ts'
import { field, isArray, isObject, text } from '../../api/json.ts'
import { Marker } from '../../signing/marker.ts'
import type { Request } from '../request.ts'
import { remember } from './remember.ts'

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
export const isOpaque = (request: Request): boolean => OPAQUE.has(`${request.group}/${request.resource}`)

/**
 * Every value below an object that says what shall be: all but its own metadata and status. Items of a list go by their
 * `name`, so that an inserted item moves no other. Writers control every byte; iterative, so depth costs no stack.
 */
export const nodesOf = (object: Json): readonly Node[] => (isObject(object) ? nodesOfObject(object) : [])

const nodesOfObject = remember((object: JsonObject): readonly Node[] => {
  const nodes: Node[] = []
  const stack: Node[] = []
  for (const [key, value] of Object.entries(object))
    if (key !== 'metadata' && key !== 'status') stack.push({ key, value, parent: object, up: null })
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    nodes.push(node)
    for (const child of below(node)) stack.push(child)
  }
  return nodes
})

function below(up: Node): readonly Node[] {
  const { value } = up
  if (value instanceof Marker) return []
  if (isArray(value)) return items(value, up)
  return isObject(value) ? Object.entries(value).map(([key, inner]) => ({ key, value: inner, parent: value, up })) : []
}

function items(list: JsonArray, up: Node): readonly Node[] {
  const taken = new Set<string>()
  return list.map((value, index) => {
    const name = text(value, 'name')
    const key = name === '' || taken.has(name) ? `${name}#${index}` : name
    taken.add(key)
    return { key, value, parent: list, up }
  })
}

/** Where a value stands, such as `spec.template.spec.containers.main.image`. */
export function pathOf(node: Node): string {
  const keys: string[] = []
  for (let here: Node | null = node; here !== null; here = here.up) keys.push(here.key)
  return keys.reverse().join('.')
}

/** The values of one key wherever it stands, by path. */
export function valuesOf(object: Json, test: (key: string) => boolean): ReadonlyMap<string, Json> {
  const found = new Map<string, Json>()
  for (const node of nodesOf(object)) if (test(node.key) && node.value !== null) found.set(pathOf(node), node.value)
  return found
}

/** As `field`, with null being the same as missing, as it is for the API server. */
export const given = (value: Json | undefined, ...path: readonly string[]): Json | undefined =>
  field(value, ...path) ?? undefined
