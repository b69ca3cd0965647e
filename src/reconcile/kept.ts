import type { Json, JsonObject } from '../api/json.ts'
import { entries, field, isObject, list, text } from '../api/json.ts'
import { canonical } from '../signing/canonical.ts'
import type { Client } from '../cluster/client.ts'
import { isConflict, isNotFound } from '../cluster/errors.ts'
import { collectionPath, objectPath } from '../cluster/paths.ts'
import { RELIST_MS } from '../cluster/state.ts'
import { Follower } from '../cluster/watch.ts'

/** The field manager that the API server makes of our user agent. */
const OWN_MANAGER = 'obstat'

/** A kind of objects that the leader generates and keeps as generated. */
export interface KeptKind {
  readonly kind: string
  readonly resource: string
  /** The one field that is generated; the rest of the object is whatever the API server makes of it. */
  readonly part: 'webhooks' | 'spec'
  /** Limits what is watched, as `?fieldSelector=…`; '' watches all. */
  readonly selector: string
  /** Is an object of this name one of ours, wanted or not. */
  readonly isOurs: (name: string) => boolean
}

/** What an object should be, given the live one (null: there is none), where people have a say in it. */
export type Fit = (object: JsonObject, live: Json) => JsonObject

const asGenerated: Fit = (object) => object

export interface KeptOptions {
  readonly client: Client
  readonly log: (message: string) => void
  /** The live objects changed. */
  readonly changed: () => void
  /** Somebody else had changed or removed an object of this kind, and it was put back. */
  readonly restored: (kind: string) => void
}

/** Between reading and writing, somebody else writes every time. */
const MAX_TRIES = 5

/** What the leader keeps could not be written: said aloud, since agents are held up by it. */
export class Contended extends Error {
  override readonly name = 'Contended'
  readonly code = 'Contended'
  constructor(kind: string, name: string) {
    super(`${kind} ${name}: somebody else writes it each time in between`)
  }
}

/** The live objects of one kind, and the writes that make them what they should be. */
export class KeptObjects {
  readonly #kind: KeptKind
  readonly #options: KeptOptions
  readonly #collection: string
  readonly #follower: Follower<Json>
  /** What was right the last time we looked, by name: a difference from it is somebody else's doing. */
  readonly #right = new Map<string, string>()
  /** What our own write answered, until the watch says more. */
  readonly #written = new Map<string, Json>()
  /** How many changes the watch has told of, by name. */
  readonly #events = new Map<string, number>()

  constructor(kind: KeptKind, options: KeptOptions) {
    this.#kind = kind
    this.#options = options
    this.#collection = collectionPath(placeOf(kind))
    const collection = {
      name: `${kind.kind} objects`,
      path: this.#collection + kind.selector,
      read: (o: Json) => o,
      relistMs: RELIST_MS,
    }
    this.#follower = new Follower(options.client, collection, options.log)
    this.#follower.listen({
      changed: (name) => {
        this.#written.delete(name)
        this.#events.set(name, (this.#events.get(name) ?? 0) + 1)
      },
      settled: options.changed,
    })
  }

  get problem(): string | null {
    return this.#follower.problem
  }

  start(): void {
    this.#follower.start()
  }

  stop(): Promise<void> {
    return this.#follower.stop()
  }

  restart(): void {
    this.#follower.restart()
  }

  /** The object as it is now, as far as we know; null when there is none. */
  live(name: string): Json {
    return this.#written.get(name) ?? this.#follower.get(name) ?? null
  }

  /** Are the live objects what these say. False before they have been read. */
  isAs(desired: readonly JsonObject[], fit = asGenerated): boolean {
    return (
      this.#follower.provedAt !== null &&
      desired.every((object) => {
        const live = this.live(text(object, 'metadata', 'name'))
        return this.#isRight(fit(object, live), live)
      })
    )
  }

  /** Creates, replaces and deletes until the live objects are what these say. Throws when a write fails. */
  async keep(desired: readonly JsonObject[], signal: AbortSignal, fit = asGenerated): Promise<void> {
    if (this.#follower.provedAt === null) return
    for (const object of desired) await this.#keepOne(object, fit, signal)
    const wanted = new Set(desired.map((object) => text(object, 'metadata', 'name')))
    for (const [name] of [...this.#follower.entries()])
      if (this.#kind.isOurs(name) && !wanted.has(name)) await this.#remove(name, signal)
  }

  async #keepOne(generated: JsonObject, fit: Fit, signal: AbortSignal): Promise<void> {
    const name = text(generated, 'metadata', 'name')
    let live = this.live(name)
    let object = fit(generated, live)
    for (let tries = 0; !this.#isRight(object, live); tries++) {
      if (tries === MAX_TRIES) throw new Contended(this.#kind.kind, name)
      const before = this.#events.get(name)
      const answer = await this.#write(object, name, live, signal)
      // The watch may have told of our write, and of another after it, before the answer came: then it knows more.
      if (answer !== null && before === this.#events.get(name)) this.#written.set(name, answer)
      if (answer !== null) {
        this.#tell(name, live, this.#right.get(name) === this.#generated(object))
        break
      }
      this.#written.delete(name)
      live = await this.#read(name, signal)
      object = fit(generated, live)
    }
    this.#right.set(name, this.#generated(object))
  }

  async #read(name: string, signal: AbortSignal): Promise<Json> {
    try {
      return await this.#options.client.get(objectPath(placeOf(this.#kind), name), { signal })
    } catch (cause) {
      if (isNotFound(cause)) return null
      throw cause
    }
  }

  async #write(object: JsonObject, name: string, live: Json, signal: AbortSignal): Promise<Json> {
    const { client } = this.#options
    try {
      if (live === null) return await client.create(this.#collection, object, { signal })
      return await client.replace(objectPath(placeOf(this.#kind), name), merged(object, live), { signal })
    } catch (cause) {
      // What we know is behind.
      if (isConflict(cause) || isNotFound(cause)) return null
      throw cause
    }
  }

  async #remove(name: string, signal: AbortSignal): Promise<void> {
    try {
      await this.#options.client.delete(objectPath(placeOf(this.#kind), name), undefined, { signal })
    } catch (cause) {
      if (!isNotFound(cause)) throw cause
    }
    this.#right.delete(name)
    this.#options.log(`${this.#kind.kind} ${name} is needed no more: deleted`)
  }

  #tell(name: string, before: Json, isRestored: boolean): void {
    const { log, restored } = this.#options
    const what = `${this.#kind.kind} ${name}`
    if (!isRestored) {
      log(`${what} ${before === null ? 'created' : 'brought up to date'}`)
      return
    }
    restored(this.#kind.kind)
    log(`${what} was ${before === null ? 'deleted' : `changed by ${lastManagerOf(before)}`}: put back`)
  }

  #isRight(object: JsonObject, live: Json): boolean {
    return (
      isObject(live) &&
      this.#generated(live) === this.#generated(object) &&
      NOTES.every((notes) =>
        entries(object, 'metadata', notes).every(([key, value]) => field(live, 'metadata', notes, key) === value),
      )
    )
  }

  #generated(object: Json): string {
    return canonical(field(object, this.#kind.part) ?? null)
  }
}

const placeOf = (kind: KeptKind) => ({
  group: 'admissionregistration.k8s.io',
  version: 'v1',
  resource: kind.resource,
  namespace: '',
})

const NOTES = ['labels', 'annotations'] as const

/** Ours over what is there: annotations and labels of others stay. */
const merged = (object: JsonObject, live: Json): JsonObject => ({
  ...object,
  metadata: {
    ...Object.fromEntries(entries(live, 'metadata').filter(([key]) => key !== 'managedFields')),
    ...Object.fromEntries(
      NOTES.map((notes) => [
        notes,
        Object.fromEntries([...entries(live, 'metadata', notes), ...entries(object, 'metadata', notes)]),
      ]),
    ),
  },
})

/**
 * Whoever wrote last, by the name that the client gives itself: a hint for people, not a proof. Removals leave no name.
 */
function lastManagerOf(object: Json): string {
  const managers = list(object, 'metadata', 'managedFields').map((entry) => ({
    name: text(entry, 'manager'),
    time: text(entry, 'time'),
  }))
  const last = managers.reduce((best, next) => (next.time >= best.time ? next : best), { name: '', time: '' })
  return last.name === '' || last.name === OWN_MANAGER ? 'somebody' : JSON.stringify(last.name)
}
