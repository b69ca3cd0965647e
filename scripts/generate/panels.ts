/** One graph of the dashboard. */
export interface Panel {
  readonly title: string
  readonly description: string
  readonly kind: 'stat' | 'timeseries' | 'heatmap'
  /** A legend and a query each. */
  readonly queries: readonly (readonly [legend: string, query: string])[]
  readonly unit?: string
  readonly decimals?: number
  readonly max?: number
  readonly isStacked?: boolean
  /** Green, until the value reaches that of a step. */
  readonly steps?: readonly (readonly [value: number, color: string])[]
  /** Red below the first step. */
  readonly isWorseBelow?: boolean
  readonly words?: Readonly<Record<string, string>>
}

const rate = (name: string, more = ''): string => `rate(${name}{job=~"$job"${more}}[$__rate_interval])`
const one = (name: string): string => `${name}{job=~"$job"}`
const quantile = (q: number): string =>
  `histogram_quantile(${q}, sum by (le, endpoint) (${rate('obstat_review_duration_seconds_bucket')}))`

const NOW: readonly Panel[] = [
  {
    title: 'Enforced',
    description: 'Does the live webhook configuration bring the requests of every agent to obstat, on every replica?',
    kind: 'stat',
    queries: [['', `min(${one('obstat_enforced')})`]],
    words: { 0: 'NO', 1: 'yes' },
    isWorseBelow: true,
    steps: [[1, 'green']],
  },
  {
    title: 'Replicas',
    description: 'Replicas that were scraped. With none, agents stop; nobody else notices.',
    kind: 'stat',
    queries: [['', `count(${one('obstat_build_info')})`]],
    isWorseBelow: true,
    steps: [
      [1, 'orange'],
      [2, 'green'],
    ],
  },
  {
    title: 'Leader',
    description: 'The replica that keeps the webhook configuration and the certificate.',
    kind: 'stat',
    queries: [['{{instance}}', `${one('obstat_leader')} == 1`]],
    words: { 1: 'leads' },
  },
  {
    title: 'Pending approvals',
    description: 'Requests that wait for an answer. obstat queue lists them.',
    kind: 'stat',
    queries: [['', `max(${one('obstat_approval_requests_open')})`]],
    steps: [[1, 'orange']],
  },
  {
    title: 'Oldest pending',
    description: 'How long the oldest of them has been waiting. No answer in time is a refusal.',
    kind: 'stat',
    unit: 's',
    queries: [['', `max(${one('obstat_approval_requests_oldest_age_seconds')})`]],
    steps: [
      [600, 'orange'],
      [1800, 'red'],
    ],
  },
  {
    title: 'Certificate',
    description:
      'Days until the serving certificate ends. It is renewed at two thirds of its life: 30 of 90 days left.',
    kind: 'stat',
    unit: 'd',
    decimals: 1,
    queries: [['', `min(${one('obstat_certificate_remaining_seconds')}) / 86400`]],
    isWorseBelow: true,
    steps: [
      [7, 'orange'],
      [21, 'green'],
    ],
  },
]

const DECISIONS: readonly Panel[] = [
  {
    title: 'Decisions',
    description: 'Requests of agents a second, by verdict.',
    kind: 'timeseries',
    unit: 'reqps',
    queries: [['{{verdict}}', `sum by (verdict) (${rate('obstat_decisions_total')})`]],
    isStacked: true,
  },
  {
    title: 'Refusals by reason',
    description: 'NeverAllowed is an agent that tries what nobody can approve.',
    kind: 'timeseries',
    unit: 'reqps',
    queries: [['{{reason}}', `sum by (reason) (${rate('obstat_decisions_total', ', verdict="Deny"')})`]],
    isStacked: true,
  },
  {
    title: 'Decisions by class',
    description: 'What the requests would do, from least to worst.',
    kind: 'timeseries',
    unit: 'reqps',
    queries: [['{{class}}', `sum by (class) (${rate('obstat_decisions_total')})`]],
    isStacked: true,
  },
  {
    title: 'Let through by Audit',
    description: 'What Enforce would have refused, by trust phase.',
    kind: 'timeseries',
    unit: 'reqps',
    queries: [['{{phase}}', `sum by (phase) (${rate('obstat_decisions_total', ', reason="AuditOnly"')})`]],
  },
]

const APPROVALS: readonly Panel[] = [
  {
    title: 'Approvals',
    description: 'What became of requests, in the last hour.',
    kind: 'timeseries',
    queries: [
      ['filed', `sum(increase(${one('obstat_approval_requests_filed_total')}[1h]))`],
      ['{{decision}}', `sum by (decision) (increase(${one('obstat_approval_requests_decided_total')}[1h]))`],
      ['used', `sum(increase(${one('obstat_approvals_used_total')}[1h]))`],
      ['expired', `sum(increase(${one('obstat_approval_requests_expired_total')}[1h]))`],
      ['kept back', `sum(increase(${one('obstat_approval_requests_withheld_total')}[1h]))`],
    ],
  },
  {
    title: 'Waiting for people',
    description: 'Open requests. Every replica knows all of them.',
    kind: 'timeseries',
    queries: [['open', `max(${one('obstat_approval_requests_open')})`]],
  },
]

const ANSWERS: readonly Panel[] = [
  {
    title: 'Latency',
    description: 'From the whole review to its answer. The API server gives up after 5 s, and the agent is refused.',
    kind: 'timeseries',
    unit: 's',
    queries: [
      ['{{endpoint}} p50', quantile(0.5)],
      ['{{endpoint}} p99', quantile(0.99)],
    ],
  },
  {
    title: 'Latency of agents',
    description: 'How many answers took how long.',
    kind: 'heatmap',
    unit: 's',
    queries: [['{{le}}', `sum by (le) (${rate('obstat_review_duration_seconds_bucket', ', endpoint="agents"')})`]],
  },
  {
    title: 'Without a decision',
    description:
      'Reviews that ended in a fault, by its code, and those that were too many. The log has the whole error.',
    kind: 'timeseries',
    unit: 'reqps',
    queries: [
      ['{{code}}', `sum by (code) (${rate('obstat_faults_total')})`],
      ['too many', `sum(${rate('obstat_reviews_shed_total')})`],
    ],
  },
  {
    title: 'Event loop delay',
    description: '99th percentile. A loop that is late makes every answer late.',
    kind: 'timeseries',
    unit: 's',
    queries: [['{{instance}}', one('obstat_event_loop_delay_p99_seconds')]],
  },
]

const STATE: readonly Panel[] = [
  {
    title: 'Cache age',
    description: 'Since the state was last proved to be current. Agents are refused from 5 s on.',
    kind: 'timeseries',
    unit: 's',
    queries: [['{{instance}}', one('obstat_cache_age_seconds')]],
    steps: [[5, 'red']],
  },
  {
    title: 'Problems',
    description: 'What does not work now. The log says why, and /readyz of a replica that is starting.',
    kind: 'timeseries',
    queries: [['{{instance}} {{part}}', `${one('obstat_problems')} > 0`]],
  },
  {
    title: 'Put back',
    description: 'Somebody changed or removed what obstat keeps, in the last hour. Ask who.',
    kind: 'timeseries',
    queries: [['{{kind}}', `sum by (kind) (increase(${one('obstat_restored_total')}[1h]))`]],
  },
  {
    title: 'Enforced and leading',
    description: 'Each replica.',
    kind: 'timeseries',
    max: 1,
    queries: [
      ['{{instance}} enforced', one('obstat_enforced')],
      ['{{instance}} leads', one('obstat_leader')],
    ],
  },
]

const PROCESS: readonly Panel[] = [
  {
    title: 'CPU',
    description: 'Of one core.',
    kind: 'timeseries',
    unit: 'percentunit',
    queries: [['{{instance}}', rate('process_cpu_seconds_total')]],
  },
  {
    title: 'Memory',
    description: 'Resident.',
    kind: 'timeseries',
    unit: 'bytes',
    queries: [['{{instance}}', one('process_resident_memory_bytes')]],
  },
  {
    title: 'Dropped audit records',
    description: 'Nobody read the standard output of obstat fast enough, in the last hour.',
    kind: 'timeseries',
    queries: [['{{instance}}', `increase(${one('obstat_audit_dropped_records_total')}[1h])`]],
  },
  {
    title: 'Version',
    description: 'More than one while an upgrade runs.',
    kind: 'timeseries',
    queries: [['{{version}} on Node {{node}}', `count by (version, node) (${one('obstat_build_info')})`]],
  },
]

/** The dashboard from top to bottom: each row with its height in Grafana's units. */
export const ROWS: readonly (readonly [title: string, height: number, panels: readonly Panel[]])[] = [
  ['Now', 4, NOW],
  ['Decisions', 8, DECISIONS],
  ['Approvals', 8, APPROVALS],
  ['Answers', 8, ANSWERS],
  ['State', 8, STATE],
  ['Process', 7, PROCESS],
]
