import { Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { AuditRecord } from '../admission/ports.ts'
import { DENY_REASONS, PHASES } from '../api/names.ts'
import { CLASSES } from '../policy/class.ts'
import type { AllowReason } from '../policy/decision.ts'

/** What is read when somebody asks for the metrics; null where it is not known. */
export interface Readings {
  readonly cacheAgeSeconds: () => number | null
  readonly certificateSecondsLeft: () => number | null
  readonly isLeader: () => boolean
  /** Does the live webhook configuration cover every agent. */
  readonly isEnforced: () => boolean
  readonly droppedAuditRecords: () => number
}

export interface Metrics {
  /** Counts one decision. */
  readonly record: (record: AuditRecord) => void
  /** Measures one answer to the API server, from the whole body to the answer. */
  readonly timed: <T>(endpoint: Endpoint, work: () => Promise<T>) => Promise<T>
  /** Somebody else changed or removed what the leader keeps, and it was put back. */
  readonly restored: (kind: string) => void
  /** Prometheus text format. */
  readonly text: () => Promise<string>
  readonly contentType: string
}

export const ENDPOINTS = ['agents', 'guard'] as const
export type Endpoint = (typeof ENDPOINTS)[number]

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

/** From a quarter of a millisecond, where most answers are, to the five seconds after which the API server gives up. */
const BUCKETS = [0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5]

/** Labels are closed sets: what is in none of them counts as `other`, so that nobody outside makes a time series. */
const within = (known: readonly string[], value: string): string => (known.includes(value) ? value : 'other')

/** Everything that obstat counts, in a registry of its own. */
export function createMetrics(readings: Readings): Metrics {
  const registry = new Registry()
  const registers = [registry]
  const decisions = new Counter({
    name: 'obstat_decisions_total',
    help: 'Requests of agents that were decided.',
    labelNames: ['verdict', 'reason', 'class', 'phase'],
    registers,
  })
  const durations = new Histogram({
    name: 'obstat_review_duration_seconds',
    help: 'Time from a whole review to its answer.',
    labelNames: ['endpoint'],
    buckets: BUCKETS,
    registers,
  })
  const restored = new Counter({
    name: 'obstat_restored_total',
    help: 'Generated objects that somebody changed or removed and obstat put back.',
    labelNames: ['kind'],
    registers,
  })
  for (const endpoint of ENDPOINTS) durations.zero({ endpoint })
  for (const kind of KEPT_KINDS) restored.inc({ kind }, 0)
  addGauges(registers, readings)
  return {
    record: (record) => {
      decisions.inc({
        verdict: within(['Allow', 'Deny'], record.verdict),
        reason: within([...ALLOW_REASONS, ...DENY_REASONS], record.reason),
        class: within(CLASSES, record.class),
        phase: within(PHASES, record.phase),
      })
    },
    timed: async (endpoint, work) => {
      const startedAt = performance.now()
      try {
        return await work()
      } finally {
        durations.observe({ endpoint }, (performance.now() - startedAt) / 1000)
      }
    },
    restored: (kind) => {
      restored.inc({ kind: within(KEPT_KINDS, kind) })
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
  }
}

function addGauges(registers: Registry[], readings: Readings): void {
  const gauge = (name: string, help: string, read: () => number | null): void => {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(read() ?? NaN)
      },
    })
  }
  gauge(
    'obstat_cache_age_seconds',
    'Time since the cached state was last proved to be current.',
    readings.cacheAgeSeconds,
  )
  gauge(
    'obstat_certificate_remaining_seconds',
    'Time until the serving certificate ends.',
    readings.certificateSecondsLeft,
  )
  gauge('obstat_leader', '1 on the replica that keeps the webhook configuration.', () => Number(readings.isLeader()))
  gauge('obstat_enforced', '1 while the live webhook configuration covers every agent.', () =>
    Number(readings.isEnforced()),
  )
  gauge('obstat_audit_dropped_records', 'Audit records dropped since the start.', readings.droppedAuditRecords)
  gauge('process_resident_memory_bytes', 'Resident memory.', () => process.memoryUsage.rss())
  new Counter({
    name: 'process_cpu_seconds_total',
    help: 'CPU time used since the start.',
    registers,
    collect() {
      const { user, system } = process.cpuUsage()
      this.reset()
      this.inc((user + system) / 1_000_000)
    },
  })
}
