/**
 * A JSON value as the strict parser of `signing/json.ts` makes it. Objects come from outside and may hold keys such as
 * `constructor` or `__proto__`: read them with `field`, never with a bare index.
 */
export type Json = null | boolean | number | string | JsonArray | JsonObject
export type JsonArray = readonly Json[]
export interface JsonObject {
  readonly [key: string]: Json
}

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

export const isArray = (value: Json | undefined): value is JsonArray => Array.isArray(value)

/** The value at a path of own keys, or undefined where a step is missing or is not an object. Null is null. */
export function field(value: Json | undefined, ...path: readonly string[]): Json | undefined {
  let here = value
  for (const key of path) {
    if (!isObject(here)) return undefined
    const next: unknown = here[key]
    // Asking whether each key is an own one would cost more than the rest. What plain objects inherit are functions,
    // which JSON has none of, and `__proto__`.
    if ((typeof next === 'function' || key === '__proto__') && !Object.hasOwn(here, key)) return undefined
    here = next as Json | undefined
  }
  return here
}

/** The string at a path; '' where it is missing or is something else. */
export function text(value: Json | undefined, ...path: readonly string[]): string {
  const found = field(value, ...path)
  return typeof found === 'string' ? found : ''
}

/** The array at a path; [] where it is missing or is something else. */
export function list(value: Json | undefined, ...path: readonly string[]): JsonArray {
  const found = field(value, ...path)
  return isArray(found) ? found : []
}

/** Own entries of the object at a path; [] where it is missing or is something else. */
export function entries(value: Json | undefined, ...path: readonly string[]): readonly (readonly [string, Json])[] {
  const found = field(value, ...path)
  return isObject(found) ? Object.entries(found) : []
}
