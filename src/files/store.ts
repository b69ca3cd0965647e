import { randomUUID } from 'node:crypto'
import type { JsonObject } from '../api/json.ts'
import { text } from '../api/json.ts'
import type { Kind } from '../api/names.ts'
import { GROUP, PLURALS } from '../api/names.ts'
import { parseObject } from '../api/parse.ts'
import { groupOf, pluralOf } from '../api/plural.ts'
import type { ApprovalRequest } from '../api/objects.ts'
import { fileOf, locked, writeObject } from './folder.ts'
import type { Stored } from './reading.ts'
import { BadFolder, FolderReader } from './reading.ts'

/** Which objects: a version never matters, a namespace of '' is cluster-scoped or all. */
export interface Place {
  readonly group: string
  readonly resource: string
  readonly namespace: string
}

/** All objects by group and resource, as in `apps/deployments`. */
interface Grouped {
  readonly all: readonly Stored[]
  readonly byResource: ReadonlyMap<string, readonly Stored[]>
}

/** The objects of a folder as they are on the disk now, and writes with the API server's rules for resourceVersion. */
export class Store {
  readonly directory: string
  readonly #reader: FolderReader
  #grouped: Grouped = { all: [], byResource: new Map() }
  #thisTurn: readonly Stored[] | null = null

  constructor(directory: string) {
    this.directory = directory
    this.#reader = new FolderReader(directory)
  }

  /** Throws BadFolder. */
  all(): readonly Stored[] {
    return this.#reader.read()
  }

  /**
   * As `all`, by one look at the disk in each turn of the event loop: a review makes many reads at once. Throws
   * BadFolder.
   */
  thisTurn(): readonly Stored[] {
    if (this.#thisTurn !== null) return this.#thisTurn
    this.#thisTurn = this.all()
    setImmediate(() => {
      this.#thisTurn = null
    })
    return this.#thisTurn
  }

  /** Throws BadFolder. */
  list({ group, resource, namespace }: Place, all = this.all()): readonly JsonObject[] {
    if (all !== this.#grouped.all)
      this.#grouped = { all, byResource: Map.groupBy(all, ({ object }) => resourceOf(object)) }
    const found = this.#grouped.byResource.get(`${group}/${resource}`) ?? []
    return found
      .map(({ object }) => object)
      .filter((object) => namespace === '' || text(object, 'metadata', 'namespace') === namespace)
  }

  /** Throws BadFolder. */
  get(place: Place, name: string, all = this.all()): JsonObject | null {
    return this.list(place, all).find((object) => text(object, 'metadata', 'name') === name) ?? null
  }

  /** One object of ours and its file. Throws BadFolder. */
  find(kind: Kind, name: string): Stored | undefined {
    return this.all().find(
      ({ object }) =>
        text(object, 'kind') === kind &&
        text(object, 'metadata', 'name') === name &&
        resourceOf(object) === `${GROUP}/${PLURALS[kind]}`,
    )
  }

  /** null when there is one of that name. Throws BadFolder for what the API server would refuse. */
  create(request: ApprovalRequest): Promise<ApprovalRequest | null> {
    const { name } = request.metadata
    return locked(this.directory, () => {
      if (this.get(placeOf('ApprovalRequest'), name) !== null) return null
      const metadata = {
        ...request.metadata,
        uid: randomUUID(),
        resourceVersion: '1',
        generation: 1,
        creationTimestamp: now(),
      }
      return this.#write(fileOf('ApprovalRequest', name), { ...request, metadata })
    })
  }

  /** What `change` makes of the stored request, written; null when it is gone or `change` says so. */
  update(name: string, change: (stored: ApprovalRequest) => ApprovalRequest | null): Promise<ApprovalRequest | null> {
    return locked(this.directory, () => {
      const found = this.find('ApprovalRequest', name)
      if (found === undefined) return null
      const stored = found.object as unknown as ApprovalRequest
      const changed = change(stored)
      if (changed === null) return null
      const version = Number(stored.metadata.resourceVersion ?? 0) + 1
      return this.#write(found.file, {
        ...changed,
        metadata: { ...changed.metadata, resourceVersion: String(version) },
      })
    })
  }

  #write(file: string, request: ApprovalRequest): ApprovalRequest {
    const read = parseObject('ApprovalRequest', request)
    if (!read.ok)
      throw new BadFolder(`${file}: ${read.issues.map(({ path, message }) => `${path} ${message}`).join('; ')}`)
    this.#thisTurn = null
    writeObject(this.directory, file, read.value)
    return read.value
  }
}

const now = (): string => `${new Date().toISOString().slice(0, 19)}Z`

export const placeOf = (kind: Kind): Place => ({ group: GROUP, resource: PLURALS[kind], namespace: '' })

const resourceOf = (object: JsonObject): string =>
  `${groupOf(text(object, 'apiVersion'))}/${pluralOf(text(object, 'kind'))}`
