import { randomUUID } from 'node:crypto'
import { mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAllDocuments, stringify } from 'yaml'
import type { Json, JsonObject } from '../api/json.ts'
import { isObject, text } from '../api/json.ts'
import { API_VERSION, GROUP, KINDS } from '../api/names.ts'
import { parseObject } from '../api/parse.ts'

/** The folder cannot be used. One line that names the file and every problem in it. */
export class BadFolder extends Error {
  override readonly name = 'BadFolder'
  readonly code = 'BadFolder'
}

/** One object, and the file that it came from. */
export interface Stored {
  readonly file: string
  readonly object: JsonObject
}

const KUBE_SYSTEM = 'namespace-kube-system.yaml'

/**
 * Every object in the YAML and JSON files of a folder, not of folders in it. Objects of obstat.dev are held against
 * their schemas; of other kinds only kind and name are asked for. Throws BadFolder, with every problem at once.
 */
export function loadFolder(directory: string): readonly Stored[] {
  const problems: string[] = []
  const found = namesIn(directory).flatMap((file) => loadFile(directory, file, problems))
  const seen = new Map<string, string>()
  for (const { file, object } of found) {
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
  return found
}

const nameOf = (object: Json): string => text(object, 'metadata', 'name')

function namesIn(directory: string): readonly string[] {
  try {
    return readdirSync(directory)
      .filter((file) => /\.(ya?ml|json)$/.test(file))
      .sort()
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unknown fault'
    throw new BadFolder(`--standalone ${directory}: expected a folder that can be read (${code})`, { cause })
  }
}

function loadFile(directory: string, file: string, problems: string[]): readonly Stored[] {
  const documents = [...parseAllDocuments(readFileSync(join(directory, file), 'utf8'), { uniqueKeys: true })]
  return documents.flatMap((document) => {
    const [error] = document.errors
    if (error !== undefined) {
      problems.push(`${file}: line ${error.linePos?.[0].line ?? 1}: ${error.code}`)
      return []
    }
    const value = document.toJS() as Json
    if (value === null) return []
    const object = checked(value, file, problems)
    return object === null ? [] : [{ file, object }]
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

/** Where an object of this kind and name is written. The name becomes a part of a path, so it must be one. */
export function fileOf(kind: string, name: string): string {
  if (!/^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/.test(name))
    throw new BadFolder(`${kind}: expected the name of an object`)
  return `${kind.toLowerCase()}-${name}.yaml`
}

/** Writes a file whole or not at all. */
export function writeObject(directory: string, file: string, object: object): void {
  const draft = join(directory, `.${file}.${randomUUID()}`)
  try {
    writeFileSync(draft, stringify(object, { lineWidth: 0, aliasDuplicateObjects: false }), { flag: 'wx', mode: 0o600 })
    renameSync(draft, join(directory, file))
  } finally {
    rmSync(draft, { force: true })
  }
}

const LOCK_TRIES = 200
const LOCK_PAUSE_MS = 10

/** Runs `work` while no other process writes to the folder. Throws BadFolder when somebody does not let go. */
export async function locked<T>(directory: string, work: () => T): Promise<T> {
  const lock = join(directory, '.lock')
  for (let tries = 0; !tryLock(lock); tries++) {
    if (tries >= LOCK_TRIES) throw new BadFolder(`${directory}: somebody is writing; remove ${lock} when nobody is`)
    await new Promise((resolve) => setTimeout(resolve, LOCK_PAUSE_MS))
  }
  try {
    return work()
  } finally {
    rmSync(lock, { recursive: true, force: true })
  }
}

/** Making a folder is atomic: it is ours, or somebody else's. */
function tryLock(lock: string): boolean {
  try {
    mkdirSync(lock)
    return true
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST') return false
    throw cause
  }
}

/** uid of the kube-system Namespace, which signatures are bound to; a folder without one gets one. */
export function clusterOf(directory: string, objects: readonly Stored[]): string {
  const found = objects.find(({ object }) => text(object, 'kind') === 'Namespace' && nameOf(object) === 'kube-system')
  const known = text(found?.object, 'metadata', 'uid')
  if (known !== '') return known
  if (found !== undefined)
    throw new BadFolder(`${found.file}: Namespace kube-system needs metadata.uid, which stands for the cluster`)
  const uid = randomUUID()
  writeObject(directory, KUBE_SYSTEM, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kube-system', uid } })
  return uid
}
