import type { Json } from '../../src/api/json.ts'
import { isArray, isObject } from '../../src/api/json.ts'

/** JSON that is still being written. */
export type Draft = null | boolean | number | string | Draft[] | DraftObject
export interface DraftObject {
  [key: string]: Draft
}

export const isDraftObject = (value: Draft | undefined): value is DraftObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Another one of the same: structuredClone costs ten times as much. */
export function copy(value: Json): Draft {
  if (isArray(value)) return value.map(copy)
  if (!isObject(value)) return value
  const made: DraftObject = {}
  for (const key of Object.keys(value))
    if (key === '__proto__') set(made, key, copy(value[key] ?? null))
    else made[key] = copy(value[key] ?? null)
  return made
}

/** The object at a path, made where it is missing or something else. */
export function at(value: DraftObject, ...path: readonly string[]): DraftObject {
  let here = value
  for (const key of path) {
    const next = Object.hasOwn(here, key) ? here[key] : undefined
    if (isDraftObject(next)) here = next
    else {
      const made: DraftObject = {}
      set(here, key, made)
      here = made
    }
  }
  return here
}

/** The list at a path, made where it is missing or something else. */
export function listAt(value: DraftObject, ...path: readonly string[]): Draft[] {
  const parent = at(value, ...path.slice(0, -1))
  const key = path.at(-1) ?? ''
  const found = Object.hasOwn(parent, key) ? parent[key] : undefined
  if (Array.isArray(found)) return found
  const made: Draft[] = []
  set(parent, key, made)
  return made
}

/** Also for `__proto__`, which an assignment would take for something else. */
export function set(value: DraftObject, key: string, to: Draft): void {
  Object.defineProperty(value, key, { value: to, enumerable: true, configurable: true, writable: true })
}
