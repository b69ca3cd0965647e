/** The words that obstat and its users share: they may be added to, never changed. */

export const GROUP = 'obstat.dev'
export const VERSION = 'v1alpha1'
export const API_VERSION = `${GROUP}/${VERSION}` as const

/** Plurals of our kinds, as they stand in paths. */
export const PLURALS = {
  GovernedAgent: 'governedagents',
  Approver: 'approvers',
  ApprovalRequest: 'approvalrequests',
  ActionPolicy: 'actionpolicies',
} as const
export type Kind = keyof typeof PLURALS
export const KINDS = Object.keys(PLURALS) as readonly Kind[]

/** The one ActionPolicy that counts. */
export const POLICY_NAME = 'cluster'

/** On a Namespace: "true" asks for more care with everything in it. */
export const PROTECTED_LABEL = 'obstat.dev/protected'
/** On a Namespace: "true" makes every ServiceAccount in it an agent. */
export const AGENTS_LABEL = 'obstat.dev/agents'
/** On a Job and its pods: the investigation that they are a run of. */
export const INVESTIGATION_LABEL = 'obstat.dev/investigation'
/** On any object: one envelope, or a JSON list of them. */
export const APPROVAL_ANNOTATION = 'obstat.dev/approval'
/** On a binding of the standby policy: whether it holds agents up, and who wants it. */
export const STANDBY_ANNOTATION = 'obstat.dev/standby'
/** Its values. */
export const STANDBY_MODES = ['Waiting', 'EnforcedByLeader', 'EnforcedByPerson'] as const
export type StandbyMode = (typeof STANDBY_MODES)[number]
/** Beside it: why, in words of the person who wants it. */
export const REASON_ANNOTATION = 'obstat.dev/reason'

/** The Namespace that obstat is installed into unless told otherwise. */
export const DEFAULT_NAMESPACE = 'obstat-system'

/** How far an agent is trusted, from least to most. */
export const PHASES = ['Shadow', 'ReadOnlyAssist', 'LimitedRemediation', 'AutonomousL1'] as const

/** Why a request was refused: the CamelCase `reason` of the Status that the agent gets. */
export const DENY_REASONS = [
  'ApprovalRequired',
  'ApprovalPending',
  'ApprovalDenied',
  'ApprovalExpired',
  'ApprovalMismatch',
  'ApprovalUsed',
  'SignatureInvalid',
  'ApproverNotEntitled',
  'PhaseForbidden',
  'ScopeForbidden',
  'NeverAllowed',
  'AgentSuspended',
  'BudgetExceeded',
  'StateStale',
  'InternalError',
] as const
export type DenyReason = (typeof DENY_REASONS)[number]

/** Conditions in the status of our objects. */
export const CONDITIONS = {
  GovernedAgent: ['Enforced', 'Contained', 'Earned'],
  Approver: ['Accepted'],
  ApprovalRequest: ['Approved', 'Denied', 'Expired', 'Consumed'],
  ActionPolicy: ['Accepted'],
} as const
