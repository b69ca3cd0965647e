import type { ApprovalEvent } from '../admission/ports.ts'
import { DENY_REASONS, PHASES } from '../api/names.ts'
import { CLASSES } from '../policy/class.ts'
import type { AllowReason } from '../policy/decision.ts'

/** One metric: its names are stable once released, since dashboards and alert rules rest on them. */
export interface Family {
  readonly topic: Topic
  readonly name: string
  readonly type: 'counter' | 'gauge' | 'histogram'
  readonly help: string
  /** Every value that each label can have; what is in no list counts as `other`. */
  readonly labels: Readonly<Record<string, readonly string[]>>
}

export const TOPICS = ['Decisions', 'Approvals', 'State', 'Process'] as const
export type Topic = (typeof TOPICS)[number]

/** Labels are closed sets: nobody outside makes a time series. */
export const OTHER = 'other'

export const ENDPOINTS = ['agents', 'guard'] as const
export type Endpoint = (typeof ENDPOINTS)[number]

export const VERDICTS = ['Allow', 'Deny'] as const

const ALLOW_REASONS = [
  'Observe',
  'InScope',
  'Approved',
  'DryRun',
  'AuditOnly',
] as const satisfies readonly AllowReason[]

const KEPT_KINDS = [
  'ValidatingWebhookConfiguration',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
] as const

/** Who can have the standby policy hold agents up. */
export const ENFORCERS = ['Leader', 'Person'] as const

/** Parts of obstat that may have a problem. */
export const PARTS = ['state', 'certificate', 'enforcement', 'retention', 'verdicts'] as const

/** Codes of faults that an operator can do something about. */
export const FAULT_CODES = [
  'ApiError',
  'JsonDuplicateKey',
  'JsonLoneSurrogate',
  'JsonNotUtf8',
  'JsonSyntax',
  'JsonTooDeep',
  'NoRequestName',
  'OutOfTime',
  'TurnNotTaken',
  'UnknownReview',
  'Unreachable',
  'UseNotRecorded',
] as const

/** From a quarter of a millisecond, where most answers are, to the five seconds after which the API server gives up. */
export const BUCKETS = [0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5] as const

const DECISIONS_OF_PEOPLE = ['Approved', 'Denied'] as const satisfies readonly ApprovalEvent[]

/** Everything that obstat counts and measures. `docs/reference/metrics.md` is made from it. */
export const FAMILIES = {
  decisions: {
    topic: 'Decisions',
    name: 'obstat_decisions_total',
    type: 'counter',
    help: 'Requests of agents that were decided.',
    labels: { verdict: VERDICTS, reason: [...ALLOW_REASONS, ...DENY_REASONS], class: CLASSES, phase: PHASES },
  },
  durations: {
    topic: 'Decisions',
    name: 'obstat_review_duration_seconds',
    type: 'histogram',
    help: 'Time from a whole review to its answer; the API server gives up after 5 s.',
    labels: { endpoint: ENDPOINTS },
  },
  faults: {
    topic: 'Decisions',
    name: 'obstat_faults_total',
    type: 'counter',
    help: 'Reviews that ended in a fault, by its code: an agent is refused with InternalError, a person let through with a warning.',
    labels: { code: FAULT_CODES },
  },
  shed: {
    topic: 'Decisions',
    name: 'obstat_reviews_shed_total',
    type: 'counter',
    help: 'Reviews that were too many or too large at once and that nobody judged: agents are refused, people let through with a warning.',
    labels: {},
  },
  filed: {
    topic: 'Approvals',
    name: 'obstat_approval_requests_filed_total',
    type: 'counter',
    help: 'ApprovalRequests that were filed for a refused act.',
    labels: {},
  },
  withheld: {
    topic: 'Approvals',
    name: 'obstat_approval_requests_withheld_total',
    type: 'counter',
    help: 'Refusals that filed no ApprovalRequest because the agent has too many open ones.',
    labels: {},
  },
  decided: {
    topic: 'Approvals',
    name: 'obstat_approval_requests_decided_total',
    type: 'counter',
    help: 'Decisions of people: ApprovalRequests that enough of them approved or one denied, and pre-approvals at their use.',
    labels: { decision: DECISIONS_OF_PEOPLE },
  },
  expired: {
    topic: 'Approvals',
    name: 'obstat_approval_requests_expired_total',
    type: 'counter',
    help: 'ApprovalRequests that nobody answered in time.',
    labels: {},
  },
  used: {
    topic: 'Approvals',
    name: 'obstat_approvals_used_total',
    type: 'counter',
    help: 'Acts that went through by an approval; further reviews of the same act do not count.',
    labels: {},
  },
  open: {
    topic: 'Approvals',
    name: 'obstat_approval_requests_open',
    type: 'gauge',
    help: 'ApprovalRequests that wait for an answer; every replica knows all of them.',
    labels: {},
  },
  oldest: {
    topic: 'Approvals',
    name: 'obstat_approval_requests_oldest_age_seconds',
    type: 'gauge',
    help: 'How long the oldest open ApprovalRequest has been waiting; 0 when none is open. NaN without a cluster.',
    labels: {},
  },
  cacheAge: {
    topic: 'State',
    name: 'obstat_cache_age_seconds',
    type: 'gauge',
    help: 'Time since the cached state was last proved to be current; agents are refused from 5 s on. NaN before the first.',
    labels: {},
  },
  enforced: {
    topic: 'State',
    name: 'obstat_enforced',
    type: 'gauge',
    help: '1 while the live webhook configuration covers every agent.',
    labels: {},
  },
  standby: {
    topic: 'State',
    name: 'obstat_standby_enforcing',
    type: 'gauge',
    help: '1 while the standby policy refuses agents everything but Observe, by who wants it: the leader, since it cannot keep the webhook configuration right, or a person.',
    labels: { by: ENFORCERS },
  },
  leader: {
    topic: 'State',
    name: 'obstat_leader',
    type: 'gauge',
    help: '1 on the replica that keeps the webhook configuration.',
    labels: {},
  },
  problems: {
    topic: 'State',
    name: 'obstat_problems',
    type: 'gauge',
    help: 'What does not work now, by part; the log says what.',
    labels: { part: PARTS },
  },
  restored: {
    topic: 'State',
    name: 'obstat_restored_total',
    type: 'counter',
    help: 'Generated objects that somebody changed or removed and obstat put back.',
    labels: { kind: KEPT_KINDS },
  },
  certificate: {
    topic: 'State',
    name: 'obstat_certificate_remaining_seconds',
    type: 'gauge',
    help: 'Time until the serving certificate ends. NaN before the first.',
    labels: {},
  },
  auditDropped: {
    topic: 'Process',
    name: 'obstat_audit_dropped_records_total',
    type: 'counter',
    help: 'Audit records that were dropped because nobody took them.',
    labels: {},
  },
  loopDelay: {
    topic: 'Process',
    name: 'obstat_event_loop_delay_p99_seconds',
    type: 'gauge',
    help: '99th percentile, over some ten seconds, of how late the event loop was.',
    labels: {},
  },
  build: {
    topic: 'Process',
    name: 'obstat_build_info',
    type: 'gauge',
    help: 'Always 1; the labels are the versions of obstat and of Node.',
    labels: { version: [], node: [] },
  },
  memory: {
    topic: 'Process',
    name: 'process_resident_memory_bytes',
    type: 'gauge',
    help: 'Resident memory.',
    labels: {},
  },
  cpu: {
    topic: 'Process',
    name: 'process_cpu_seconds_total',
    type: 'counter',
    help: 'CPU time used since the start.',
    labels: {},
  },
  started: {
    topic: 'Process',
    name: 'process_start_time_seconds',
    type: 'gauge',
    help: 'When the process started, in seconds since 1970.',
    labels: {},
  },
} as const satisfies Readonly<Record<string, Family>>

/** In the order of the reference page. */
export const FAMILY_LIST: readonly Family[] = Object.values(FAMILIES)
