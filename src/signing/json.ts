import type { Json } from '../api/json.ts'
import type { Result } from '../api/result.ts'
import { issue, ok } from '../api/result.ts'
import { Marker } from './marker.ts'
import {
  BACKSLASH,
  CLOSE_LIST,
  CLOSE_OBJECT,
  COLON,
  COMMA,
  DOT,
  MINUS,
  NINE,
  OPEN_LIST,
  OPEN_OBJECT,
  PLUS,
  QUOTE,
  ZERO,
} from './characters.ts'

export type JsonErrorCode = 'JsonSyntax' | 'JsonDuplicateKey' | 'JsonLoneSurrogate' | 'JsonTooDeep' | 'JsonNotUtf8'

/** The text is not the one strict JSON value that was asked for. Holds no content of the text. */
export class JsonError extends Error {
  override readonly name = 'JsonError'
  readonly code: JsonErrorCode
  /** Index of the UTF-16 code unit where reading stopped. */
  readonly position: number

  constructor(code: JsonErrorCode, position: number, message: string, cause?: unknown) {
    super(`${message} at ${position}`, { cause })
    this.code = code
    this.position = position
  }
}

/**
 * A number that a double cannot hold: it keeps its source text, and its canonical form is the marker of APPROVALS
 * section 1.
 */
export class ExactNumber extends Marker {
  constructor(text: string) {
    super({ 'obstat.dev/number': text }, text)
  }
}

/**
 * The API server itself reads no deeper than 10,000 (encoding/json); ten times that keeps a hostile body from filling
 * memory.
 */
const MAX_DEPTH = 100_000

interface Cursor {
  readonly text: string
  at: number
}
type Fields = Record<string, Json>

/**
 * The one JSON value (RFC 8259) of a text, losslessly: see ExactNumber; `-0` is 0. Refuses duplicate keys however they
 * are spelt, lone surrogates, text after the value and nesting beyond 100,000. Iterative: depth costs no stack.
 * Keys such as `__proto__` become ordinary own keys. Throws JsonError and nothing else.
 */
export function parseJson(text: string): Json {
  if (!text.isWellFormed()) throw new JsonError('JsonLoneSurrogate', 0, 'lone surrogate in the text')
  const cursor = { text, at: 0 }
  const value = readValue(cursor)
  skipSpace(cursor)
  if (cursor.at !== text.length) throw syntax(cursor, 'expected the end of the text')
  return value
}

/** As parseJson, with the refusal as a value. */
export const readJson = (text: string): Result<Json> => attempt(() => parseJson(text))

/** As parseJson of decodeUtf8, with the refusal as a value. */
export const readJsonBytes = (bytes: Uint8Array): Result<Json> => attempt(() => parseJson(decodeUtf8(bytes)))

function attempt(read: () => Json): Result<Json> {
  try {
    return ok(read())
  } catch (cause) {
    if (cause instanceof JsonError) return issue('', cause.message)
    throw cause
  }
}

/** The text of UTF-8 bytes, a byte order mark included. Throws JsonError (JsonNotUtf8) on anything else. */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch (cause) {
    throw new JsonError('JsonNotUtf8', 0, 'expected UTF-8', cause)
  }
}

const syntax = (cursor: Cursor, message: string): JsonError => new JsonError('JsonSyntax', cursor.at, message)

function readValue(cursor: Cursor): Json {
  const parents: (Json[] | Fields)[] = []
  const parentKeys: string[] = []
  let open: Json[] | Fields | null = null
  let key = ''
  for (;;) {
    let value: Json | undefined = startValue(cursor)
    if (value === undefined) {
      // A container that is not empty: its first value comes next.
      if (parents.length > MAX_DEPTH) throw new JsonError('JsonTooDeep', cursor.at, `nested deeper than ${MAX_DEPTH}`)
      if (open !== null) parents.push(open)
      parentKeys.push(key)
      const isList: boolean = cursor.text.charCodeAt(cursor.at++) === OPEN_LIST
      open = isList ? [] : {}
      if (!isList) key = readKey(cursor)
      continue
    }
    for (;;) {
      if (open === null) return value
      if (attach(cursor, open, key, value)) {
        if (!Array.isArray(open)) key = readKey(cursor)
        break
      }
      value = open
      open = parents.pop() ?? null
      key = parentKeys.pop() ?? ''
    }
  }
}

/**
 * Puts a value into the open container and reads what follows it: true after a comma, false after the closing bracket.
 */
function attach(cursor: Cursor, open: Json[] | Fields, key: string, value: Json): boolean {
  const isList = Array.isArray(open)
  if (isList) open.push(value)
  else setField(cursor, open, key, value)
  skipSpace(cursor)
  const next = cursor.text.charCodeAt(cursor.at)
  if (next !== COMMA && next !== (isList ? CLOSE_LIST : CLOSE_OBJECT))
    throw syntax(cursor, isList ? 'expected , or ]' : 'expected , or }')
  cursor.at++
  return next === COMMA
}

function setField(cursor: Cursor, fields: Fields, key: string, value: Json): void {
  // No JSON value is undefined, so a key that reads as undefined is new; inherited names need the second look.
  if (fields[key] !== undefined) {
    if (Object.hasOwn(fields, key)) throw new JsonError('JsonDuplicateKey', cursor.at, 'duplicate key before the value')
    if (key === '__proto__') {
      Object.defineProperty(fields, key, { value, enumerable: true, configurable: true, writable: true })
      return
    }
  }
  fields[key] = value
}

/** A scalar or an empty container; undefined, with the cursor on its bracket, when a container has something in it. */
function startValue(cursor: Cursor): Json | undefined {
  skipSpace(cursor)
  const { text, at } = cursor
  switch (text.charCodeAt(at)) {
    case QUOTE:
      return readString(cursor)
    case OPEN_OBJECT:
      return closesAtOnce(cursor, CLOSE_OBJECT) ? {} : undefined
    case OPEN_LIST:
      return closesAtOnce(cursor, CLOSE_LIST) ? [] : undefined
    case 0x74:
      return readWord(cursor, 'true', true)
    case 0x66:
      return readWord(cursor, 'false', false)
    case 0x6e:
      return readWord(cursor, 'null', null)
    // A number, or readNumber refuses it.
    default:
      return readNumber(cursor)
  }
}

/** True, and past it, when the bracket under the cursor is closed by the next token; else the cursor stays. */
function closesAtOnce(cursor: Cursor, closing: number): boolean {
  const start = cursor.at++
  skipSpace(cursor)
  const isEmpty = cursor.text.charCodeAt(cursor.at) === closing
  cursor.at = isEmpty ? cursor.at + 1 : start
  return isEmpty
}

function readWord<T extends Json>(cursor: Cursor, word: string, value: T): T {
  if (!cursor.text.startsWith(word, cursor.at)) throw syntax(cursor, 'expected a value')
  cursor.at += word.length
  return value
}

function readKey(cursor: Cursor): string {
  skipSpace(cursor)
  if (cursor.text.charCodeAt(cursor.at) !== QUOTE) throw syntax(cursor, 'expected a key')
  const key = readString(cursor)
  skipSpace(cursor)
  if (cursor.text.charCodeAt(cursor.at) !== COLON) throw syntax(cursor, 'expected :')
  cursor.at++
  return key
}

function skipSpace(cursor: Cursor): void {
  const { text } = cursor
  let at = cursor.at
  let code = text.charCodeAt(at)
  while (code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09) code = text.charCodeAt(++at)
  cursor.at = at
}

/** The string under the cursor, which is on its opening quote. */
function readString(cursor: Cursor): string {
  const { text } = cursor
  const start = cursor.at + 1
  let at = start
  let code = text.charCodeAt(at)
  // Past the end charCodeAt is NaN, which is not at least a space either.
  while (code >= 0x20 && code !== QUOTE && code !== BACKSLASH) code = text.charCodeAt(++at)
  if (code === BACKSLASH) return readEscaped(cursor, at)
  cursor.at = at
  if (code !== QUOTE) throw syntax(cursor, 'expected the end of a string')
  cursor.at++
  return text.slice(start, at)
}

/** A string with at least one escape, the first of them at `at`. */
function readEscaped(cursor: Cursor, at: number): string {
  const { text, at: quote } = cursor
  let code = text.charCodeAt(at)
  while (code >= 0x20 && code !== QUOTE) {
    at += code === BACKSLASH ? 2 : 1
    code = text.charCodeAt(at)
  }
  cursor.at = at
  if (code !== QUOTE) throw syntax(cursor, 'expected the end of a string')
  cursor.at++
  const value = unescape(cursor, text.slice(quote, at + 1))
  if (!value.isWellFormed()) throw new JsonError('JsonLoneSurrogate', quote, 'lone surrogate in a string')
  return value
}

function unescape(cursor: Cursor, literal: string): string {
  try {
    return JSON.parse(literal) as string
  } catch (cause) {
    throw new JsonError('JsonSyntax', cursor.at, 'expected only the escapes of JSON in the string', cause)
  }
}

function readNumber(cursor: Cursor): Json {
  const { text, at: start } = cursor
  let at = start
  if (text.charCodeAt(at) === MINUS) at++
  const firstDigit = at
  let whole = 0
  let code = text.charCodeAt(at)
  while (code >= ZERO && code <= NINE) {
    whole = whole * 10 + (code - ZERO)
    code = text.charCodeAt(++at)
  }
  cursor.at = at
  const digits = at - firstDigit
  if (digits === 0) throw syntax(cursor, 'expected a value')
  if (digits > 1 && text.charCodeAt(firstDigit) === ZERO) throw syntax(cursor, 'expected no leading zero')
  const isWhole = code !== DOT && code !== 0x65 && code !== 0x45
  // Fifteen digits always fit a double exactly: 10^15 < 2^53.
  if (isWhole && digits <= 15) return firstDigit > start && whole !== 0 ? -whole : whole
  skipFraction(cursor)
  return exactly(text.slice(start, cursor.at))
}

function skipFraction(cursor: Cursor): void {
  if (cursor.text.charCodeAt(cursor.at) === DOT) {
    cursor.at++
    skipDigits(cursor)
  }
  const mark = cursor.text.charCodeAt(cursor.at)
  if (mark !== 0x65 && mark !== 0x45) return
  const sign = cursor.text.charCodeAt(++cursor.at)
  if (sign === PLUS || sign === MINUS) cursor.at++
  skipDigits(cursor)
}

function skipDigits(cursor: Cursor): void {
  const start = cursor.at
  let code = cursor.text.charCodeAt(cursor.at)
  while (code >= ZERO && code <= NINE) code = cursor.text.charCodeAt(++cursor.at)
  if (cursor.at === start) throw syntax(cursor, 'expected a digit')
}

function exactly(text: string): Json {
  const value = Number(text)
  if (!Number.isFinite(value)) return new ExactNumber(text)
  // Fifteen significant digits survive any normal double (2.2e-308 is the least), so short spellings need no
  // comparison.
  if (text.length <= 15 && Math.abs(value) > 2.3e-308) return value
  const form = String(value)
  if (form !== text && decimal(form) !== decimal(text)) return new ExactNumber(text)
  return value === 0 ? 0 : value
}

/**
 * The decimal number of a JSON number's text, in one spelling: sign, digits without outer zeros, power of ten. Linear
 * in its length.
 */
function decimal(text: string): string {
  const isNegative = text.startsWith('-')
  const [mantissa = '', exponent = '0'] = text.slice(isNegative ? 1 : 0).split(/[eE]/)
  const [whole = '', fraction = ''] = mantissa.split('.')
  const digits = whole + fraction
  let first = 0
  while (digits.charCodeAt(first) === ZERO) first++
  if (first === digits.length) return '0'
  let last = digits.length
  while (digits.charCodeAt(last - 1) === ZERO) last--
  const power = Number(exponent) - fraction.length + (digits.length - last)
  return `${isNegative ? '-' : ''}${digits.slice(first, last)}e${power}`
}
