import type { ActionPolicy, ApprovalRequest, Approver, GovernedAgent } from '../api/objects.ts'
import type { Binding } from './impact/impact.ts'
import type { Answers, Live } from './read.ts'

/** The labels of one Namespace. */
export type Labels = ReadonlyMap<string, string>

/** Everything that a decision rests on beside the request. What is not here, no rule can ask. */
export interface Facts {
  readonly now: Date
  /** uid of the kube-system Namespace: what a signature is bound to. */
  readonly cluster: string
  /** Namespace that obstat itself runs in. */
  readonly ownNamespace: string
  /** Milliseconds since the cached facts (agents, Namespaces) were last proved to be current. */
  readonly ageMs: number
  /** All GovernedAgents, in order of name. */
  readonly agents: readonly GovernedAgent[]
  /** What this cluster is stricter about; null: the defaults. */
  readonly policy: ActionPolicy | null
  /** Labels of every Namespace by name. */
  readonly namespaces: ReadonlyMap<string, Labels>
  /** What the rules' live reads found. */
  readonly live: Live
  /** What claims are known to be held by others, item by key. */
  readonly claimed: ReadonlyMap<string, string>
  /** Approvers and ApprovalRequests, read live: [] unless the request may turn on an approval. */
  readonly approvers: readonly Approver[]
  readonly approvalRequests: readonly ApprovalRequest[]
  /** What the act takes with it now, as far as that binds: read where somebody signed for a request that shows it. */
  readonly binding?: { readonly intentSha256: string; readonly now: Binding }
}

/** Facts while they are gathered: it can be asked which reads were made. */
export interface FactsSoFar extends Facts {
  readonly live: Answers
}
