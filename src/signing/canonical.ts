import { createHash } from 'node:crypto'
import type { Json, JsonObject } from '../api/json.ts'

/** A value that JSON cannot hold was to be put into canonical form: a mistake in the caller, since parseJson makes none. */
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
 * The canonical form of a value (RFC 8785): keys in the order of their UTF-16 code units, numbers as ECMAScript prints
 * them, no space. Iterative: depth costs no stack. Throws NotJson for numbers that are not finite, lone surrogates and
 * whatever else is not Json.
 */
export function canonical(value: Json): string {
  const frames: Frame[] = []
  let out = begin(value, frames)
  for (;;) {
    const frame = frames.at(-1)
    if (frame === undefined) return out
    if (frame.next === frame.size) {
      out += frame.keys === null ? ']' : '}'
      frames.pop()
      continue
    }
    if (frame.next > 0) out += ','
    const at = frame.next++
    if (frame.keys === null) {
      out += begin((frame.container as readonly Json[])[at], frames)
    } else {
      const key = frame.keys[at] ?? ''
      out += quoted(key) + ':'
      out += begin((frame.container as JsonObject)[key], frames)
    }
  }
}

/** Prints a scalar, or the opening bracket of a container whose frame it pushes. */
function begin(value: Json | undefined, frames: Frame[]): string {
  if (typeof value === 'string') return quoted(value)
  if (typeof value === 'number') return numeral(value)
  if (value === null || typeof value === 'boolean') return String(value)
  if (Array.isArray(value)) {
    frames.push({ container: value, keys: null, size: value.length, next: 0 })
    return '['
  }
  if (typeof value !== 'object') throw new NotJson(`expected a JSON value, got ${typeof value}`)
  const keys = Object.keys(value).sort()
  frames.push({ container: value, keys, size: keys.length, next: 0 })
  return '{'
}

/** RFC 8785 section 3.2.2.3: ECMAScript's own form; -0 prints as 0. */
function numeral(value: number): string {
  if (!Number.isFinite(value)) throw new NotJson('expected a finite number')
  return String(value)
}

/** RFC 8785 section 3.2.2.2 prints strings as ECMAScript's JSON.stringify does. */
function quoted(text: string): string {
  if (!text.isWellFormed()) throw new NotJson('expected no lone surrogate')
  return JSON.stringify(text)
}

/** SHA-256 in lower-case hex; a text counts as its UTF-8 bytes. */
export const sha256Hex = (content: string | Uint8Array): string => createHash('sha256').update(content).digest('hex')

/** SHA-256 as bytes. */
export const sha256 = (content: string | Uint8Array): Buffer => createHash('sha256').update(content).digest()
