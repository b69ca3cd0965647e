import type { Document, Node } from 'yaml'
import { LineCounter, isMap, isScalar, isSeq, parseAllDocuments } from 'yaml'
import type { Json } from '../api/json.ts'
import { canonical, NotJson } from '../signing/canonical.ts'
import { JsonError, parseJson } from '../signing/json.ts'

/** One document of a file. */
export interface Doc {
  readonly value: Json
  /** Line of what an RFC 6901 path names, or of the nearest thing above it that is there; 1 is the first. */
  readonly lineOf: (path: string) => number
}

export interface Mistake {
  readonly line: number
  readonly message: string
}

/**
 * The documents of a YAML file, or of a JSON file, which is read as exactly as the webhook reads a review; empty ones
 * left out. Or every place where it is not YAML or JSON.
 */
export function documentsOf(file: string, content: string): readonly (Doc | Mistake)[] {
  if (/\.json$/i.test(file)) return jsonOf(content)
  const lines = new LineCounter()
  const documents = [...parseAllDocuments(content, { uniqueKeys: true, lineCounter: lines })]
  const mistakes = documents.flatMap(({ errors }) =>
    errors.map((error) => ({
      line: error.linePos?.[0].line ?? 1,
      message: (error.message.split('\n', 1)[0] ?? error.code).replace(/ at line \d+.*$/, ''),
    })),
  )
  if (mistakes.length > 0) return mistakes
  return documents.flatMap((document): readonly (Doc | Mistake)[] => {
    const lineOf = (path: string): number => lines.linePos(offsetOf(document, path)).line
    const value = jsonIn(document)
    if (value === null) return []
    return value === undefined ? [{ line: lineOf(''), message: NO_JSON }] : [{ value, lineOf }]
  })
}

const NO_JSON = 'expected what JSON can hold: finite numbers, whole characters, few aliases'

/** The value of a document; undefined where the API server could never have sent it. */
function jsonIn(document: Document): Json | undefined {
  try {
    const value = document.toJS() as Json
    canonical(value)
    return value
  } catch (cause) {
    // ReferenceError: an alias of nothing, or so many of them that they would fill the memory.
    if (cause instanceof NotJson || cause instanceof ReferenceError) return undefined
    throw cause
  }
}

export const isMistake = (one: Doc | Mistake): one is Mistake => 'message' in one

function jsonOf(content: string): readonly (Doc | Mistake)[] {
  try {
    return [{ value: parseJson(content), lineOf: () => 1 }]
  } catch (cause) {
    if (!(cause instanceof JsonError)) throw cause
    return [{ line: content.slice(0, cause.position).split('\n').length, message: cause.message }]
  }
}

function offsetOf(document: Document, path: string): number {
  const keys = path
    .split('/')
    .slice(1)
    .map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
  let node: unknown = document.contents
  let offset = startOf(document.contents) ?? 0
  for (const key of keys) {
    const [at, next] = step(node, key)
    if (at === undefined) return offset
    offset = at
    node = next
  }
  return offset
}

/** Where the key of a map or the item of a list begins, and what it holds. */
function step(node: unknown, key: string): readonly [number | undefined, unknown] {
  if (isSeq(node)) {
    const item = node.items[Number(key)]
    return [startOf(item), item]
  }
  if (!isMap(node)) return [undefined, null]
  const pair = node.items.find((one) => isScalar(one.key) && String(one.key.value) === key)
  return [startOf(pair?.key), pair?.value]
}

const startOf = (node: unknown): number | undefined => (node as Node | null | undefined)?.range?.[0]
