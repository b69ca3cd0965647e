import type { Json, JsonArray, JsonObject } from '../api/json.ts'
import { isArray } from '../api/json.ts'
import { Marker } from '../signing/marker.ts'

/** Deeper down nothing is shared, which only costs time: no real object is nested deeper. */
const MAX_DEPTH = 64
/** Half of a small object, and hardly ever compared. */
const UNREAD = 'managedFields'

/**
 * The value `after`, where every part that is the same in `before`, at the same place and with its keys in the same
 * order, is that very part: whoever compares both sides sees at one glance what cannot differ. An UPDATE changes
 * little.
 */
export function sharing(before: Json, after: Json, depth = 0): Json {
  if (before === after || !isContainer(before) || !isContainer(after) || depth > MAX_DEPTH) return after
  if (before instanceof Marker || after instanceof Marker)
    return before instanceof Marker && after instanceof Marker && Marker.same(before, after) ? before : after
  if (isArray(before)) return isArray(after) ? sharingItems(before, after, depth + 1) : after
  return isArray(after) ? after : sharingFields(before, after, depth + 1)
}

const isContainer = (value: Json): value is JsonArray | JsonObject => typeof value === 'object' && value !== null

function sharingItems(before: JsonArray, after: JsonArray, depth: number): Json {
  let isSame = before.length === after.length
  let copy: Json[] | null = null
  for (let at = 0; at < after.length; at++) {
    const was = before[at]
    const is = after[at] as Json
    const item = was === undefined ? is : sharing(was, is, depth)
    if (item !== was) isSame = false
    if (item !== is) (copy ??= [...after])[at] = item
  }
  return isSame ? before : (copy ?? after)
}

function sharingFields(before: JsonObject, after: JsonObject, depth: number): Json {
  const had = Object.keys(before)
  const keys = Object.keys(after)
  let isSame = had.length === keys.length
  let copy: Record<string, Json> | null = null
  for (let at = 0; at < keys.length; at++) {
    const key = keys[at] as string
    const isInPlace = had[at] === key
    if (!isInPlace) isSame = false
    if (!isInPlace && !Object.hasOwn(before, key)) continue
    const was = before[key] as Json
    const is = after[key] as Json
    const value = key === UNREAD ? is : sharing(was, is, depth)
    if (value !== was) isSame = false
    // An own key of that name is written to, `__proto__` too.
    if (value !== is) (copy ??= { ...after })[key] = value
  }
  return isSame ? before : (copy ?? after)
}
