import type { Json } from '../api/json.ts'
import type { ActionPolicy, ApprovalRequest, Approver, GovernedAgent } from '../api/objects.ts'
import type { Labels } from '../policy/facts.ts'
import type { Read } from '../policy/read.ts'
import type { Claim } from '../policy/rule.ts'

/** What the caches hold, all of one moment. */
export interface Snapshot {
  /** uid of the kube-system Namespace. */
  readonly cluster: string
  /** In order of name. */
  readonly agents: readonly GovernedAgent[]
  /** The one that counts, or null. */
  readonly policy: ActionPolicy | null
  readonly namespaces: ReadonlyMap<string, Labels>
  /** When the caches were last proved to be current; what is too old to know refuses agents. */
  readonly provedAt: Date
}

export interface KnownRequest {
  readonly name: string
  /** Long expired, and every approval in it too: nothing in it can matter any more but its name. */
  readonly isOver: boolean
}

/** How long a request is still read after it and its approvals have expired, so that the refusal can say so. */
export const OVER_AFTER_MS = 3_600_000

/** The state that every decision starts from, kept in memory. */
export interface State {
  /** null before the first full state. */
  snapshot(): Snapshot | null
  /** The ApprovalRequests of this agent with an act of this digest, as far as the caches know. */
  requestsFor(agent: string, intentSha256: string, now: Date): readonly KnownRequest[]
  /** The namespace of each ApprovalRequest of this agent that is open at this time, as far as the caches know. */
  openRequests(agent: string, now: Date): readonly string[]
}

/** Live reads, never from a cache. */
export interface Reader {
  /**
   * Answers by `keyOf`: the object or null of a get, the array of items of a list. Throws when any read fails or is cut
   * off.
   */
  read(reads: readonly Read[], signal: AbortSignal): Promise<ReadonlyMap<string, Json>>
  approvers(signal: AbortSignal): Promise<readonly Approver[]>
  approvalRequest(name: string, signal: AbortSignal): Promise<ApprovalRequest | null>
}

/** obstat's own writes on behalf of a decision. */
export interface Ledger {
  /** Creates the request, or answers null when one of that name exists already. */
  file(request: ApprovalRequest, signal: AbortSignal): Promise<ApprovalRequest | null>
  /** PUT of the status with the resourceVersion that was read: false when somebody else was faster. */
  writeStatus(request: ApprovalRequest, signal: AbortSignal): Promise<boolean>
}

/** Turns that one request at a time may take, across replicas. */
export interface Turns {
  /**
   * Takes the turn of `claim.key` for `claim.item`: null when it is taken now (or was ours), else the item that holds
   * it. `after` is a holder that is known to be done. A turn is free again after some seconds.
   */
  take(claim: Claim, after: string, now: Date, signal: AbortSignal): Promise<string | null>
}

/** How long a turn is held: by then the API server shows what came of it. */
export const TURN_MS = 10_000

/**
 * What happens to approvals: a request was filed, or kept back because its agent has too many open ones; people decided
 * it; one of its acts was used; nobody answered in time.
 */
export const APPROVAL_EVENTS = ['Filed', 'Withheld', 'Approved', 'Denied', 'Used', 'Expired'] as const
export type ApprovalEvent = (typeof APPROVAL_EVENTS)[number]

/** One line per decision about an agent, and one for each write that the guard was asked about. */
export interface Audit {
  record(record: AuditRecord): void
  recordGuarded(record: GuardRecord): void
}

/** What every record says: the write that was asked about, and what was answered. */
export interface WriteRecord {
  readonly at: string
  readonly uid: string
  readonly verdict: 'Allow' | 'Deny'
  readonly reason: string
  readonly user: string
  readonly operation: string
  readonly resource: string
  readonly namespace: string
  readonly name: string
  readonly objectUid: string
  readonly isDryRun: boolean
}

/**
 * Who that is no agent changed obstat's objects, or the labels that protect: what decisions rest on. `reason` is
 * `Guarded`, `Unchecked` where obstat could not look, or why it was refused.
 */
export interface GuardRecord extends WriteRecord {
  /** RFC 6901 paths that differ, without managedFields; the first twenty. */
  readonly changed: readonly string[]
}

export interface AuditRecord extends WriteRecord {
  readonly class: string
  readonly phase: string
  readonly agent: string
  readonly isAudit: boolean
  readonly findings: readonly string[]
  readonly request: string
  readonly intentSha256: string
  /** What this decision did to approvals, in its order; [] when it left them as they were. */
  readonly approvalEvents: readonly ApprovalEvent[]
  /** From the decoded review to the decision, to the microsecond. */
  readonly durationMs: number
}

export interface Clock {
  now(): Date
  /** Milliseconds since some fixed moment, with fractions: for durations, since it never goes back. */
  monotonicMs(): number
}

/** Everything that `review` needs from outside. */
export interface Ports {
  readonly state: State
  readonly reader: Reader
  readonly ledger: Ledger
  readonly turns: Turns
  readonly audit: Audit
  readonly clock: Clock
}
