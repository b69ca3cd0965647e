import type { Json } from '../../api/json.ts'
import { field, isArray, isObject, text } from '../../api/json.ts'
import { Marker } from '../../signing/marker.ts'
import { changes, pointer } from '../../signing/diff.ts'
import type { Request } from '../request.ts'
import { rememberLatest } from './remember.ts'

/** One scalar (or empty list or object) that an UPDATE set, changed or took away. A missing side is undefined. */
export interface Turn {
  /** RFC 6901. */
  readonly path: string
  /**
   * The last step of the path that is no index. The `value` of a `{name, value}` pair, as Helm and Argo CD write
   * parameters, goes by the last word of its name.
   */
  readonly key: string
  readonly from: Json | undefined
  readonly to: Json | undefined
}

interface Part {
  readonly path: string
  readonly key: string
  readonly value: Json
}

/**
 * What an UPDATE turned, one entry a scalar: where a whole branch was added, removed or replaced, every scalar of it.
 * Writers control every byte; iterative, so depth costs no stack.
 */
export const turns = (request: Request): readonly Turn[] => (request.operation === 'UPDATE' ? turnsOf(request) : [])

const turnsOf = rememberLatest((request: Request): readonly Turn[] =>
  changes(request.oldObject, request.object).flatMap(({ path, from, to }) =>
    isLeaf(from) && isLeaf(to)
      ? [{ path, key: keyOf(path, request), from, to }]
      : [
          ...leaves(path, from, request).map(({ value, ...at }) => ({ ...at, from: value, to: undefined })),
          ...leaves(path, to, request).map(({ value, ...at }) => ({ ...at, from: undefined, to: value })),
        ],
  ),
)

const isLeaf = (value: Json | undefined): boolean =>
  value === undefined || !(isObject(value) || isArray(value)) || value instanceof Marker

/** Deeper down a path grows no more: 10,000 levels (encoding/json) with a scalar on each would fill memory. */
const MAX_PATH = 4096

/** Every scalar of a value; empty lists and objects count as one. */
function leaves(path: string, value: Json | undefined, request: Request): readonly Part[] {
  const parts: Part[] = []
  const open: Part[] = value === undefined ? [] : [{ path, key: keyOf(path, request), value }]
  for (let part = open.pop(); part !== undefined; part = open.pop()) {
    const { path: at, key, value: here } = part
    const children = isLeaf(here) ? [] : Object.entries(here as Readonly<Record<string, Json>>)
    if (children.length === 0) parts.push(part)
    const name = text(here, 'name')
    for (const [step, child] of children)
      open.push({
        path: at.length > MAX_PATH ? at : `${at}/${pointer(step)}`,
        key: isArray(here) ? key : step === 'value' && name !== '' ? lastWord(name) : step,
        value: child,
      })
  }
  return parts
}

function keyOf(path: string, request: Request): string {
  const key = lastKey(path)
  if (key !== 'value') return key
  const parent = stepsOf(path).slice(0, -1)
  const name = text(at(request.object, parent), 'name') || text(at(request.oldObject, parent), 'name')
  return name === '' ? key : lastWord(name)
}

/** The last step of a path that is no index. */
function lastKey(path: string): string {
  let end = path.length
  for (let start = path.lastIndexOf('/'); start >= 0; start = start === 0 ? -1 : path.lastIndexOf('/', start - 1)) {
    const step = path.slice(start + 1, end)
    if (!/^\d+$/.test(step)) return step.replaceAll('~1', '/').replaceAll('~0', '~')
    end = start
  }
  return ''
}

const lastWord = (name: string): string => name.slice(name.lastIndexOf('.') + 1)

/** What an UPDATE turned outside metadata and status: what shall be, as the object's controller reads it. */
export const specTurns = (request: Request): readonly Turn[] =>
  turns(request).filter(({ path }) => !/^\/(metadata|status)(\/|$)/.test(path))

/** The steps of an RFC 6901 path. */
export const stepsOf = (path: string): readonly string[] =>
  path
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))

const at = (value: Json, steps: readonly string[]): Json | undefined =>
  steps.reduce<Json | undefined>((here, step) => (isArray(here) ? here[Number(step)] : field(here, step)), value)

/** Keys repeat: a list of ten thousand items has a handful. Long texts are no keys, and not kept. */
const KNOWN_WORDS = new Map<string, readonly string[]>()
const MAX_KNOWN = 10_000
const MAX_KEY = 64

/** The words of a key, lower-case: `volumeClaimDeletePolicy` is volume, claim, delete, policy. */
export function wordsOf(key: string): readonly string[] {
  const known = KNOWN_WORDS.get(key)
  if (known !== undefined) return known
  const words = wordsIn(key)
  if (key.length > MAX_KEY) return words
  if (KNOWN_WORDS.size >= MAX_KNOWN) KNOWN_WORDS.clear()
  KNOWN_WORDS.set(key, words)
  return words
}

const wordsIn = (key: string): readonly string[] =>
  key
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== '')
