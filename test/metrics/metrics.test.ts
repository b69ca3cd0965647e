import { expect } from 'chai'
import type { AuditRecord } from '../../src/admission/ports.ts'
import { APPROVAL_EVENTS } from '../../src/admission/ports.ts'
import { FAMILY_LIST } from '../../src/metrics/catalogue.ts'
import type { Metrics, Readings } from '../../src/metrics/metrics.ts'
import { createMetrics } from '../../src/metrics/metrics.ts'

const readings: Readings = {
  version: '1.2.3',
  cacheAgeSeconds: () => 0.5,
  certificateSecondsLeft: () => null,
  isLeader: () => true,
  isEnforced: () => false,
  standby: () => 'Waiting',
  problems: () => ['state', 'state', 'certificate'],
  waiting: () => ({ count: 2, oldestSeconds: 90 }),
  droppedAuditRecords: () => 7,
  loopDelayP99Seconds: () => 0.003,
}

const metricsOf = (changes: Partial<Readings> = {}): Metrics => createMetrics({ ...readings, ...changes })

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
  approvalEvents: [],
  durationMs: 1,
}

const valueOf = async (metrics: Metrics, series: string): Promise<string | undefined> =>
  (await metrics.text())
    .split('\n')
    .find((line) => line.startsWith(`${series} `))
    ?.slice(series.length + 1)

describe('the metrics', () => {
  it('are those of the catalogue, with its types and help', async () => {
    const text = await metricsOf().text()
    const told = [...text.matchAll(/^# HELP (\S+) (.*)\n# TYPE \S+ (\S+)$/gm)]
    expect(told.map(([, name, help, type]) => ({ name, help, type }))).to.have.deep.members(
      FAMILY_LIST.map(({ name, help, type }) => ({ name, help, type })),
    )
  })

  it('have the labels of the catalogue and no others', async () => {
    const metrics = metricsOf()
    metrics.record(record)
    const text = await metrics.text()
    for (const { name, type, labels } of FAMILY_LIST) {
      const suffix = type === 'histogram' ? '_count' : ''
      const [, found = ''] = new RegExp(`^${name}${suffix}(?:\\{(.*)\\})? `, 'm').exec(text) ?? []
      expect([...found.matchAll(/(\w+)="/g)].map(([, label]) => label).sort(), name).to.deep.equal(
        Object.keys(labels).sort(),
      )
    }
  })

  it('are named as Prometheus names them', () => {
    for (const { name, type, help } of FAMILY_LIST) {
      expect(name).to.match(/^(obstat|process)_[a-z0-9_]+$/)
      expect(name.endsWith('_total'), name).to.equal(type === 'counter')
      expect(name, 'base units').to.not.match(/_(ms|milliseconds|minutes|days|kilobytes|percent)(_|$)/)
      expect(help, name).to.match(/^[A-Z0-9].*\.$/)
    }
  })

  it('count decisions by verdict, reason, class and phase', async () => {
    const metrics = metricsOf()
    metrics.record(record)
    metrics.record(record)
    const series = 'obstat_decisions_total{verdict="Deny",reason="PhaseForbidden",class="Destructive",phase="Shadow"}'
    expect(await valueOf(metrics, series)).to.equal('2')
  })

  it('make no series of what is in no list', async () => {
    const metrics = metricsOf({ problems: () => ['evil'] })
    metrics.record({ ...record, reason: 'evil"} 1', class: 'x', phase: 'y' })
    const series = 'obstat_decisions_total{verdict="Deny",reason="other",class="other",phase="other"}'
    expect(await valueOf(metrics, series)).to.equal('1')
    metrics.restored('evil')
    expect(await valueOf(metrics, 'obstat_restored_total{kind="other"}')).to.equal('1')
    metrics.fault(Object.assign(new Error('no'), { code: 'evil' }))
    metrics.fault('no error at all')
    expect(await valueOf(metrics, 'obstat_faults_total{code="other"}')).to.equal('2')
    expect(await valueOf(metrics, 'obstat_problems{part="other"}')).to.equal('1')
  })

  it('show what nobody can approve from the start, so that the first time is a rise', async () => {
    const text = await metricsOf().text()
    expect(text.match(/^obstat_decisions_total\{verdict="Deny",reason="NeverAllowed",.* 0$/gm)).to.have.length(8)
  })

  it('count what happens to approvals, in a decision and outside', async () => {
    const metrics = metricsOf()
    metrics.record({ ...record, approvalEvents: ['Approved', 'Used'] })
    for (const event of APPROVAL_EVENTS) metrics.approval(event)
    expect(await valueOf(metrics, 'obstat_approval_requests_filed_total')).to.equal('1')
    expect(await valueOf(metrics, 'obstat_approval_requests_withheld_total')).to.equal('1')
    expect(await valueOf(metrics, 'obstat_approval_requests_decided_total{decision="Approved"}')).to.equal('2')
    expect(await valueOf(metrics, 'obstat_approval_requests_decided_total{decision="Denied"}')).to.equal('1')
    expect(await valueOf(metrics, 'obstat_approvals_used_total')).to.equal('2')
    expect(await valueOf(metrics, 'obstat_approval_requests_expired_total')).to.equal('1')
  })

  it('count faults by their code', async () => {
    const metrics = metricsOf()
    metrics.fault(Object.assign(new Error('gone'), { code: 'Unreachable' }))
    metrics.fault(new DOMException('too late', 'TimeoutError'))
    expect(await valueOf(metrics, 'obstat_faults_total{code="Unreachable"}')).to.equal('1')
    expect(await valueOf(metrics, 'obstat_faults_total{code="OutOfTime"}')).to.equal('1')
  })

  it('measure an answer, and a fault too', async () => {
    const metrics = metricsOf()
    expect(await metrics.timed('agents', () => Promise.resolve(7))).to.equal(7)
    const fault = await metrics.timed('agents', () => Promise.reject(new Error('no'))).catch((cause: unknown) => cause)
    expect(fault).to.be.an('error')
    expect(await valueOf(metrics, 'obstat_review_duration_seconds_count{endpoint="agents"}')).to.equal('2')
    expect(await valueOf(metrics, 'obstat_review_duration_seconds_count{endpoint="guard"}')).to.equal('0')
  })

  it('tell latencies apart from a quarter of a millisecond on', async () => {
    const text = await metricsOf().text()
    expect(text).to.match(/^obstat_review_duration_seconds_bucket\{le="0.00025",endpoint="agents"\} 0$/m)
  })

  it('count reviews that were too many', async () => {
    const metrics = metricsOf()
    metrics.shed()
    expect(await valueOf(metrics, 'obstat_reviews_shed_total')).to.equal('1')
  })

  it('read the rest when somebody asks', async () => {
    const metrics = metricsOf()
    expect(await valueOf(metrics, 'obstat_cache_age_seconds')).to.equal('0.5')
    expect(await valueOf(metrics, 'obstat_certificate_remaining_seconds')).to.equal('Nan')
    expect(await valueOf(metrics, 'obstat_leader')).to.equal('1')
    expect(await valueOf(metrics, 'obstat_enforced')).to.equal('0')
    expect(await valueOf(metrics, 'obstat_problems{part="state"}')).to.equal('2')
    expect(await valueOf(metrics, 'obstat_problems{part="verdicts"}')).to.equal('0')
    expect(await valueOf(metrics, 'obstat_approval_requests_open')).to.equal('2')
    expect(await valueOf(metrics, 'obstat_approval_requests_oldest_age_seconds')).to.equal('90')
    expect(await valueOf(metrics, 'obstat_audit_dropped_records_total')).to.equal('7')
    expect(await valueOf(metrics, 'obstat_event_loop_delay_p99_seconds')).to.equal('0.003')
    expect(await valueOf(metrics, `obstat_build_info{version="1.2.3",node="${process.version}"}`)).to.equal('1')
    expect(Number(await valueOf(metrics, 'process_start_time_seconds'))).to.be.closeTo(Date.now() / 1000, 3600)
  })

  it('forget a problem that is over', async () => {
    let problems: readonly string[] = ['retention', 'evil']
    const metrics = metricsOf({ problems: () => problems })
    await metrics.text()
    problems = []
    expect(await valueOf(metrics, 'obstat_problems{part="retention"}')).to.equal('0')
    expect(await valueOf(metrics, 'obstat_problems{part="other"}')).to.equal(undefined)
  })
})
