import { expect } from 'chai'
import type { AuditRecord } from '../../src/admission/ports.ts'
import { createMetrics } from '../../src/metrics/metrics.ts'
import type { Metrics } from '../../src/metrics/metrics.ts'

const metricsOf = (): Metrics =>
  createMetrics({
    cacheAgeSeconds: () => 0.5,
    certificateSecondsLeft: () => null,
    isLeader: () => true,
    isEnforced: () => false,
    droppedAuditRecords: () => 0,
  })

const record: AuditRecord = {
  at: '2026-11-20T07:00:00.000Z',
  uid: 'u',
  verdict: 'Deny',
  reason: 'PhaseForbidden',
  class: 'Destructive',
  phase: 'Shadow',
  agent: 'bot',
  user: 'bot',
  operation: 'DELETE',
  resource: 'pods',
  namespace: 'shop',
  name: 'cart',
  objectUid: 'u',
  isDryRun: false,
  isAudit: false,
  findings: [],
  request: '',
  intentSha256: '',
  durationMs: 1,
}

const valueOf = async (metrics: Metrics, series: string): Promise<string | undefined> =>
  (await metrics.text())
    .split('\n')
    .find((line) => line.startsWith(`${series} `))
    ?.slice(series.length + 1)

describe('the metrics', () => {
  it('have these names', async () => {
    const names = (await metricsOf().text()).matchAll(/^# TYPE (\S+ \S+)$/gm)
    expect([...names].map(([, name]) => name).sort()).to.deep.equal([
      'obstat_audit_dropped_records gauge',
      'obstat_cache_age_seconds gauge',
      'obstat_certificate_remaining_seconds gauge',
      'obstat_decisions_total counter',
      'obstat_enforced gauge',
      'obstat_leader gauge',
      'obstat_restored_total counter',
      'obstat_review_duration_seconds histogram',
      'process_cpu_seconds_total counter',
      'process_resident_memory_bytes gauge',
    ])
  })

  it('count decisions by verdict, reason, class and phase', async () => {
    const metrics = metricsOf()
    metrics.record(record)
    metrics.record(record)
    const series = 'obstat_decisions_total{verdict="Deny",reason="PhaseForbidden",class="Destructive",phase="Shadow"}'
    expect(await valueOf(metrics, series)).to.equal('2')
  })

  it('make no series of what is in no list', async () => {
    const metrics = metricsOf()
    metrics.record({ ...record, reason: 'evil"} 1', class: 'x', phase: 'y' })
    const series = 'obstat_decisions_total{verdict="Deny",reason="other",class="other",phase="other"}'
    expect(await valueOf(metrics, series)).to.equal('1')
    metrics.restored('evil')
    expect(await valueOf(metrics, 'obstat_restored_total{kind="other"}')).to.equal('1')
  })

  it('measure an answer, and a fault too', async () => {
    const metrics = metricsOf()
    expect(await metrics.timed('agents', () => Promise.resolve(7))).to.equal(7)
    const fault = await metrics.timed('agents', () => Promise.reject(new Error('no'))).catch((cause: unknown) => cause)
    expect(fault).to.be.an('error')
    expect(await valueOf(metrics, 'obstat_review_duration_seconds_count{endpoint="agents"}')).to.equal('2')
    expect(await valueOf(metrics, 'obstat_review_duration_seconds_count{endpoint="guard"}')).to.equal('0')
  })

  it('read the rest when somebody asks', async () => {
    const metrics = metricsOf()
    expect(await valueOf(metrics, 'obstat_cache_age_seconds')).to.equal('0.5')
    expect(await valueOf(metrics, 'obstat_certificate_remaining_seconds')).to.equal('Nan')
    expect(await valueOf(metrics, 'obstat_leader')).to.equal('1')
    expect(await valueOf(metrics, 'obstat_enforced')).to.equal('0')
  })
})
