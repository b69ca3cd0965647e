import type { KnownRequest, Snapshot, State } from '../admission/ports.ts'
import type { Json } from '../api/json.ts'
import { entries } from '../api/json.ts'
import type { ActionPolicy, ApprovalRequest, GovernedAgent } from '../api/objects.ts'
import { POLICY_NAME } from '../api/names.ts'
import type { Labels } from '../policy/facts.ts'
import type { Client } from './client.ts'
import { beat } from './heartbeat.ts'
import type { Beat } from './heartbeat.ts'
import type { Moment } from './moment.ts'
import { betweenMs, earlier, present } from './moment.ts'
import { actionPolicyOf, approvalRequestOf, governedAgentOf } from './objects.ts'
import { ownCollection } from './paths.ts'
import { RequestIndex, summaryOf } from './request-index.ts'
import type { RequestSummary } from './request-index.ts'
import { Follower } from './watch.ts'

/** Lists are read again this often, whatever the watches brought. */
export const RELIST_MS = 60_000
/** Requests are many and large, and whatever decides is read live. */
const RELIST_REQUESTS_MS = 300_000
/** A watch shows every two seconds that it is alive, so that a silent one is replaced before the state is too old. */
const ROUND_MS = 2000
/** Two beats missed: whatever was watched meanwhile is read again before it counts. */
const LONGEST_GAP_MS = 3000

const labelsOf = (namespace: Json): Labels =>
  new Map(
    entries(namespace, 'metadata', 'labels').flatMap(([key, value]) =>
      typeof value === 'string' ? [[key, value] as const] : [],
    ),
  )

const isSame = (a: Labels | undefined, b: Labels | undefined): boolean =>
  a !== undefined && b !== undefined && a.size === b.size && [...a].every(([key, value]) => b.get(key) === value)

/** The cluster's state in memory, kept current by watches and proved to be so once a second. */
export class ClusterState implements State {
  readonly agents: Follower<GovernedAgent>
  readonly policies: Follower<ActionPolicy>
  readonly namespaces: Follower<Labels>
  readonly requests: Follower<RequestSummary>
  readonly #client: Client
  readonly #log: (message: string) => void
  readonly #index = new RequestIndex()
  readonly #stopped = new AbortController()
  readonly #changed: (() => void)[] = []
  readonly #revived: (() => void)[] = []
  #beats: Promise<void> | undefined
  #cluster = ''
  #beatAt: Moment | null = null
  #silence = ''
  #sortedAgents: readonly GovernedAgent[] | undefined
  #labels: ReadonlyMap<string, Labels> | undefined
  #snapshot: Snapshot | null = null

  constructor(client: Client, log: (message: string) => void) {
    this.#client = client
    this.#log = log
    const path = ownCollection
    const often = { relistMs: RELIST_MS, roundMs: ROUND_MS }
    const agents = { name: 'GovernedAgents', path: path('GovernedAgent'), read: governedAgentOf, ...often }
    const policies = { name: 'ActionPolicies', path: path('ActionPolicy'), read: actionPolicyOf, ...often }
    const namespaces = { name: 'Namespaces', path: '/api/v1/namespaces', read: labelsOf, ...often }
    const requests = {
      name: 'ApprovalRequests',
      path: path('ApprovalRequest'),
      read: (object: Json) => summaryOf(approvalRequestOf(object)),
      relistMs: RELIST_REQUESTS_MS,
      roundMs: ROUND_MS,
    }
    this.agents = new Follower(client, agents, log)
    this.policies = new Follower(client, policies, log)
    this.namespaces = new Follower(client, namespaces, log)
    this.requests = new Follower(client, requests, log)
    this.#wire()
  }

  start(): void {
    for (const follower of this.#followers()) follower.start()
    const on = {
      alive: (beat: Beat) => {
        this.#alive(beat)
      },
      silent: (reason: string) => {
        this.#silent(reason)
      },
    }
    this.#beats ??= beat(this.#client, on, this.#stopped.signal)
  }

  async stop(): Promise<void> {
    this.#stopped.abort()
    await Promise.all([this.#beats, ...this.#followers().map((follower) => follower.stop())])
  }

  /** Calls this when agents, the policy or Namespaces changed, and when the first snapshot is there. */
  whenChanged(listener: () => void): void {
    this.#changed.push(listener)
  }

  /** Calls this when the API server answers after a silence: whatever else was watched meanwhile must be read again. */
  whenRevived(listener: () => void): void {
    this.#revived.push(listener)
  }

  snapshot(): Snapshot | null {
    const proved = this.#provedAt()
    if (proved === null) return null
    // By the wall clock as it goes now: whoever subtracts gets the true age although the clock was set meanwhile.
    const now = present()
    const provedAtMs = now.wallMs - betweenMs(proved, now)
    const before = this.#snapshot
    const agents = (this.#sortedAgents ??= this.#sortAgents())
    const namespaces = (this.#labels ??= new Map(this.namespaces.entries()))
    const policy = this.policies.get(POLICY_NAME) ?? null
    const isSame = before?.agents === agents && before.namespaces === namespaces && before.policy === policy
    if (isSame && Math.abs(before.provedAt.getTime() - provedAtMs) < 2) return before
    const provedAt = new Date(provedAtMs)
    this.#snapshot = Object.freeze({ cluster: this.#cluster, agents, policy, namespaces, provedAt })
    return this.#snapshot
  }

  requestsFor(agent: string, intentSha256: string, now: Date): readonly KnownRequest[] {
    return this.#index.requestsFor(agent, intentSha256, now)
  }

  /** Before a request is filed: from now on it counts as open. */
  expect(request: ApprovalRequest): void {
    this.#index.expect(summaryOf(request), new Date())
  }

  /** It was not filed after all. */
  forget(name: string): void {
    this.#index.forget(name)
  }

  openRequests(agent: string, now: Date): readonly string[] {
    return this.#index.openRequests(agent, now)
  }

  /** Why there is no current state now; [] when there is. */
  problems(): readonly string[] {
    const found = this.#followers().flatMap((follower) => follower.problem ?? [])
    return this.#silence === '' ? found : [this.#silence, ...found]
  }

  #wire(): void {
    const settled = (): void => {
      this.#tellChanged()
    }
    this.agents.listen({ changed: () => (this.#sortedAgents = undefined), settled })
    this.policies.listen({ settled })
    this.namespaces.listen({
      changed: (_, before, after) => {
        if (!isSame(before, after)) this.#labels = undefined
      },
      settled,
    })
    this.requests.listen({
      changed: (_, before, after) => {
        this.#index.change(before, after)
      },
      settled: () => {
        if (this.#snapshot === null) this.#tellChanged()
      },
    })
  }

  #followers(): readonly Pick<Follower<unknown>, 'start' | 'stop' | 'restart' | 'prove' | 'provedAt' | 'problem'>[] {
    return [this.agents, this.policies, this.namespaces, this.requests]
  }

  /** The state is as old as its oldest collection, or as the last proof that it comes from the right place and time. */
  #provedAt(): Moment | null {
    const moments = [this.#beatAt, ...this.#followers().map(({ provedAt }) => provedAt)]
    const proved = moments.filter((moment) => moment !== null)
    return proved.length === moments.length ? proved.reduce(earlier) : null
  }

  #sortAgents(): readonly GovernedAgent[] {
    const agents = [...this.agents.entries()].map(([, agent]) => agent)
    return Object.freeze(agents.sort((a, b) => (a.metadata.name < b.metadata.name ? -1 : 1)))
  }

  #alive({ at, cluster, gapMs }: Beat): void {
    if (this.#cluster !== '' && this.#cluster !== cluster) {
      this.#silent(`the API server now answers for another cluster (${cluster}, was ${this.#cluster}); restart obstat`)
      return
    }
    if (this.#silence !== '') this.#log('the API server answers again')
    this.#silence = ''
    const isFirst = this.#cluster === ''
    this.#cluster = cluster
    this.#beatAt = at
    if (isFirst) this.#tellChanged()
    if (gapMs <= LONGEST_GAP_MS) {
      for (const follower of this.#followers()) follower.prove(at)
      return
    }
    // After a silence nobody knows which watches survived it: only a new list is a proof.
    for (const follower of this.#followers()) follower.restart()
    for (const listener of this.#revived) listener()
  }

  #tellChanged(): void {
    for (const listener of this.#changed) listener()
  }

  #silent(reason: string): void {
    if (this.#silence === '') this.#log(reason)
    this.#silence = reason
  }
}
