import type { Json, JsonArray, JsonObject } from '../api/json.ts'
import { field, isArray, isObject, text } from '../api/json.ts'
import { canonical, sha256Hex } from './canonical.ts'
import { readJson } from './json.ts'
import { Marker, MARKER_PREFIX } from './marker.ts'

const RESTARTED_AT = 'kubectl.kubernetes.io/restartedAt'

/** RFC 3339; the fraction is short so that it carries no message. */
const TIME =
  /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])T([01]\d|2[0-3]):[0-5]\d:[0-5]\d(\.\d{1,9})?(Z|[+-]([01]\d|2[0-3]):[0-5]\d)$/

/** Stands for a value whose canonical form is `form`: digest and length in bytes. */
export const digestMarker = (form: string): Marker =>
  new Marker({ 'obstat.dev/sha256': sha256Hex(form), 'obstat.dev/bytes': Buffer.byteLength(form) }, form)

/** Stands for a value under a Secret's data: the digest of its canonical form alone. */
export function secretMarker(value: Json): Marker {
  const form = canonical(value)
  return new Marker({ 'obstat.dev/sha256': sha256Hex(form) }, form)
}

/**
 * Stands for `kubectl.kubernetes.io/last-applied-configuration`: the digest of the JSON in it, without annotations
 * under `obstat.dev/` there, so that an approval that travels in the manifest does not change the act. A value that is
 * not JSON stands for itself.
 */
export function lastAppliedMarker(value: Json): Marker {
  const applied = typeof value === 'string' ? readJson(value) : null
  return digestMarker(canonical(applied?.ok === true ? withoutOwnAnnotations(applied.value) : value))
}

function withoutOwnAnnotations(object: Json): Json {
  const metadata = field(object, 'metadata')
  const annotations = field(metadata, 'annotations')
  if (!isObject(object) || !isObject(metadata) || !isObject(annotations)) return object
  const kept = Object.entries(annotations).filter(([key]) => !key.startsWith(MARKER_PREFIX))
  return { ...object, metadata: { ...metadata, annotations: Object.fromEntries(kept) } }
}

/**
 * The value with a marker at every `…/template/metadata/annotations/kubectl.kubernetes.io~1restartedAt` that holds a
 * well-formed time. The markers of two different times differ. Iterative.
 */
export function markGenerated(value: Json): Json {
  return isContainer(value) && hasRestart(value) ? marked(value) : value
}

type Container = JsonArray | JsonObject

const isContainer = (value: Json): value is Container =>
  isArray(value) || (isObject(value) && !(value instanceof Marker))

/** The annotations of an object's template in which a time is to be replaced, or undefined. */
function restartIn(object: Json): JsonObject | undefined {
  const annotations = field(object, 'template', 'metadata', 'annotations')
  const time = field(annotations, RESTARTED_AT)
  return isObject(annotations) && typeof time === 'string' && TIME.test(time) ? annotations : undefined
}

function hasRestart(root: Container): boolean {
  const open: Container[] = [root]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (restartIn(next) !== undefined) return true
    for (const child of Object.values(next)) if (isContainer(child)) open.push(child)
  }
  return false
}

/** A deep copy in which the times are replaced. */
function marked(root: Container): Json {
  const restarts = new Set<Json>()
  const copied = (value: Container): Copy => {
    const copy = (isArray(value) ? [...value] : { ...value }) as Copy
    if (restarts.has(value))
      copy[RESTARTED_AT] = new Marker({ 'obstat.dev/generated': true }, text(value, RESTARTED_AT))
    return copy
  }
  const result = copied(root)
  const open: Copy[] = [result]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const restart = restartIn(next)
    if (restart !== undefined) restarts.add(restart)
    for (const [key, child] of Object.entries(next)) {
      if (!isContainer(child)) continue
      const copy = copied(child)
      next[key] = copy
      open.push(copy)
    }
  }
  return result
}

/** A container of ours, by key or index. Each key it is written at is its own already, `__proto__` too. */
type Copy = Record<string, Json>
