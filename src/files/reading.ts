import { readFileSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import type { Json, JsonObject } from '../api/json.ts'
import { isArray, isObject, text } from '../api/json.ts'
import { API_VERSION, GROUP, KINDS } from '../api/names.ts'
import { parseObject } from '../api/parse.ts'

/** The folder cannot be used. One line that names the file and every problem in it. */
export class BadFolder extends Error {
  override readonly name = 'BadFolder'
  readonly code = 'BadFolder'
}

/** One object, frozen, and the file that it came from. */
export interface Stored {
  readonly file: string
  readonly object: JsonObject
}

/**
 * What tells a file or folder from its next version, but for two changes within one tick of the file system's clock.
 */
interface Stamp {
  readonly ino: number
  readonly size: number
  readonly mtimeMs: number
  readonly ctimeMs: number
  /** Looked at so long after its last change that its next change brings another stamp. */
  readonly isSettled: boolean
}

/** The files of a folder, in order of name. */
interface Names extends Stamp {
  readonly paths: readonly (readonly [file: string, path: string])[]
}

/** A file as it was read last. */
interface Known extends Stamp {
  readonly bytes: Buffer
  readonly stored: readonly Stored[]
  readonly problems: readonly string[]
}

/** No file system's clock ticks slower than every two seconds (FAT). */
const TICK_MS = 2000

/**
 * Every object in the YAML and JSON files of a folder as they are on the disk now, not of folders in it. Objects of
 * obstat.dev are held against their schemas; of other kinds only kind and name are asked for. A file is parsed again
 * only when it has changed.
 */
export class FolderReader {
  readonly #directory: string
  #names: Names | undefined
  #files: ReadonlyMap<string, Known> = new Map()
  #all: readonly Stored[] | null = null

  constructor(directory: string) {
    this.#directory = directory
  }

  /** The same array as before when nothing has changed. Throws BadFolder, with every problem at once. */
  read(): readonly Stored[] {
    const files = new Map<string, Known>()
    let isSame = true
    this.#names = namesIn(this.#directory, this.#names)
    for (const [file, path] of this.#names.paths) {
      const before = this.#files.get(file)
      const now = readFile(path, file, before)
      // It has gone since its name was read.
      if (now === null) continue
      if (now.stored !== before?.stored) isSame = false
      files.set(file, now)
    }
    if (files.size !== this.#files.size) isSame = false
    this.#files = files
    if (!isSame || this.#all === null) {
      this.#all = null
      this.#all = together(this.#directory, files)
    }
    return this.#all
  }
}

function together(directory: string, files: ReadonlyMap<string, Known>): readonly Stored[] {
  const problems = [...files.values()].flatMap((known) => known.problems)
  const all = [...files.values()].flatMap(({ stored }) => stored)
  const seen = new Map<string, string>()
  for (const { file, object } of all) {
    const key = [
      text(object, 'apiVersion'),
      text(object, 'kind'),
      text(object, 'metadata', 'namespace'),
      nameOf(object),
    ].join(' ')
    const other = seen.get(key)
    if (other !== undefined) problems.push(`${file}: ${text(object, 'kind')} ${nameOf(object)} is in ${other} too`)
    seen.set(key, file)
  }
  if (problems.length > 0) throw new BadFolder(`--standalone ${directory}: ${problems.join('; ')}`)
  return all
}

const nameOf = (object: Json): string => text(object, 'metadata', 'name')

/** What was known of the folder, when nothing has come or gone. */
function namesIn(directory: string, before: Names | undefined): Names {
  try {
    const stamp = stampOf(directory)
    if (stamp !== null && before !== undefined && isSame(before, stamp)) return before
    const names = readdirSync(directory).filter((file) => /\.(ya?ml|json)$/.test(file))
    return { ...(stamp ?? UNKNOWN), paths: names.sort().map((file) => [file, join(directory, file)]) }
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown fault'
    throw new BadFolder(`--standalone ${directory}: expected a folder that can be read (${code})`, { cause })
  }
}

/** What was known of the file, when that is what it holds; null when there is no such file. */
function readFile(path: string, file: string, before: Known | undefined): Known | null {
  const stamp = stampOf(path)
  if (stamp === null) return null
  if (before !== undefined && isSame(before, stamp)) return before
  const bytes = readFileSync(path)
  if (before?.bytes.equals(bytes) === true) return { ...before, ...stamp }
  const problems: string[] = []
  const stored = parsed(bytes.toString('utf8'), file, problems)
  return { ...stamp, bytes, stored, problems }
}

/** As it is now; null when there is no such file. */
function stampOf(path: string): Stamp | null {
  const readAt = Date.now()
  const stat = statSync(path, { throwIfNoEntry: false })
  if (stat === undefined) return null
  const { ino, size, mtimeMs, ctimeMs } = stat
  return { ino, size, mtimeMs, ctimeMs, isSettled: readAt - Math.max(mtimeMs, ctimeMs) > TICK_MS }
}

const UNKNOWN: Stamp = { ino: 0, size: 0, mtimeMs: 0, ctimeMs: 0, isSettled: false }

const isSame = (before: Stamp, { ino, size, mtimeMs, ctimeMs }: Stamp): boolean =>
  before.isSettled &&
  before.ino === ino &&
  before.size === size &&
  before.mtimeMs === mtimeMs &&
  before.ctimeMs === ctimeMs

function parsed(content: string, file: string, problems: string[]): readonly Stored[] {
  const documents = [...parseAllDocuments(content, { uniqueKeys: true })]
  return documents.flatMap((document) => {
    const [error] = document.errors
    if (error !== undefined) {
      problems.push(`${file}: line ${error.linePos?.[0].line ?? 1}: ${error.code}`)
      return []
    }
    const value = document.toJS() as Json
    if (value === null) return []
    const object = checked(value, file, problems)
    return object === null ? [] : [{ file, object: frozen(object) }]
  })
}

function checked(value: Json, file: string, problems: string[]): JsonObject | null {
  const kind = text(value, 'kind')
  if (!isObject(value) || kind === '' || nameOf(value) === '') {
    problems.push(`${file}: expected an object with kind and metadata.name`)
    return null
  }
  if (text(value, 'apiVersion').split('/')[0] !== GROUP) return value
  const known = KINDS.find((one) => one === kind)
  if (known === undefined) {
    problems.push(`${file}: kind: ${API_VERSION} has no ${JSON.stringify(kind.slice(0, 60))}`)
    return null
  }
  const read = parseObject(known, value)
  if (read.ok) return read.value
  problems.push(...read.issues.map(({ path, message }) => `${file}: ${path.slice(1).replaceAll('/', '.')} ${message}`))
  return null
}

/** Whoever reads it next gets the same one. Aliases may make a value stand in several places, or in itself. */
function frozen<T extends Json>(value: T): T {
  const waiting: Json[] = [value]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if ((!isObject(next) && !isArray(next)) || Object.isFrozen(next)) continue
    Object.freeze(next)
    waiting.push(...Object.values(next))
  }
  return value
}
