import { OVER_AFTER_MS } from '../admission/ports.ts'
import type { KnownRequest } from '../admission/ports.ts'
import { text } from '../api/json.ts'
import type { ApprovalRequest } from '../api/objects.ts'
import { readJson } from '../signing/json.ts'

/** What is kept in memory of an ApprovalRequest; what decides is always read live. */
export interface RequestSummary {
  readonly name: string
  readonly agent: string
  /** Of its first act; '' for a cluster-scoped one. */
  readonly namespace: string
  readonly digests: readonly string[]
  /** Milliseconds since the epoch, by the API server's clock. */
  readonly filedAt: number
  /** Milliseconds since the epoch. */
  readonly expiresAt: number
  /** Has somebody decided, or has it run out. */
  readonly isClosed: boolean
  /** How many decisions people have appended. */
  readonly decisions: number
  /** When the last of its conditions became true; 0 while none is. */
  readonly closedAt: number
  /** Until when the last approval in it could be used; 0 when it holds none. */
  readonly usableUntil: number
}

export function summaryOf(request: ApprovalRequest): RequestSummary {
  const reached = (request.status?.conditions ?? []).filter((condition) => condition.status === 'True')
  return {
    name: request.metadata.name,
    agent: request.spec.agent,
    namespace: request.spec.acts[0]?.namespace ?? '',
    digests: [...new Set(request.spec.acts.map((act) => act.intentSha256))],
    filedAt: latest([request.metadata.creationTimestamp ?? '']),
    expiresAt: Date.parse(request.spec.expiresAt),
    isClosed: reached.length > 0,
    decisions: request.spec.decisions.length,
    closedAt: latest(reached.map((condition) => condition.lastTransitionTime)),
    usableUntil: latest(request.spec.decisions.map(({ envelope }) => notAfterOf(envelope.payload))),
  }
}

/** The last of these times; 0 when none can be read. */
const latest = (times: readonly string[]): number =>
  Math.max(0, ...times.map((time) => Date.parse(time)).filter((time) => !Number.isNaN(time)))

/** As the statement claims: whether anybody entitled signed it is not asked here. '' when it cannot be read. */
function notAfterOf(payload: string): string {
  const statement = readJson(Buffer.from(payload, 'base64').toString('utf8'))
  return statement.ok ? text(statement.value, 'notAfter') : ''
}

const NONE: readonly RequestSummary[] = []

/** The watch brings what was filed within milliseconds; what it has not brought by then was not filed. */
const EXPECTED_MS = 10_000

/** ApprovalRequests by agent and act, and those that wait for an answer by agent. */
export class RequestIndex {
  readonly #byAct = new Map<string, readonly RequestSummary[]>()
  readonly #open = new Map<string, Map<string, RequestSummary>>()
  readonly #expected = new Map<string, RequestSummary>()

  change(before: RequestSummary | undefined, after: RequestSummary | undefined): void {
    if (before !== undefined) this.#remove(before)
    if (after === undefined) return
    this.#expected.delete(after.name)
    this.#add(after)
  }

  /** Counts this one as open until it is there: of many that are filed at once, each knows of all others. */
  expect(request: RequestSummary, now: Date): void {
    for (const { name, expiresAt } of this.#expected.values())
      if (expiresAt <= now.getTime()) this.#expected.delete(name)
    const expiresAt = Math.min(request.expiresAt, now.getTime() + EXPECTED_MS)
    this.#expected.set(request.name, { ...request, expiresAt })
  }

  /** It was not filed after all. */
  forget(name: string): void {
    this.#expected.delete(name)
  }

  /** In order of name. */
  requestsFor(agent: string, intentSha256: string, now: Date): readonly KnownRequest[] {
    const known = this.#byAct.get(actKey(agent, intentSha256)) ?? NONE
    return known.map(({ name, expiresAt, usableUntil }) => ({
      name,
      isOver: Math.max(expiresAt, usableUntil) + OVER_AFTER_MS < now.getTime(),
    }))
  }

  /** The namespace of each. */
  openRequests(agent: string, now: Date): readonly string[] {
    const open = new Map(this.#open.get(agent))
    for (const [name, request] of this.#expected)
      if (request.agent === agent && !open.has(name)) open.set(name, request)
    return [...open.values()].flatMap(({ expiresAt, namespace }) => (expiresAt > now.getTime() ? [namespace] : []))
  }

  #add(summary: RequestSummary): void {
    const { agent, name, digests, isClosed } = summary
    for (const digest of digests) {
      const key = actKey(agent, digest)
      const known = [...(this.#byAct.get(key) ?? NONE), summary]
      this.#byAct.set(key, Object.freeze(known.sort((a, b) => (a.name < b.name ? -1 : 1))))
    }
    if (isClosed) return
    const open = this.#open.get(agent) ?? new Map<string, RequestSummary>()
    open.set(name, summary)
    this.#open.set(agent, open)
  }

  #remove({ agent, name, digests }: RequestSummary): void {
    for (const digest of digests) {
      const key = actKey(agent, digest)
      const left = (this.#byAct.get(key) ?? NONE).filter((other) => other.name !== name)
      if (left.length === 0) this.#byAct.delete(key)
      else this.#byAct.set(key, Object.freeze(left))
    }
    const open = this.#open.get(agent)
    open?.delete(name)
    if (open?.size === 0) this.#open.delete(agent)
  }
}

/** A digest is 64 hex digits, so no two pairs share a key. */
const actKey = (agent: string, intentSha256: string): string => `${intentSha256} ${agent}`
