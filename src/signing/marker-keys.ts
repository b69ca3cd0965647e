import type { Json, JsonArray, JsonObject } from '../api/json.ts'
import { isArray, isObject } from '../api/json.ts'
import { Marker, MARKER_KEYS, MARKER_PREFIX } from './marker.ts'

/** Where an object stands: under `metadata`, as the labels or annotations of one, or anywhere else. */
type Place = 'metadata' | 'map' | 'other'

interface Visit {
  readonly value: JsonArray | JsonObject
  readonly place: Place
}

/**
 * Does any object in a value hold a key under `obstat.dev/` outside the labels and annotations of a `metadata`? It
 * could pass for a marker in an act, so it is Tampering (APPROVALS section 1). In those maps, which may belong to any
 * depth of a custom resource, a key that markers are made of counts too, and so does a value that is no text. Numbers
 * that the parser keeps as text do not count. Iterative.
 */
export function hasMarkerKeys(root: Json): boolean {
  const open: Visit[] = []
  const visit = (value: Json, place: Place): void => {
    if (isArray(value)) open.push({ value, place: 'other' })
    else if (isObject(value) && !(value instanceof Marker)) open.push({ value, place })
  }
  visit(root, 'other')
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value, place } = next
    if (isArray(value)) for (const item of value) visit(item, 'other')
    else if (hasMarkerKey(value, place, visit)) return true
  }
  return false
}

function hasMarkerKey(object: JsonObject, place: Place, visit: (value: Json, place: Place) => void): boolean {
  for (const [key, value] of Object.entries(object)) {
    if (key.startsWith(MARKER_PREFIX) && !isOrdinary(key, value, place)) return true
    visit(value, placeOf(key, place))
  }
  return false
}

const isOrdinary = (key: string, value: Json, place: Place): boolean =>
  place === 'map' && typeof value === 'string' && !MARKER_KEYS.has(key)

function placeOf(key: string, parent: Place): Place {
  if (key === 'metadata') return 'metadata'
  return parent === 'metadata' && (key === 'labels' || key === 'annotations') ? 'map' : 'other'
}
