import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import type { AuditRecord } from '../../src/admission/ports.ts'
import { jsonLines } from '../../src/audit/jsonl.ts'

const record = (uid: string): AuditRecord => ({
  at: '2026-11-20T07:00:00.000Z',
  uid,
  verdict: 'Deny',
  reason: 'PhaseForbidden',
  class: 'Destructive',
  phase: 'Shadow',
  agent: 'bot',
  user: 'line\nbreak',
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
})

const never = (cause: unknown): never => {
  throw new Error('the descriptor could be written', { cause })
}

describe('the audit log', () => {
  let dir: string
  let file: string
  let descriptor: number
  const lines = (): readonly Record<string, unknown>[] =>
    readFileSync(file, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'obstat-audit-'))
    file = join(dir, 'audit.jsonl')
    descriptor = openSync(file, 'a')
  })

  afterEach(() => {
    closeSync(descriptor)
    rmSync(dir, { recursive: true })
  })

  it('is one line of JSON for each record, in their order', async () => {
    const audit = jsonLines(never, descriptor)
    for (const uid of ['a', 'b', 'c']) audit.record(record(uid))
    await audit.close(5000)
    expect(lines().map((line) => line['uid'])).to.deep.equal(['a', 'b', 'c'])
    expect(lines()[0]).to.deep.equal(record('a'))
  })

  it('drops records rather than memory when nobody takes them, and says how many', async () => {
    const audit = jsonLines(never, descriptor, 2000)
    for (let i = 0; i < 50; i++) audit.record(record(String(i)))
    const dropped = audit.dropped()
    expect(dropped).to.be.greaterThan(30)
    await audit.close(5000)
    audit.record(record('next'))
    await audit.close(5000)
    expect(lines().filter((line) => 'uid' in line)).to.have.length(51 - dropped)
    const told = lines().filter((line) => 'droppedRecords' in line)
    expect(told.map((line) => line['droppedRecords'])).to.deep.equal([dropped])
  })

  it('tells once when it cannot write at all, and goes on', async () => {
    const faults: unknown[] = []
    const readOnly = openSync(file, 'r')
    const audit = jsonLines((cause) => faults.push(cause), readOnly)
    audit.record(record('a'))
    await audit.close(5000)
    audit.record(record('b'))
    await audit.close(5000)
    closeSync(readOnly)
    expect(faults).to.have.length(1)
    expect(audit.dropped()).to.equal(2)
  })
})
