import { randomUUID } from 'node:crypto'
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import { text } from '../api/json.ts'
import type { Stored } from './reading.ts'
import { BadFolder } from './reading.ts'

const KUBE_SYSTEM = 'namespace-kube-system.yaml'

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
  const found = objects.find(
    ({ object }) => text(object, 'kind') === 'Namespace' && text(object, 'metadata', 'name') === 'kube-system',
  )
  const known = text(found?.object, 'metadata', 'uid')
  if (known !== '') return known
  if (found !== undefined)
    throw new BadFolder(`${found.file}: Namespace kube-system needs metadata.uid, which stands for the cluster`)
  const uid = randomUUID()
  writeObject(directory, KUBE_SYSTEM, { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kube-system', uid } })
  return uid
}
