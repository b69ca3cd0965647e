import { setTimeout as sleep } from 'node:timers/promises'
import type { Json } from '../api/json.ts'
import { text } from '../api/json.ts'
import type { Client } from './client.ts'
import { Unreachable, isNotFound, reasonOf } from './errors.ts'
import type { Moment } from './moment.ts'
import { earlier, later, present } from './moment.ts'
import { startTimer } from './timer.ts'

export interface Collection<T> {
  /** In words, for logs: `GovernedAgents`. */
  readonly name: string
  /** Path of the list, with its selectors. */
  readonly path: string
  /** What to keep of an object. Throws on what cannot be read; the whole collection then counts as unknown. */
  readonly read: (object: Json) => T
  /** The list is read again at least this often, whatever the watch says. */
  readonly relistMs: number
  /**
   * The API server is asked to end each watch after this long, and the next one goes on where it stopped. An end in
   * time proves that this very connection is alive: without it nobody tells a quiet watch from a dead one.
   */
  readonly roundMs?: number
}

export interface Listener<T> {
  /** One object came (no `before`), went (no `after`) or changed. */
  readonly changed?: (key: string, before: T | undefined, after: T | undefined) => void
  /** After one or more changes that belong together, and after the first list. */
  readonly settled?: () => void
}

interface Kept<T> {
  readonly resourceVersion: string
  readonly value: T
}

/**
 * Pauses after failures double from the first to the longest, each drawn from its upper half so that replicas spread.
 */
const FIRST_PAUSE_MS = 100
const LONGEST_PAUSE_MS = 5000
/** A watch that ends sooner than this has failed, however cleanly it ended. */
const SHORTEST_WATCH_MS = 500
/** How much later than asked for a round may end; it is taken for dead then. */
const ROUND_GRACE_MS = 1000

/**
 * One collection of objects in memory: list, watch, and again from the start whenever the watch ends for whatever
 * reason. The watch is never trusted for longer than `relistMs`.
 */
export class Follower<T> {
  readonly #client: Client
  readonly #collection: Collection<T>
  readonly #log: (message: string) => void
  readonly #listeners: Listener<T>[] = []
  readonly #stopped = new AbortController()
  #objects = new Map<string, Kept<T>>()
  #round = new AbortController()
  #loop: Promise<void> | undefined
  #isOpen = false
  #provedAt: Moment | null = null
  /** When the watch last gave a sign of life, and when the API server last did. */
  #heardAt: Moment | null = null
  #beatAt: Moment | null = null
  #problem: string

  constructor(client: Client, collection: Collection<T>, log: (message: string) => void) {
    this.#client = client
    this.#collection = collection
    this.#log = log
    this.#problem = `${collection.name} have not been read yet`
  }

  /** Latest moment at which what is kept was all there was; null before the first list. */
  get provedAt(): Moment | null {
    return this.#provedAt
  }

  /** Why the collection cannot be followed now, or null. */
  get problem(): string | null {
    return this.#problem === '' ? null : this.#problem
  }

  get(key: string): T | undefined {
    return this.#objects.get(key)?.value
  }

  /** Keys are names, or `namespace/name`. */
  *entries(): IterableIterator<readonly [string, T]> {
    for (const [key, kept] of this.#objects) yield [key, kept.value]
  }

  listen(listener: Listener<T>): void {
    this.#listeners.push(listener)
  }

  start(): void {
    this.#loop ??= this.#run()
  }

  /**
   * Somebody knows that the API server was alive at that moment: while the watch is open, what is kept was all there
   * was, as far as the watch itself has given a sign of life.
   */
  prove(at: Moment): void {
    this.#beatAt = at
    if (this.#isOpen) this.#advance()
  }

  /** Lists again now: closes the watch, or ends the pause after a failure. */
  restart(): void {
    this.#round.abort()
  }

  async stop(): Promise<void> {
    this.#stopped.abort()
    this.#round.abort()
    await this.#loop
  }

  async #run(): Promise<void> {
    let failures = 0
    while (!this.#stopped.signal.aborted) {
      this.#round = new AbortController()
      const cause = await this.#follow(this.#round.signal)
      failures = cause === null ? 0 : failures + 1
      if (cause === null || this.#isStoppedOrRestarted()) continue
      this.#report(cause)
      await pause(failures, this.#round.signal)
    }
  }

  #isStoppedOrRestarted(): boolean {
    return this.#round.signal.aborted || this.#stopped.signal.aborted
  }

  /** One list and one watch; answers what ended it, null for the end of its time or a clean end. */
  async #follow(restart: AbortSignal): Promise<unknown> {
    const time = jittered(this.#collection.relistMs)
    const ends = new AbortController()
    const end = (): void => {
      ends.abort()
    }
    restart.addEventListener('abort', end, { once: true })
    const timer = setTimeout(end, time)
    const endsAt = performance.now() + time
    try {
      let version = await this.#list(ends.signal)
      do version = await this.#watch(version, endsAt - performance.now(), ends.signal)
      while (this.#collection.roundMs !== undefined && performance.now() < endsAt)
      return null
    } catch (cause) {
      return ends.signal.aborted ? null : cause
    } finally {
      clearTimeout(timer)
      restart.removeEventListener('abort', end)
    }
  }

  async #list(signal: AbortSignal): Promise<string> {
    const at = present()
    const { items, resourceVersion } = await this.#client.list(this.#collection.path, { signal })
    const found = new Map(items.map((item) => [keyOf(item), item]))
    const isFirst = this.#provedAt === null
    let changes = 0
    for (const key of this.#objects.keys()) if (!found.has(key)) changes += this.#apply(key, null)
    for (const [key, item] of found) changes += this.#apply(key, item)
    this.#provedAt = at
    if (this.#problem !== '' && !isFirst) this.#log(`${this.#collection.name}: read again`)
    this.#problem = ''
    if (changes > 0 || isFirst) this.#settle()
    return resourceVersion
  }

  /** One watch to its clean end; answers the version from which to go on. Throws when it breaks or falls silent. */
  async #watch(from: string, leftMs: number, signal: AbortSignal): Promise<string> {
    const { path, roundMs = Infinity } = this.#collection
    const seconds = Math.ceil(Math.max(1000, Math.min(leftMs, roundMs)) / 1000)
    const silence = new AbortController()
    const isHeard = startTimer(seconds * 1000 + ROUND_GRACE_MS, () => {
      silence.abort(new Unreachable(`a watch of ${path} fell silent`))
    })
    const query = `resourceVersion=${from}&timeoutSeconds=${seconds}`
    const beganAt = performance.now()
    let version = from
    try {
      const either = { signal: AbortSignal.any([signal, silence.signal]) }
      const events = await this.#client.watch(`${path}${path.includes('?') ? '&' : '?'}${query}`, either)
      this.#isOpen = true
      for await (const { type, object } of events) {
        version = text(object, 'metadata', 'resourceVersion') || version
        if (type !== 'BOOKMARK' && this.#apply(keyOf(object), type === 'DELETED' ? null : object) > 0) this.#settle()
        this.#hear()
      }
    } finally {
      isHeard()
      this.#isOpen = false
    }
    if (performance.now() - beganAt < SHORTEST_WATCH_MS) throw new Unreachable(`a watch of ${path} ended at once`)
    this.#hear()
    return version
  }

  #hear(): void {
    this.#heardAt = present()
    this.#advance()
  }

  /** The API server reaches what it stores, and this watch has brought what there was. */
  #advance(): void {
    if (this.#provedAt === null || this.#beatAt === null) return
    const { roundMs } = this.#collection
    const heardAt = roundMs === undefined ? this.#beatAt : this.#heardAt
    if (heardAt !== null) this.#provedAt = later(this.#provedAt, earlier(heardAt, this.#beatAt))
  }

  /** How many objects this changed: 0 or 1. */
  #apply(key: string, object: Json): number {
    const before = this.#objects.get(key)
    const resourceVersion = text(object, 'metadata', 'resourceVersion')
    if (object === null ? before === undefined : before?.resourceVersion === resourceVersion) return 0
    const after = object === null ? undefined : this.#collection.read(object)
    if (after === undefined) this.#objects.delete(key)
    else this.#objects.set(key, { resourceVersion, value: after })
    for (const listener of this.#listeners) listener.changed?.(key, before?.value, after)
    return 1
  }

  #settle(): void {
    for (const listener of this.#listeners) listener.settled?.()
  }

  #report(cause: unknown): void {
    const what = isNotFound(cause) ? 'the API server does not serve them; run `obstat install`' : reasonOf(cause)
    const problem = `${this.#collection.name}: ${what}`
    if (problem !== this.#problem) this.#log(problem)
    this.#problem = problem
  }
}

function keyOf(object: Json): string {
  const namespace = text(object, 'metadata', 'namespace')
  const name = text(object, 'metadata', 'name')
  return namespace === '' ? name : `${namespace}/${name}`
}

/** Between nine tenths and all of it: replicas that started together drift apart. */
const jittered = (ms: number): number => ms * (0.9 + Math.random() / 10)

async function pause(failures: number, wake: AbortSignal): Promise<void> {
  const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(failures - 1, 10))
  try {
    await sleep(longest * (0.5 + Math.random() / 2), undefined, { signal: wake })
  } catch (cause) {
    if (!wake.aborted) throw cause
  }
}
