import type { Registry as Series } from 'prom-client'
import type { ApprovalEvent, AuditRecord } from '../admission/ports.ts'
import type { StandbyMode } from '../api/names.ts'
import { BUCKETS, ENFORCERS, FAMILIES, OTHER, PARTS } from './catalogue.ts'
import type { Endpoint, Family } from './catalogue.ts'
import { Counter, Gauge, Histogram, Registry } from './prom-client.ts'

/** What is read when somebody asks for the metrics; null where it is not known. */
export interface Readings {
  /** Of obstat, as `package.json` says. */
  readonly version: string
  readonly cacheAgeSeconds: () => number | null
  readonly certificateSecondsLeft: () => number | null
  readonly isLeader: () => boolean
  /** Does the live webhook configuration cover every agent. */
  readonly isEnforced: () => boolean
  /** Does the standby policy hold agents up, and who wants it. */
  readonly standby: () => StandbyMode
  /** The part of obstat that each present problem is in. */
  readonly problems: () => readonly string[]
  readonly waiting: () => Waiting
  readonly droppedAuditRecords: () => number
  readonly loopDelayP99Seconds: () => number | null
}

/** The ApprovalRequests that nobody has answered yet. */
export interface Waiting {
  readonly count: number
  /** Age of the oldest; 0 when there is none, null where ages are not known. */
  readonly oldestSeconds: number | null
}

export interface Metrics {
  /** Counts one decision, and what it did to approvals. */
  readonly record: (record: AuditRecord) => void
  /** Counts what happened to an approval outside of a decision. */
  readonly approval: (event: ApprovalEvent) => void
  /** Counts a review that ended in a fault. */
  readonly fault: (cause: unknown) => void
  /** Counts a review that nobody judged, because there were too many. */
  readonly shed: () => void
  /** Measures one answer to the API server, from the whole body to the answer. */
  readonly timed: <T>(endpoint: Endpoint, work: () => Promise<T>) => Promise<T>
  /** Somebody else changed or removed what the leader keeps, and it was put back. */
  readonly restored: (kind: string) => void
  /** Prometheus text format. */
  readonly text: () => Promise<string>
  readonly contentType: string
}

/** Everything that obstat counts, in a registry of its own. */
export function createMetrics(readings: Readings): Metrics {
  const registry = new Registry()
  const decisions = counter(registry, FAMILIES.decisions, NEVER_ALLOWED)
  const restored = counter(registry, FAMILIES.restored)
  const faults = counter(registry, FAMILIES.faults)
  const shed = counter(registry, FAMILIES.shed)
  const durations = new Histogram({ ...optionsOf(registry, FAMILIES.durations), buckets: [...BUCKETS] })
  for (const endpoint of FAMILIES.durations.labels.endpoint) durations.zero({ endpoint })
  const approval = approvalCounters(registry)
  addWaiting(registry, readings)
  addState(registry, readings)
  addProcess(registry, readings)
  return {
    record: ({ verdict, reason, class: found, phase, approvalEvents }) => {
      decisions({ verdict, reason, class: found, phase })
      for (const event of approvalEvents) approval(event)
    },
    approval,
    fault: (cause) => {
      faults({ code: codeOf(cause) })
    },
    shed: () => {
      shed({})
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
      restored({ kind })
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
  }
}

type Labels = Readonly<Record<string, string>>

const optionsOf = (registry: Series, family: Family) => ({
  name: family.name,
  help: family.help,
  labelNames: Object.keys(family.labels),
  registers: [registry],
})

/**
 * Adds one to the series of these labels. Its series are there from the start, at zero, unless told which: a rate
 * cannot see the first count of a series that was not there before.
 */
function counter(registry: Series, family: Family, zeroes = seriesOf(family.labels)): (labels: Labels) => void {
  const it = new Counter(optionsOf(registry, family))
  for (const labels of zeroes) it.inc(labels, 0)
  return (labels) => {
    it.inc(Object.fromEntries(Object.entries(labels).map(([name, value]) => [name, within(family, name, value)])))
  }
}

const within = (family: Family, label: string, value: string): string =>
  family.labels[label]?.includes(value) === true ? value : OTHER

/** Every combination of label values. */
const seriesOf = (labels: Family['labels']): readonly Labels[] =>
  Object.entries(labels).reduce<readonly Labels[]>(
    (series, [name, values]) => series.flatMap((one) => values.map((value) => ({ ...one, [name]: value }))),
    [{}],
  )

/** All decisions there can be are hundreds of series; these are the ones whose first count matters. */
const NEVER_ALLOWED = seriesOf({
  ...FAMILIES.decisions.labels,
  verdict: ['Deny'],
  reason: ['NeverAllowed'],
  class: ['Escalation', 'Tampering'],
})

function approvalCounters(registry: Series): (event: ApprovalEvent) => void {
  const filed = counter(registry, FAMILIES.filed)
  const withheld = counter(registry, FAMILIES.withheld)
  const decided = counter(registry, FAMILIES.decided)
  const used = counter(registry, FAMILIES.used)
  const expired = counter(registry, FAMILIES.expired)
  const count: Readonly<Record<ApprovalEvent, () => void>> = {
    Filed: () => {
      filed({})
    },
    Withheld: () => {
      withheld({})
    },
    Approved: () => {
      decided({ decision: 'Approved' })
    },
    Denied: () => {
      decided({ decision: 'Denied' })
    },
    Used: () => {
      used({})
    },
    Expired: () => {
      expired({})
    },
  }
  return (event) => {
    count[event]()
  }
}

function gauge(registry: Series, family: Family, read: () => number | null): void {
  new Gauge({
    ...optionsOf(registry, family),
    collect() {
      this.set(read() ?? NaN)
    },
  })
}

function addWaiting(registry: Series, { waiting }: Readings): void {
  gauge(registry, FAMILIES.open, () => waiting().count)
  gauge(registry, FAMILIES.oldest, () => waiting().oldestSeconds)
}

function addState(registry: Series, readings: Readings): void {
  gauge(registry, FAMILIES.cacheAge, readings.cacheAgeSeconds)
  gauge(registry, FAMILIES.certificate, readings.certificateSecondsLeft)
  gauge(registry, FAMILIES.leader, () => Number(readings.isLeader()))
  gauge(registry, FAMILIES.enforced, () => Number(readings.isEnforced()))
  new Gauge({
    ...optionsOf(registry, FAMILIES.standby),
    collect() {
      const mode = readings.standby()
      for (const by of ENFORCERS) this.set({ by }, Number(mode === `EnforcedBy${by}`))
    },
  })
  new Gauge({
    ...optionsOf(registry, FAMILIES.problems),
    collect() {
      const parts = readings.problems().map((part) => within(FAMILIES.problems, 'part', part))
      this.reset()
      for (const part of [...PARTS, ...parts]) this.set({ part }, parts.filter((one) => one === part).length)
    },
  })
}

function addProcess(registry: Series, readings: Readings): void {
  total(registry, FAMILIES.auditDropped, readings.droppedAuditRecords)
  gauge(registry, FAMILIES.loopDelay, readings.loopDelayP99Seconds)
  new Gauge(optionsOf(registry, FAMILIES.build)).set({ version: readings.version, node: process.version }, 1)
  gauge(registry, FAMILIES.memory, () => process.memoryUsage.rss())
  total(registry, FAMILIES.cpu, () => {
    const { user, system } = process.cpuUsage()
    return (user + system) / 1_000_000
  })
  const startedSeconds = Math.floor(performance.timeOrigin / 1000)
  gauge(registry, FAMILIES.started, () => startedSeconds)
}

/** A counter that somebody else keeps. */
function total(registry: Series, family: Family, read: () => number): void {
  new Counter({
    ...optionsOf(registry, family),
    collect() {
      this.reset()
      this.inc(read())
    },
  })
}

/** The code of a fault; a signal that ran out tells the same as our own OutOfTime. */
function codeOf(cause: unknown): string {
  if (!(cause instanceof Error)) return OTHER
  if (cause.name === 'TimeoutError') return 'OutOfTime'
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : OTHER
}
