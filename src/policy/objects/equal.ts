import type { Json, JsonObject } from '../../api/json.ts'
import { isArray, isObject } from '../../api/json.ts'
import { Marker } from '../../signing/marker.ts'

interface Pair {
  readonly a: Json | undefined
  readonly b: Json | undefined
}

/**
 * Are these the same JSON value? Missing and null are two things; keys in any order; numbers beyond a double by their
 * text. Iterative: an object may be nested thousands deep. Stops at the first difference.
 */
export function isSame(a: Json | undefined, b: Json | undefined): boolean {
  const pairs: Pair[] = [{ a, b }]
  for (let pair = pairs.pop(); pair !== undefined; pair = pairs.pop()) {
    if (pair.a === pair.b) continue
    const inner = within(pair)
    if (inner === null) return false
    for (const next of inner) pairs.push(next)
  }
  return true
}

/** What must be the same for these two to be so, or null when they differ at once. */
function within({ a, b }: Pair): readonly Pair[] | null {
  if (a instanceof Marker || b instanceof Marker)
    return a instanceof Marker && b instanceof Marker && Marker.same(a, b) ? [] : null
  if (isArray(a) && isArray(b))
    return a.length === b.length ? a.map((value, index) => ({ a: value, b: b[index] })) : null
  return isObject(a) && isObject(b) ? byKey(a, b) : null
}

function byKey(a: JsonObject, b: JsonObject): readonly Pair[] | null {
  const keys = Object.keys(a)
  if (keys.length !== Object.keys(b).length) return null
  const pairs: Pair[] = []
  for (const key of keys) {
    const [left, right] = [a[key], b[key]]
    if (!Object.hasOwn(b, key)) return null
    // Most values are equal scalars: they cost nothing further.
    if (left !== right) pairs.push({ a: left, b: right })
  }
  return pairs
}

/** Absent, null, `{}` and `[]`: what the API server stores alike for an optional field (`omitempty`). */
export const isEmpty = (value: Json | undefined): boolean =>
  value === undefined ||
  value === null ||
  (isArray(value)
    ? value.length === 0
    : isObject(value) && !(value instanceof Marker) && Object.keys(value).length === 0)

/** Are these the same, where empty and absent are one? Only at the top: what is inside must be equal. */
export const isAlike = (a: Json | undefined, b: Json | undefined): boolean => (isEmpty(a) && isEmpty(b)) || isSame(a, b)
