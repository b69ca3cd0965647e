import type { Json } from '../api/json.ts'
import { isArray, isObject, text } from '../api/json.ts'
import { Marker } from '../signing/marker.ts'

/** Values as CEL has them: whole numbers are its int, objects are maps without a prototype to stumble over. */
export type CelValue = null | boolean | number | bigint | string | readonly CelValue[] | ReadonlyMap<string, CelValue>

/** What values are made of, so that nobody evaluates what would take too long. */
export interface CelSize {
  /** Items of the longest list or map. */
  longest: number
  /** Something is nested deeper than any API object is; it is left out. */
  isTooDeep: boolean
}

/** Deeper than any schema of Kubernetes; the library recurses. */
const MAX_DEPTH = 100
/** Lists that stand directly in lists: the library remembers a type for each such depth. */
const MAX_LISTS = 8

interface Open {
  readonly value: Json
  readonly depth: number
  readonly lists: number
  readonly put: (made: CelValue) => void
}

/**
 * A JSON value for CEL. Agents choose its keys: in a plain object the key `constructor` would hide its neighbours from
 * the library. Iterative, so depth costs no stack.
 */
export function celValueOf(root: Json, size: CelSize): CelValue {
  let result: CelValue = null
  const open: Open[] = [{ value: root, depth: 0, lists: 0, put: (made) => (result = made) }]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value, depth, lists, put } = next
    if (depth > MAX_DEPTH || lists > MAX_LISTS) size.isTooDeep = true
    else if (isArray(value)) {
      const items: CelValue[] = value.map(() => null)
      value.forEach((item, at) => {
        open.push({ value: item, depth: depth + 1, lists: lists + 1, put: (made) => (items[at] = made) })
      })
      size.longest = Math.max(size.longest, items.length)
      put(items)
    } else if (isObject(value) && !(value instanceof Marker)) {
      const map = untypedMap()
      for (const [key, item] of Object.entries(value))
        open.push({ value: item, depth: depth + 1, lists: 0, put: (made) => map.set(key, made) })
      size.longest = Math.max(size.longest, Object.keys(value).length)
      put(map)
    } else put(scalarOf(value))
  }
  return result
}

/**
 * A map whose type is map of anything to anything. From `entries` the library takes the first entry, and from that a
 * type, and it keeps every type that it has ever seen: an agent that sends ever new shapes would fill the memory.
 */
const untypedMap = (): Map<string, CelValue> =>
  Object.defineProperty(new Map<string, CelValue>(), 'entries', { value: () => new Map().entries() })

/** Whole numbers that JavaScript cannot hold come as markers (signing/json.ts). */
function scalarOf(value: Json): CelValue {
  if (value instanceof Marker) {
    const digits = text(value, 'obstat.dev/number')
    return /^-?\d+$/.test(digits) ? BigInt(digits) : Number(digits)
  }
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : value
  return typeof value === 'string' || typeof value === 'boolean' ? value : null
}
