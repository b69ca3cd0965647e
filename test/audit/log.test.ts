import { closeSync, constants, mkdtempSync, openSync, readFileSync, readSync, rmSync } from 'node:fs'
import { execFileSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { lines } from '../../src/audit/lines.ts'
import { startLog } from '../../src/audit/log.ts'

describe('the log', () => {
  let dir: string

  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), 'obstat-log-'))
  })

  afterEach(() => {
    rmSync(dir, { recursive: true })
  })

  it('has the time of each line', async () => {
    const file = join(dir, 'log')
    const descriptor = openSync(file, 'a')
    const log = startLog(descriptor)
    log.tell('one')
    log.tell('two')
    await log.close(5000)
    closeSync(descriptor)
    expect(readFileSync(file, 'utf8')).to.match(/^\d{4}-\S+Z one\n\d{4}-\S+Z two\n$/)
  })

  it('goes on when a disk is full or nobody reads, says so once, and how much is missing later', async () => {
    const pipe = join(dir, 'pipe')
    execFileSync('mkfifo', [pipe])
    const reader = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK)
    const descriptor = openSync(pipe, constants.O_WRONLY)
    closeSync(reader)
    const faults: unknown[] = []
    const log = lines({
      descriptor,
      maxWaitingBytes: 1000,
      missing: (count) => `${count} missing`,
      fault: (cause) => faults.push(cause),
      gatherMs: 0,
    })
    for (const line of ['a', 'b', 'c']) {
      log.write(line)
      await log.close(5000)
    }
    expect(faults.map((cause) => (cause as { code: string }).code)).to.deep.equal(['EPIPE'])
    expect(log.dropped()).to.equal(3)
    const again = openSync(pipe, constants.O_RDONLY | constants.O_NONBLOCK)
    log.write('d')
    await log.close(5000)
    const read = Buffer.alloc(1000)
    const text = read.toString('utf8', 0, readSync(again, read))
    expect(text).to.equal('3 missing\nd\n')
    closeSync(again)
    closeSync(descriptor)
  }).timeout(10_000)
})
