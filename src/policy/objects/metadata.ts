import type { Json, JsonObject } from '../../api/json.ts'
import { field, isArray, isObject, text } from '../../api/json.ts'
import { APPROVAL_ANNOTATION, GROUP } from '../../api/names.ts'
import { pointer } from '../../signing/diff.ts'
import { readJson } from '../../signing/json.ts'
import { Marker } from '../../signing/marker.ts'
import type { Request } from '../request.ts'
import { quote } from '../rule.ts'
import { isSame } from './equal.ts'
import { rememberLatest, rememberLatestPair } from './remember.ts'

/** One key of an object that a request adds, changes or removes. A missing side is undefined. */
export interface KeyChange {
  /** RFC 6901. */
  readonly path: string
  readonly key: string
  readonly from: Json | undefined
  readonly to: Json | undefined
}

/** `key`, and the key that holds the map it stands in, such as `labels`; '' at the top and in lists. */
export type KeyTest = (key: string, parent: string) => boolean

interface Step {
  readonly up: Step | null
  readonly key: string
}
interface Hit {
  readonly key: string
  readonly value: Json
}

/**
 * The keys, however deep, that a CREATE or UPDATE adds, changes or removes: own metadata, templates and all that looks
 * like them, through any subresource. Iterative. Other operations change none.
 */
export function keyChanges(request: Request, test: KeyTest): readonly KeyChange[] {
  if (request.operation !== 'CREATE' && request.operation !== 'UPDATE') return []
  const { oldObject, object } = request
  const before = hits(oldObject, object, test)
  const after = hits(object, oldObject, test)
  if (before.size === 0 && after.size === 0) return []
  return [...new Set([...before.keys(), ...after.keys()])].sort().flatMap((path) => {
    const from = before.get(path)
    const to = after.get(path)
    return isSame(from?.value, to?.value)
      ? []
      : [{ path, key: (to ?? from)?.key ?? '', from: from?.value, to: to?.value }]
  })
}

/**
 * Labels and annotations that a CREATE or UPDATE adds, changes or removes, on the object itself and in its templates.
 */
export const labelChanges = (request: Request, test: (key: string) => boolean): readonly KeyChange[] =>
  keyChanges(request, (key, parent) => (parent === 'labels' || parent === 'annotations') && test(key))

/** One key of an object, however deep: its name, that of the key which holds it, and its value. */
interface Entry {
  readonly key: string
  readonly holder: string
  readonly value: Json
  readonly up: Step | null
}

/**
 * Characters in all paths together: thousands of keys, each thousands of levels deep, would take seconds to write down.
 */
const MAX_PATH_CHARS = 2 * 1024 * 1024

function hits(root: Json, other: Json, test: KeyTest): ReadonlyMap<string, Hit> {
  const found = new Map<string, Hit>()
  if (!isObject(root)) return found
  let chars = 0
  for (const { key, holder, value, up } of isObject(other) ? entriesOfBoth(root, other) : entriesOfOne(root)) {
    if (!test(key, holder)) continue
    const path = chars > MAX_PATH_CHARS ? `/…/${pointer(key)}/${found.size}` : pathOf({ up, key })
    chars += path.length
    found.set(path, { key, value })
  }
  return found
}

const entriesOfOne = rememberLatest((root: JsonObject) => entriesOf(root, null))
const entriesOfBoth = rememberLatestPair((root: JsonObject, other: JsonObject) => entriesOf(root, other))

/** A value whose keys are yet to be read; `twin` stands at the same place on the other side. */
interface Open {
  readonly value: Json
  readonly twin: Json | undefined
  readonly step: Step | null
  readonly name: string
}

/**
 * Every key of an object and of all that is in it, but not those whose value the other side shares (admission/sharing).
 */
function entriesOf(root: JsonObject, other: JsonObject | null): readonly Entry[] {
  const found: Entry[] = []
  const open: Open[] = [{ value: root, twin: other ?? undefined, step: null, name: '' }]
  for (let here = open.pop(); here !== undefined; here = open.pop()) {
    const { value, twin, step, name } = here
    if (isArray(value)) {
      const twins = isArray(twin) ? twin : []
      value.forEach((item, index) => {
        if (isWalkable(item) && item !== twins[index])
          open.push({ value: item, twin: twins[index], step: { up: step, key: String(index) }, name: '' })
      })
      continue
    }
    if (!isObject(value) || value instanceof Marker) continue
    for (const key of Object.keys(value)) {
      // What others own: its keys say `f:…`, nothing acts on them, and it is half of a big object.
      if (key === 'managedFields' && step?.up === null && name === 'metadata') continue
      const child = value[key] ?? null
      const beside = field(twin, key)
      if (child === beside) continue
      found.push({ key, holder: name, value: child, up: step })
      if (isWalkable(child)) open.push({ value: child, twin: beside, step: { up: step, key }, name: key })
    }
  }
  return found
}

const isWalkable = (value: Json): boolean => typeof value === 'object' && value !== null && !(value instanceof Marker)

function pathOf(last: Step): string {
  const keys: string[] = []
  for (let step: Step | null = last; step !== null; step = step.up) keys.push(pointer(step.key))
  return `/${keys.reverse().join('/')}`
}

/**
 * Is this a key of `obstat.dev` or a subdomain of it? Prefixes of labels are lower case; those of other keys need not
 * be.
 */
export const isObstatKey = (key: string): boolean => {
  const prefix = key.slice(0, Math.max(0, key.indexOf('/'))).toLowerCase()
  return prefix === GROUP || (prefix.endsWith(`.${GROUP}`) && !prefix.includes(':'))
}

/** Subresources whose body is, or carries, the object's own metadata as its writer may set it. */
const CARRIERS: ReadonlySet<string> = new Set(['', 'scale', 'eviction', 'resize', 'ephemeralcontainers'])

const APPROVAL_PATH = `/metadata/annotations/${pointer(APPROVAL_ANNOTATION)}`

/**
 * Is this the approval annotation in a place where it is a carrier: on the object itself? Not in templates, not through
 * /status, /finalize or bindings. Who may write it there is judged with the approvals, not by a rule.
 */
export const isApprovalCarrier = (request: Request, change: KeyChange): boolean =>
  change.path === APPROVAL_PATH && CARRIERS.has(request.subresource) && request.resource !== 'bindings'

/** A value as messages show it: a long text could be an envelope or a token, so only its length. */
export function shown(value: Json | undefined): string {
  if (value === undefined || value === null) return 'nothing'
  if (typeof value === 'string') return value.length > 80 ? `a text of ${value.length} characters` : quote(value)
  return typeof value === 'object' ? 'a list or an object' : String(value)
}

/** `adds "a" = "1"`, `changes "a" from "1" to "2"`, `removes "a" (was "1")`. */
export function described({ key, from, to }: KeyChange): string {
  if (from === undefined) return `adds ${quote(key)} = ${shown(to)}`
  if (to === undefined) return `removes ${quote(key)} (was ${shown(from)})`
  return `changes ${quote(key)} from ${shown(from)} to ${shown(to)}`
}

/**
 * The JSON in an annotation: null without one, undefined where it can't be read. A parser less strict may still read
 * it.
 */
export function jsonIn(object: Json, annotation: string): Json | undefined {
  const written = text(object, 'metadata', 'annotations', annotation)
  if (written === '') return null
  const read = readJson(written)
  return read.ok ? read.value : undefined
}

/** `Service "web" in "shop"`. */
export function titleOf(request: Request): string {
  const kind = request.kind.kind === '' || request.subresource !== '' ? request.resource : request.kind.kind
  const via = request.subresource === '' ? '' : ` (/${request.subresource})`
  return `${kind} ${quote(request.name)}${via}`
}

/** Is this object on its way out: deleted, but held by finalizers or its grace period? */
export const isTerminating = (object: Json): boolean => text(object, 'metadata', 'deletionTimestamp') !== ''
