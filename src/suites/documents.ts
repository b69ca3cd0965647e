import type { Document, Node } from 'yaml'
import { LineCounter, isMap, isScalar, isSeq, parseAllDocuments } from 'yaml'
import type { Json } from '../api/json.ts'
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
export function documentsOf(file: string, content: string): readonly Doc[] | readonly Mistake[] {
  if (file.endsWith('.json')) return jsonOf(content)
  const lines = new LineCounter()
  const documents = [...parseAllDocuments(content, { uniqueKeys: true, lineCounter: lines })]
  const mistakes = documents.flatMap(({ errors }) =>
    errors.map((error) => ({
      line: error.linePos?.[0].line ?? 1,
      message: (error.message.split('\n', 1)[0] ?? error.code).replace(/ at line \d+.*$/, ''),
    })),
  )
  if (mistakes.length > 0) return mistakes
  return documents.flatMap((document) => {
    const value = document.toJS() as Json
    return value === null ? [] : [{ value, lineOf: (path: string) => lines.linePos(offsetOf(document, path)).line }]
  })
}

export const isMistake = (one: Doc | Mistake): one is Mistake => 'message' in one

function jsonOf(content: string): readonly Doc[] | readonly Mistake[] {
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
