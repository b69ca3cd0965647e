import type { Json, JsonObject } from '../api/json.ts'
import { isArray, isObject } from '../api/json.ts'
import { Marker } from './marker.ts'

/** One difference between two versions of an object. A side that is missing is left out; null is a value. */
export type Change = {
  /** RFC 6901. */
  readonly path: string
  readonly from?: Json
  readonly to?: Json
}

/** The two sides differ in so many places that listing them would cost seconds; no person could read it either. */
export class TooManyChanges extends Error {
  override readonly name = 'TooManyChanges'
  readonly code = 'TooManyChanges'
}

/** An object of 1.5 MiB could hold 700,000 numbers; a statement, of 32 KiB, never holds as many entries as 2,000. */
const MAX_CHANGES = 100_000

/** Characters in all paths together: below a nesting of 9,000 each path alone has 18,000. */
const MAX_PATH_CHARS = 16 * 1024 * 1024

interface Pair {
  readonly path: string
  readonly from: Json
  readonly to: Json
}

/**
 * What turns `from` into `to`, sorted by path as UTF-16 code units (APPROVALS section 1). An entry stands at the
 * shallowest path where one side is missing, the types differ or two scalars differ; objects are walked by key, arrays
 * by index. `{}`, `[]`, null and missing are four things; a Marker is one scalar. Iterative: depth costs no stack.
 * Throws TooManyChanges beyond 100,000 entries, or paths of 16 Mi characters together.
 */
export function changes(from: Json | undefined, to: Json | undefined): readonly Change[] {
  const found: Change[] = []
  const pairs: Pair[] = []
  let chars = 0
  const compare = (path: string, before: Json | undefined, after: Json | undefined): void => {
    if (before === after) return
    if (before !== undefined && after !== undefined) {
      if (bothWalkable(before, after)) {
        pairs.push({ path, from: before, to: after })
        return
      }
      if (sameMarker(before, after)) return
    }
    chars += path.length
    if (chars > MAX_PATH_CHARS || found.length === MAX_CHANGES)
      throw new TooManyChanges('the request changes more places than a person could sign')
    found.push({ path, ...(before !== undefined && { from: before }), ...(after !== undefined && { to: after }) })
  }
  compare('', from, to)
  for (let pair = pairs.pop(); pair !== undefined; pair = pairs.pop()) walk(pair, compare)
  return found.sort(byPath)
}

function walk(
  { path, from, to }: Pair,
  compare: (path: string, before: Json | undefined, after: Json | undefined) => void,
): void {
  if (isArray(from) && isArray(to)) {
    for (let index = 0; index < Math.max(from.length, to.length); index++)
      compare(`${path}/${index}`, from[index], to[index])
    return
  }
  const before = from as JsonObject
  const after = to as JsonObject
  for (const key of Object.keys(before)) {
    const was = before[key]
    const is = Object.hasOwn(after, key) ? after[key] : undefined
    // Most are the very same: no path is written for them.
    if (was !== is) compare(`${path}/${pointer(key)}`, was, is)
  }
  for (const key of Object.keys(after))
    if (!Object.hasOwn(before, key)) compare(`${path}/${pointer(key)}`, undefined, after[key])
}

/** One step of an RFC 6901 path. */
export const pointer = (key: string): string =>
  /[~/]/.test(key) ? key.replaceAll('~', '~0').replaceAll('/', '~1') : key

const isWalkable = (value: Json): boolean => isObject(value) && !(value instanceof Marker)

const bothWalkable = (a: Json, b: Json): boolean => (isArray(a) && isArray(b)) || (isWalkable(a) && isWalkable(b))

const sameMarker = (a: Json, b: Json): boolean => a instanceof Marker && b instanceof Marker && Marker.same(a, b)

// Paths of one change list are all different, so no two compare equal.
const byPath = (a: Change, b: Change): number => (a.path < b.path ? -1 : 1)
