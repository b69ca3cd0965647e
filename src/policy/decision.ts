import type { DenyReason } from '../api/names.ts'
import type { Act } from '../signing/act.ts'
import type { Agent } from './agents.ts'
import type { Spend } from './approvals/evaluate.ts'
import type { Classification } from './classify.ts'

/** Why a request went through. Each is built in one place in `decide.ts`. */
export const ALLOW_REASONS = ['Observe', 'InScope', 'Approved', 'DryRun', 'AuditOnly'] as const
export type AllowReason = (typeof ALLOW_REASONS)[number]

/** What is known of the request whichever way it goes. */
export interface Judged {
  readonly agent: Agent
  readonly classification: Classification
  /** Lines for the caller, each at most 256 characters. */
  readonly warnings: readonly string[]
  /** The act a person would sign, where the decision turned on an approval. */
  readonly act: Act | null
  readonly intentSha256: string
}

export interface Allow extends Judged {
  readonly verdict: 'Allow'
  readonly reason: AllowReason
  /** The approval that must be recorded as used before the answer is sent. */
  readonly spend: Spend | null
}

export interface Deny extends Judged {
  readonly verdict: 'Deny'
  readonly reason: DenyReason
  /** One clause: why, beyond the findings. */
  readonly detail: string
  /**
   * A request that a person is to see: `open` where an approval would let it through, `recommend` where they carry it
   * out themselves.
   */
  readonly filing: 'open' | 'recommend' | null
}

export type Decision = Allow | Deny
