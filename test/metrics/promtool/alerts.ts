import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { createMetrics } from '../../../src/metrics/metrics.ts'
import { folder, targets } from '../monitoring.ts'

/** Made by build.sh, which `make test-rules` runs first. */
const promtool = join(import.meta.dirname, 'bin/promtool')

/** Prometheus' own word on it: its exit code and whatever it said. */
function run(args: readonly string[], input = ''): { readonly code: number | null; readonly said: string } {
  const { status, stdout, stderr, error } = spawnSync(promtool, args, { cwd: folder, input, encoding: 'utf8' })
  if (error !== undefined) throw error
  return { code: status, said: stdout + stderr }
}

describe('promtool', () => {
  it('takes the alert rules', () => {
    expect(run(['check', 'rules', '--lint=all', '--lint-fatal', 'alerts.yaml'])).to.have.property('code', 0)
  })

  it('sees every alert fire when it should, and only then', () => {
    const { code, said } = run(['test', 'rules', 'alerts_test.yaml'])
    expect(code, said).to.equal(0)
  })

  it('takes every query of the dashboard', () => {
    const rules = targets().map(({ query }, at) => ({ record: `query:${at}`, expr: query }))
    const scratch = mkdtempSync(join(tmpdir(), 'obstat-promtool-'))
    try {
      const file = join(scratch, 'queries.yaml')
      writeFileSync(file, JSON.stringify({ groups: [{ name: 'dashboard', rules }] }))
      const { code, said } = run(['check', 'rules', file])
      expect(code, said).to.equal(0)
    } finally {
      rmSync(scratch, { recursive: true })
    }
  })

  it('finds nothing to say about the names and texts of the metrics', async () => {
    const metrics = createMetrics({
      version: '0.0.0',
      cacheAgeSeconds: () => null,
      certificateSecondsLeft: () => null,
      isLeader: () => true,
      isEnforced: () => true,
      standby: () => 'Waiting',
      problems: () => [],
      waiting: () => ({ count: 0, oldestSeconds: 0 }),
      droppedAuditRecords: () => 0,
      loopDelayP99Seconds: () => 0,
    })
    expect(run(['check', 'metrics'], await metrics.text())).to.deep.equal({ code: 0, said: '' })
  })
})
