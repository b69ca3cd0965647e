import type { Json, JsonObject } from '../api/json.ts'
import { entries, field, isObject, text } from '../api/json.ts'
import type { Client } from '../cluster/client.ts'
import { isConflict, isNotFound, reasonOf } from '../cluster/errors.ts'
import { collectionPath } from '../cluster/paths.ts'
import { pauseFor } from './loop.ts'

export interface LeadershipOptions {
  readonly client: Client
  readonly namespace: string
  /** Differs from that of every other replica; a restarted container may keep its own. */
  readonly identity: string
  readonly log: (message: string) => void
  readonly changed: (isLeader: boolean) => void
}

const NAME = 'obstat'
/** A leader that has not renewed for this long is gone: until then nobody puts an edited configuration back. */
const LEASE_SECONDS = 6
const EVERY_MS = 1500
const TIMEOUT_MS = 1500
/** The leader stops before the others may start: after two missed renewals, 6,000 - 1,500 ms. */
const STEP_DOWN_MS = LEASE_SECONDS * 1000 - TIMEOUT_MS

/**
 * One leader among the replicas, by compare-and-swap on a Lease. Everything that the leader writes is made from the
 * same state on every replica and written by compare-and-swap too, so two leaders for a moment do no harm: a Lease that
 * says itself that it ran out is taken at once, whoever's clock is right.
 */
export class Leadership {
  readonly #options: LeadershipOptions
  readonly #stopped = new AbortController()
  readonly #path: string
  #loop: Promise<void> | undefined
  #isLeader = false
  #renewedAt = 0
  #problem = ''
  /** What the Lease said last, and since when it has said so. */
  #seen = { version: '', at: 0 }

  constructor(options: LeadershipOptions) {
    this.#options = options
    const place = { group: 'coordination.k8s.io', version: 'v1', resource: 'leases', namespace: options.namespace }
    this.#path = collectionPath(place)
  }

  get isLeader(): boolean {
    return this.#isLeader
  }

  start(): void {
    this.#loop ??= this.#run()
  }

  /** Ends, and hands the Lease over when it is ours and the API server answers; otherwise it runs out by itself. */
  async stop(): Promise<void> {
    this.#stopped.abort()
    await this.#loop
    if (!this.#isLeader) return
    this.#set(false)
    try {
      const lease = await this.#read()
      if (lease !== null && holderOf(lease) === this.#options.identity) await this.#write(lease, '', new Date())
    } catch (cause) {
      // Whatever else is to be ended still has to be.
      this.#options.log(`the Lease is left to run out: ${reasonOf(cause)}`)
    }
  }

  async #run(): Promise<void> {
    while (!this.#stopped.signal.aborted) {
      const beganAt = performance.now()
      try {
        if (await this.#holds()) {
          this.#renewedAt = beganAt
          this.#set(true)
        } else this.#set(false)
        this.#problem = ''
      } catch (cause) {
        this.#report(cause)
        if (performance.now() - this.#renewedAt > STEP_DOWN_MS) this.#set(false)
      }
      await pauseFor(EVERY_MS - (performance.now() - beganAt), this.#stopped.signal)
    }
  }

  /** Takes or renews the Lease; answers whether it is ours now. */
  async #holds(): Promise<boolean> {
    const lease = await this.#read()
    const now = new Date()
    try {
      if (lease === null) return await this.#create(now)
      return this.#isFree(lease, now) && (await this.#write(lease, this.#options.identity, now))
    } catch (cause) {
      if (isConflict(cause)) return false
      throw cause
    }
  }

  #isFree(lease: Json, now: Date): boolean {
    const holder = holderOf(lease)
    if (holder === '' || holder === this.#options.identity) return true
    const version = text(lease, 'metadata', 'resourceVersion')
    if (version !== this.#seen.version) this.#seen = { version, at: performance.now() }
    const seconds = field(lease, 'spec', 'leaseDurationSeconds')
    const lifeMs = (typeof seconds === 'number' ? seconds : LEASE_SECONDS) * 1000
    const renewedAt = Date.parse(text(lease, 'spec', 'renewTime'))
    return now.getTime() > renewedAt + lifeMs || performance.now() - this.#seen.at > lifeMs
  }

  async #read(): Promise<Json> {
    try {
      return await this.#options.client.get(this.#path + '/' + NAME, { timeoutMs: TIMEOUT_MS })
    } catch (cause) {
      if (isNotFound(cause)) return null
      throw cause
    }
  }

  async #create(now: Date): Promise<boolean> {
    const body = { ...leaseOf(null, this.#options.identity, now), metadata: { name: NAME } }
    await this.#options.client.create(this.#path, body, { timeoutMs: TIMEOUT_MS })
    return true
  }

  async #write(lease: Json, holder: string, now: Date): Promise<boolean> {
    const body = { ...leaseOf(lease, holder, now), metadata: field(lease, 'metadata') ?? {} }
    await this.#options.client.replace(this.#path + '/' + NAME, body, { timeoutMs: TIMEOUT_MS })
    return true
  }

  #set(isLeader: boolean): void {
    if (isLeader === this.#isLeader) return
    this.#isLeader = isLeader
    this.#options.log(isLeader ? `leader now, as ${this.#options.identity}` : 'leader no more')
    this.#options.changed(isLeader)
  }

  #report(cause: unknown): void {
    const problem = reasonOf(cause)
    if (problem !== this.#problem) this.#options.log(`leader election: ${problem}`)
    this.#problem = problem
  }
}

const holderOf = (lease: Json): string => text(lease, 'spec', 'holderIdentity')

function leaseOf(before: Json, holder: string, now: Date): JsonObject {
  const time = now.toISOString().replace('Z', '000Z') // MicroTime
  const isSame = holderOf(before) === holder
  const transitions = field(before, 'spec', 'leaseTransitions')
  const spec: Record<string, Json> = {
    ...Object.fromEntries(entries(before, 'spec')),
    holderIdentity: holder,
    leaseDurationSeconds: LEASE_SECONDS,
    renewTime: time,
    leaseTransitions: (typeof transitions === 'number' ? transitions : 0) + (isSame || !isObject(before) ? 0 : 1),
  }
  if (!isSame) spec['acquireTime'] = time
  return { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease', spec }
}
