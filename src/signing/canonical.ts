import { hash } from 'node:crypto'
import type { Json, JsonArray, JsonObject } from '../api/json.ts'
import { isArray } from '../api/json.ts'

/**
 * A value that JSON cannot hold was to be put into canonical form: a mistake in the caller, since parseJson makes none.
 */
export class NotJson extends Error {
  override readonly name = 'NotJson'
  readonly code = 'NotJson'
}

/** A container that is being printed: its keys in order (null for a list), and how many of its values are out. */
interface Frame {
  readonly container: Json
  readonly keys: readonly string[] | null
  readonly size: number
  next: number
}

/**
 * The form is put together from parts of about this many characters: one rope of millions of links is slow to flatten.
 */
const PART_CHARS = 4096

/**
 * The canonical form of a value (RFC 8785): keys in the order of their UTF-16 code units, numbers as ECMAScript prints
 * them, no space. Iterative: depth costs no stack. Throws NotJson for numbers that are not finite, lone surrogates and
 * whatever else is not Json.
 */
export function canonical(value: Json): string {
  if (!isContainer(value)) return scalar(value)
  const parts: string[] = []
  const parents: Frame[] = []
  let frame: Frame | undefined = frameOf(value)
  let part = opening(frame)
  while (frame !== undefined) {
    const { container, keys, size } = frame
    let inner: Json = null
    // Scalars are printed here and now; the first container among the values comes next.
    while (frame.next < size && !isContainer(inner)) {
      const at: number = frame.next++
      if (at > 0) part += ','
      if (keys !== null) part += `${quoted(keys[at] ?? '')}:`
      const item = keys === null ? (container as readonly Json[])[at] : (container as JsonObject)[keys[at] ?? '']
      if (isContainer(item)) inner = item
      else part += scalar(item)
    }
    if (isContainer(inner)) {
      parents.push(frame)
      frame = frameOf(inner)
      part += opening(frame)
    } else {
      part += keys === null ? ']' : '}'
      frame = parents.pop()
    }
    if (part.length > PART_CHARS) {
      parts.push(part)
      part = ''
    }
  }
  return parts.join('') + part
}

const isContainer = (value: Json | undefined): value is JsonArray | JsonObject =>
  typeof value === 'object' && value !== null

const opening = ({ keys }: Frame): string => (keys === null ? '[' : '{')

function frameOf(container: JsonArray | JsonObject): Frame {
  if (isArray(container)) return { container, keys: null, size: container.length, next: 0 }
  const keys = Object.keys(container).sort()
  return { container, keys, size: keys.length, next: 0 }
}

function scalar(value: Json | undefined): string {
  if (typeof value === 'string') return quoted(value)
  if (typeof value === 'number') return numeral(value)
  if (value === null || typeof value === 'boolean') return String(value)
  throw new NotJson(`expected a JSON value, got ${typeof value}`)
}

/** RFC 8785 section 3.2.2.3: ECMAScript's own form; -0 prints as 0. */
function numeral(value: number): string {
  if (!Number.isFinite(value)) throw new NotJson('expected a finite number')
  return String(value)
}

/** What needs no escape, and no look at surrogates. */
const PLAIN = /^[ !#-[\]-\ud7ff]*$/

/** RFC 8785 section 3.2.2.2 prints strings as ECMAScript's JSON.stringify does. */
function quoted(text: string): string {
  if (text.length < 64 && PLAIN.test(text)) return `"${text}"`
  if (!text.isWellFormed()) throw new NotJson('expected no lone surrogate')
  return JSON.stringify(text)
}

// In one call: a Hash object outlives the collections of young ones, and each request makes several.

/** SHA-256 in lower-case hex; a text counts as its UTF-8 bytes. */
export const sha256Hex = (content: string | Uint8Array): string => hash('sha256', content, 'hex')

/** SHA-256 as bytes. */
export const sha256 = (content: string | Uint8Array): Buffer => hash('sha256', content, 'buffer')
