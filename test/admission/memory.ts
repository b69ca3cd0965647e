import type { AuditRecord, GuardRecord, KnownRequest, Ports, Snapshot } from '../../src/admission/ports.ts'
import type { Json, JsonObject } from '../../src/api/json.ts'
import type { ActionPolicy, ApprovalRequest, Approver, GovernedAgent } from '../../src/api/objects.ts'
import { keyOf } from '../../src/policy/read.ts'

/** A whole cluster's worth of facts in one process, for tests of `review`: what is written is what is read next. */
export class MemoryCluster implements Ports {
  agents: GovernedAgent[] = []
  policy: ActionPolicy | null = null
  namespaces = new Map<string, ReadonlyMap<string, string>>()
  people: Approver[] = []
  /** Answers to live reads by `keyOf`; what is not here does not exist. */
  objects = new Map<string, Json>()
  requests = new Map<string, ApprovalRequest>()
  records: AuditRecord[] = []
  guarded: GuardRecord[] = []
  time = new Date('2026-11-20T08:00:00Z')
  provedAt: Date | null = null
  /** The caches have not heard of any ApprovalRequest yet. */
  isBehind = false
  /** Called before a status is written: where a test lets another replica be faster. */
  beforeWrite: (name: string) => void = () => undefined
  /** Called before a live read: where a test lets the world go on meanwhile. */
  beforeRead: () => void = () => undefined
  #version = 1
  #monotonicMs = 0

  /** How long everything takes, in milliseconds. */
  elapsedMs = 0

  readonly clock = {
    now: (): Date => this.time,
    monotonicMs: (): number => (this.#monotonicMs += this.elapsedMs),
  }
  readonly audit = {
    record: (record: AuditRecord): void => void this.records.push(record),
    recordGuarded: (record: GuardRecord): void => void this.guarded.push(record),
  }

  readonly state = {
    snapshot: (): Snapshot => ({
      cluster: 'cluster-uid',
      agents: this.agents,
      policy: this.policy,
      namespaces: this.namespaces,
      provedAt: this.provedAt ?? this.time,
    }),
    requestsFor: (agent: string, intentSha256: string): readonly KnownRequest[] =>
      [...(this.isBehind ? [] : this.requests.values())]
        .filter(({ spec }) => spec.agent === agent && spec.acts.some((act) => act.intentSha256 === intentSha256))
        .map((one) => ({ name: one.metadata.name, isOver: false })),
    openRequests: (agent: string, now: Date): readonly string[] =>
      [...this.requests.values()]
        .filter(({ spec }) => spec.agent === agent && Date.parse(spec.expiresAt) > now.getTime())
        .map(({ spec }) => spec.acts[0]?.namespace ?? ''),
  }

  readonly reader: Ports['reader'] = {
    read: (reads) => {
      this.beforeRead()
      const answers = reads.map((read): [string, Json] => [
        keyOf(read),
        this.objects.get(keyOf(read)) ?? (read.verb === 'get' ? null : []),
      ])
      return Promise.resolve(new Map(answers))
    },
    approvers: () => Promise.resolve(this.people),
    approvalRequest: (name) => Promise.resolve(this.requests.get(name) ?? null),
  }

  readonly ledger: Ports['ledger'] = {
    file: (request) => Promise.resolve(this.requests.has(request.metadata.name) ? null : this.put(request)),
    writeStatus: (request) => {
      this.beforeWrite(request.metadata.name)
      const stored = this.requests.get(request.metadata.name)
      if (stored?.metadata.resourceVersion !== request.metadata.resourceVersion) return Promise.resolve(false)
      this.put(request)
      return Promise.resolve(true)
    },
  }

  readonly turns: Ports['turns'] = {
    take: ({ key, item }, after) => {
      const holder = this.held.get(key)
      if (holder !== undefined && holder !== item && holder !== after) return Promise.resolve(holder)
      this.held.set(key, item)
      return Promise.resolve(null)
    },
  }
  readonly held = new Map<string, string>()

  put(request: ApprovalRequest): ApprovalRequest {
    const stored: ApprovalRequest = structuredClone(request)
    const next = { ...stored, metadata: { ...stored.metadata, resourceVersion: String(this.#version++) } }
    this.requests.set(request.metadata.name, next)
    return next
  }
}

/** An AdmissionReview as the API server would send it for the agent sre/sre-bot. */
export const reviewOf = (request: JsonObject): Json => ({
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  request: {
    uid: 'review-1',
    userInfo: {
      username: 'system:serviceaccount:sre:sre-bot',
      uid: 'sa-uid',
      groups: ['system:serviceaccounts', 'system:serviceaccounts:sre', 'system:authenticated'],
    },
    dryRun: false,
    ...request,
  },
})
