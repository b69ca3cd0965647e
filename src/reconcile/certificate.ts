import { endsAt, isSound, renewed } from '../certificates/bundle.ts'
import type { Bundle, Lifetimes } from '../certificates/bundle.ts'
import type { Json, JsonObject } from '../api/json.ts'
import { field, text } from '../api/json.ts'
import { OWN_LABELS } from '../enforcement/webhooks.ts'
import type { Client } from '../cluster/client.ts'
import { isConflict } from '../cluster/errors.ts'
import { collectionPath, objectPath } from '../cluster/paths.ts'
import { RELIST_MS } from '../cluster/state.ts'
import { Follower } from '../cluster/watch.ts'

export const SECRET_NAME = 'obstat-tls'

export interface CertificateOptions {
  readonly client: Client
  readonly namespace: string
  /** DNS names and IP addresses that the API server calls. */
  readonly hosts: readonly string[]
  readonly lifetimes: Lifetimes
  readonly log: (message: string) => void
  /** The Secret holds another certificate or another set of authorities now. */
  readonly changed: (bundle: Bundle) => void
  /** The Secret has been read, came, went or changed. */
  readonly settled: () => void
}

/**
 * The certificate that all replicas share, in a Secret. Whoever is first makes it, the leader renews it, each replica
 * reads it.
 */
export class Certificate {
  readonly #options: CertificateOptions
  readonly #follower: Follower<Json>
  readonly #collection: string
  #bundle: Bundle | null = null

  constructor(options: CertificateOptions) {
    this.#options = options
    const { client, namespace, log } = options
    this.#collection = collectionPath({ group: '', version: 'v1', resource: 'secrets', namespace })
    const path = `${this.#collection}?fieldSelector=metadata.name%3D${SECRET_NAME}`
    this.#follower = new Follower(
      client,
      { name: `Secret ${SECRET_NAME}`, path, read: (secret) => secret, relistMs: RELIST_MS },
      log,
    )
    this.#follower.listen({
      settled: () => {
        this.#take()
        options.settled()
      },
    })
  }

  /** null until the Secret has been read or made. */
  get bundle(): Bundle | null {
    return this.#bundle
  }

  get lifetimes(): Lifetimes {
    return this.#options.lifetimes
  }

  get problem(): string | null {
    return this.#follower.problem
  }

  endsAt(): Date | null {
    return this.#bundle === null ? null : endsAt(this.#bundle)
  }

  start(): void {
    this.#follower.start()
  }

  restart(): void {
    this.#follower.restart()
  }

  stop(): Promise<void> {
    return this.#follower.stop()
  }

  /** Makes the Secret when there is none; with `mayRenew` also renews what is in it. Throws when it could not. */
  async ensure(mayRenew: boolean, now: Date, signal: AbortSignal): Promise<void> {
    if (this.#follower.provedAt === null) return
    const { client, hosts, namespace, lifetimes, log } = this.#options
    const live = this.#follower.get(`${namespace}/${SECRET_NAME}`) ?? null
    if (live !== null && !mayRenew) return
    const next = renewed(bundleOf(live), hosts, now, lifetimes)
    if (next === null) return
    const secret = secretOf(next, namespace)
    try {
      if (live === null) await client.create(this.#collection, secret, { signal })
      else await client.replace(objectPath(this.#place(), SECRET_NAME), withVersion(secret, live), { signal })
    } catch (cause) {
      // Another replica was faster; the watch brings what it wrote.
      if (isConflict(cause)) return
      throw cause
    }
    log(`wrote certificates into Secret ${SECRET_NAME}; the serving one ends ${endsAt(next).toISOString()}`)
  }

  #place(): { group: string; version: string; resource: string; namespace: string } {
    return { group: '', version: 'v1', resource: 'secrets', namespace: this.#options.namespace }
  }

  #take(): void {
    const next = bundleOf(this.#follower.get(`${this.#options.namespace}/${SECRET_NAME}`) ?? null)
    // A Secret that is gone or spoilt is put right by the leader; until then the old certificate serves.
    if (next === null || !isSound(next) || (this.#bundle !== null && isSame(next, this.#bundle))) return
    this.#bundle = next
    this.#options.changed(next)
  }
}

const isSame = (a: Bundle, b: Bundle): boolean =>
  a.authorities === b.authorities && a.server.certificate === b.server.certificate && a.server.key === b.server.key

/** null when something is missing. */
function bundleOf(secret: Json): Bundle | null {
  const pem = (key: string): string => Buffer.from(text(secret, 'data', key), 'base64').toString('utf8')
  const bundle = {
    authorities: pem('ca.crt'),
    authorityKey: pem('ca.key'),
    server: { certificate: pem('tls.crt'), key: pem('tls.key') },
  }
  const { authorities, authorityKey, server } = bundle
  return [authorities, authorityKey, server.certificate, server.key].includes('') ? null : bundle
}

const base64 = (pem: string): string => Buffer.from(pem).toString('base64')

const secretOf = (bundle: Bundle, namespace: string): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: SECRET_NAME, namespace, labels: OWN_LABELS },
  type: 'kubernetes.io/tls',
  data: {
    'ca.crt': base64(bundle.authorities),
    'ca.key': base64(bundle.authorityKey),
    'tls.crt': base64(bundle.server.certificate),
    'tls.key': base64(bundle.server.key),
  },
})

const withVersion = (secret: JsonObject, live: Json): JsonObject => ({
  ...secret,
  metadata: {
    name: SECRET_NAME,
    labels: OWN_LABELS,
    resourceVersion: text(live, 'metadata', 'resourceVersion'),
    ...(field(live, 'metadata', 'annotations') === undefined
      ? {}
      : { annotations: field(live, 'metadata', 'annotations') ?? {} }),
  },
})
