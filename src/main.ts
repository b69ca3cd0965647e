import { guardReview } from './admission/guard-review.ts'
import type { Ports } from './admission/ports.ts'
import type { Reviewer } from './admission/review.ts'
import { review } from './admission/review.ts'
import { jsonLines } from './audit/jsonl.ts'
import { startLog } from './audit/log.ts'
import type { ServeConfig } from './config/serve.ts'
import { startFiles } from './files/start.ts'
import type { Metrics, Readings } from './metrics/metrics.ts'
import { issueAuthority, issueServer } from './certificates/x509.ts'
import { measureLoopDelay } from './metrics/loop-delay.ts'
import { createMetrics } from './metrics/metrics.ts'
import { harmless } from './policy/harmless/index.ts'
import { rules } from './policy/rules/index.ts'
import type { RunningCluster } from './reconcile/start.ts'
import { startCluster } from './reconcile/start.ts'
import { createApp } from './server/app.ts'
import { serveHealth } from './server/health.ts'
import type { DrainOptions } from './server/https.ts'
import { serveHttps, tryListening } from './server/https.ts'
import { withLimits } from './server/load.ts'

/** What serves: the adapters over a cluster, or those over a folder. */
type Backend = Omit<RunningCluster, 'stop' | 'waiting'> & {
  readonly waiting: Readings['waiting']
  readonly stop: () => Promise<void>
}

/** How replicas leave. Those of a Service answer new connections too, until its endpoints are told everywhere. */
const leave = ({ source, url }: ServeConfig): Pick<DrainOptions, 'lameDuckMs' | 'takesNew'> => {
  if (source.kind === 'files') return { lameDuckMs: 0, takesNew: false }
  return url === null ? { lameDuckMs: 3000, takesNew: true } : { lameDuckMs: 1000, takesNew: false }
}
/** No review lasts longer than the API server waits. */
const GRACE_MS = 10_000
const LOG_CLOSE_MS = 2000
/** People wait no longer for a live read; what could not be checked is checked again at use. */
const GUARD_MS = 1000
const SHED_LOG_MS = 10_000
/** A first look, a demo or a CI run; nobody renews it. */
const STANDALONE_MS = 7 * 86_400_000

/** Serves the webhook until the signal ends it: the one place that builds the adapters. Answers the exit code. */
export async function serve(config: ServeConfig, version: string, signal: AbortSignal): Promise<number> {
  const { tell: log, close: closeLog } = startLog()
  const fault = (uid: string, cause: unknown): void => {
    log(`fault ${uid}: ${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}`)
  }
  const audit = jsonLines((cause) => {
    fault('audit', cause)
  })
  let backend: Backend | null = null
  const loopDelay = measureLoopDelay()
  const metrics = createMetrics({
    version,
    cacheAgeSeconds: () => ageSeconds(backend),
    certificateSecondsLeft: () => secondsUntil(backend?.certificateEndsAt() ?? null),
    isLeader: () => backend?.isLeader() ?? false,
    isEnforced: () => backend?.isEnforced() ?? false,
    standby: () => backend?.standby() ?? 'Waiting',
    problems: () => backend?.problems() ?? [],
    waiting: () => backend?.waiting() ?? { count: 0, oldestSeconds: null },
    droppedAuditRecords: audit.dropped,
    loopDelayP99Seconds: loopDelay.p99Seconds,
  })
  const health = await serveHealth(
    {
      unready: () => (signal.aborted ? ['stopping'] : (backend?.ready() ?? ['starting'])),
      metrics: metrics.text,
      metricsType: metrics.contentType,
    },
    config.metricsListen,
  )
  try {
    // Before anything is claimed: a process that cannot serve must not lead the others to itself.
    await tryListening(config.listen)
    backend = await start(config, metrics, log, signal)
    const https = await listen(config, backend, metrics, audit, fault)
    log(`serving on ${config.listen.host}:${https.address.port}, metrics on port ${health.address.port}`)
    await ended(signal)
    log('draining')
    await https.drain({ ...leave(config), graceMs: GRACE_MS })
    return 0
  } catch (cause) {
    if (signal.aborted) return 0
    throw cause
  } finally {
    // After the drain: reviews in flight still read and write through it.
    await backend?.stop()
    loopDelay.stop()
    await Promise.all([health.close(), audit.close(LOG_CLOSE_MS)])
    await closeLog(LOG_CLOSE_MS)
  }
}

async function start(
  config: ServeConfig,
  metrics: Metrics,
  log: (message: string) => void,
  signal: AbortSignal,
): Promise<Backend> {
  const { source, namespace, url, identity } = config
  if (source.kind === 'files') return standalone(source.directory, config.listen.host, new Date())
  return startCluster({
    kubeconfig: source.kubeconfig,
    context: source.context,
    namespace,
    url: url?.href,
    identity,
    log,
    restored: metrics.restored,
    approval: metrics.approval,
    signal,
  })
}

/** A folder instead of a cluster, with a certificate for this run alone. */
function standalone(directory: string, host: string, now: Date): Backend {
  const period = { notBefore: now, notAfter: new Date(now.getTime() + STANDALONE_MS) }
  const authority = issueAuthority('obstat standalone', period)
  const pair = issueServer(authority, [host, 'localhost'], period)
  const ports = startFiles(directory)
  return {
    ports,
    ready: () => [],
    tls: { current: () => pair, onChange: () => undefined },
    isLeader: () => true,
    isEnforced: () => true,
    standby: () => 'Waiting',
    problems: () => [],
    waiting: () => {
      const agents = ports.state.snapshot()?.agents ?? []
      const open = agents.flatMap(({ metadata }) => ports.state.openRequests(metadata.name, new Date()))
      return { count: open.length, oldestSeconds: null }
    },
    certificateEndsAt: () => period.notAfter,
    stop: () => Promise.resolve(),
  }
}

async function listen(
  config: ServeConfig,
  backend: Backend,
  metrics: Metrics,
  audit: ReturnType<typeof jsonLines>,
  fault: Reviewer['fault'],
): Promise<Awaited<ReturnType<typeof serveHttps>>> {
  const ports: Ports = {
    ...backend.ports,
    clock: { now: () => new Date(), monotonicMs: () => performance.now() },
    audit: {
      record: (record) => {
        metrics.record(record)
        audit.record(record)
      },
      recordGuarded: (record) => {
        audit.recordGuarded(record)
      },
    },
  }
  const failed: Reviewer['fault'] = (uid, cause) => {
    metrics.fault(cause)
    fault(uid, cause)
  }
  const reviewer: Reviewer = { ports, catalogue: { rules, harmless }, ownNamespace: config.namespace, fault: failed }
  const app = createApp({
    agents: (uid, body, signal) => metrics.timed('agents', () => review(uid, body, reviewer, signal)),
    guard: (uid, body, signal) => {
      const brief = AbortSignal.any([signal, AbortSignal.timeout(GUARD_MS)])
      return metrics.timed('guard', () => guardReview(uid, body, reviewer, brief))
    },
    fault: failed,
  })
  const tellShed = shedding(fault)
  const shed = (): void => {
    metrics.shed()
    tellShed()
  }
  const https = await serveHttps(withLimits(app, shed), config.listen, backend.tls.current())
  backend.tls.onChange((pair) => {
    https.setCertificate(pair)
  })
  return https
}

/** Tells of reviews that were too many, at most once in ten seconds: a flood must not fill the log too. */
function shedding(fault: Reviewer['fault']): () => void {
  let untold = 0
  let toldAt = -Infinity
  return () => {
    untold++
    if (performance.now() - toldAt < SHED_LOG_MS) return
    fault('load', `more reviews than can be judged at once: ${untold} were not judged`)
    untold = 0
    toldAt = performance.now()
  }
}

function ageSeconds(backend: Backend | null): number | null {
  const provedAt = backend?.ports.state.snapshot()?.provedAt
  return provedAt === undefined ? null : (Date.now() - provedAt.getTime()) / 1000
}

const secondsUntil = (date: Date | null): number | null => (date === null ? null : (date.getTime() - Date.now()) / 1000)

const ended = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve()
    signal.addEventListener(
      'abort',
      () => {
        resolve()
      },
      { once: true },
    )
  })
