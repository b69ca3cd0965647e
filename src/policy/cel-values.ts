import type { Json } from '../api/json.ts'
import { isArray, isObject, text } from '../api/json.ts'
import { Marker } from '../signing/marker.ts'

/** Values as CEL has them: whole numbers are its int, objects are maps without a prototype to stumble over. */
export type CelValue = null | boolean | number | bigint | string | readonly CelValue[] | ReadonlyMap<string, CelValue>

/** Filled in while values are made: how many items the longest list or map has. */
export interface CelSize {
  longest: number
}

interface Open {
  readonly value: Json
  readonly put: (made: CelValue) => void
}

/**
 * A JSON value for CEL. Agents choose its keys: in a plain object the key `constructor` would hide its neighbours from the
 * library. Iterative, so depth costs no stack.
 */
export function celValueOf(root: Json, size: CelSize): CelValue {
  let result: CelValue = null
  const open: Open[] = [{ value: root, put: (made) => (result = made) }]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value, put } = next
    if (isArray(value)) {
      const items: CelValue[] = value.map(() => null)
      value.forEach((item, at) => open.push({ value: item, put: (made) => (items[at] = made) }))
      put(items)
      size.longest = Math.max(size.longest, items.length)
    } else if (isObject(value) && !(value instanceof Marker)) {
      const map = new Map<string, CelValue>()
      for (const [key, item] of Object.entries(value)) open.push({ value: item, put: (made) => map.set(key, made) })
      put(map)
      size.longest = Math.max(size.longest, Object.keys(value).length)
    } else put(scalarOf(value))
  }
  return result
}

/** Whole numbers that JavaScript cannot hold come as markers (signing/json.ts). */
function scalarOf(value: Json): CelValue {
  if (value instanceof Marker) {
    const digits = text(value, 'obstat.dev/number')
    return /^-?\d+$/.test(digits) ? BigInt(digits) : Number(digits)
  }
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value
  return typeof value === 'string' || typeof value === 'boolean' ? value : null
}
