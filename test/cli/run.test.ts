import { expect } from 'chai'
import { COMMANDS } from '../../src/cli/index.ts'
import { helpOf } from '../../src/cli/help.ts'
import { parseDuration } from '../../src/cli/duration.ts'
import { formatDuration } from '../../src/review/duration.ts'
import { printable } from '../../src/cli/printable.ts'
import { obstat, Status } from './world.ts'
import type { Cluster } from '../../src/cli/ports.ts'

describe('the command line', () => {
  it('explains itself', async () => {
    const ran = await obstat(['--help'])
    expect(ran.code).to.equal(0)
    for (const { name } of COMMANDS) expect(ran.out).to.include(`  ${name} `)
  })

  it('calls no command a mistake', async () => {
    expect((await obstat([])).code).to.equal(2)
    const ran = await obstat(['aprove'])
    expect([ran.code, ran.out, ran.err]).to.deep.equal([
      2,
      '',
      'obstat: there is no command "aprove"; obstat --help lists them\n',
    ])
  })

  it('says how half of a command goes on', async () => {
    const ran = await obstat(['agent', 'list'])
    expect([ran.code, ran.out, ran.err]).to.deep.equal([2, '', 'obstat: agent goes on: obstat agent add\n'])
  })

  it('explains a command that is named after help', async () => {
    const found = COMMANDS.find(({ name }) => name === 'agent add')
    expect((await obstat(['help', 'agent', 'add'])).out).to.equal(found === undefined ? '' : helpOf(found))
    expect((await obstat(['help', 'nothing'])).out).to.equal((await obstat(['--help'])).out)
  })

  for (const command of COMMANDS)
    it(`explains ${command.name}`, async () => {
      const ran = await obstat([...command.name.split(' '), '--help'])
      expect([ran.code, ran.out]).to.deep.equal([0, helpOf(command)])
    })

  it('takes no operand that it does not know', async () => {
    expect((await obstat(['version', 'please'])).err).to.include('"please" is one operand too many')
    expect((await obstat(['show'])).err).to.include('expected ID')
  })

  it('prints the version', async () => {
    for (const word of ['version', '--version']) expect((await obstat([word])).out).to.match(/^obstat \d+\.\d+\.\d+\n$/)
  })

  const failing = (cause: Error): Cluster => {
    const fail = (): Promise<never> => Promise.reject(cause)
    return {
      server: 'https://fake',
      get: fail,
      text: fail,
      list: fail,
      create: fail,
      patch: fail,
      delete: fail,
      watch: fail,
      close: () => undefined,
    }
  }

  it('says what is wrong with the cluster in one line, without a stack', async () => {
    const unreachable = Object.assign(new Error('cannot reach https://fake'), { code: 'Unreachable' })
    const ran = await obstat(['queue'], { cluster: failing(unreachable) })
    expect([ran.code, ran.err]).to.deep.equal([2, 'obstat queue: cannot reach https://fake\n'])
  })

  it('says where obstat is not installed', async () => {
    const ran = await obstat(['queue'], { cluster: failing(new Status(404, 'not found')) })
    expect(ran.code).to.equal(2)
    expect(ran.err).to.include('https://fake does not know obstat.dev; run obstat install')
  })

  it('tells a refusal from a missing login', async () => {
    expect((await obstat(['queue'], { cluster: failing(new Status(403, 'forbidden')) })).code).to.equal(1)
    expect((await obstat(['queue'], { cluster: failing(new Status(401, 'who?')) })).code).to.equal(2)
  })

  it('shows the stack of a fault that nobody foresaw', async () => {
    const ran = await obstat(['queue'], { cluster: failing(new Error('surprise')) })
    expect(ran.code).to.equal(1)
    expect(ran.err).to.match(/obstat queue: surprise\nError: surprise\n +at /)
  })

  it('hands serve its configuration, and its exit code back', async () => {
    const given: unknown[] = []
    const serve = (config: unknown): Promise<number> => {
      given.push(config)
      return Promise.resolve(3)
    }
    const ran = await obstat(['serve', '--standalone', 'demo', '--listen', '127.0.0.1:1'], { serve })
    expect(ran.code).to.equal(3)
    expect(given).to.have.length(1)
    expect(given[0]).to.deep.include({
      source: { kind: 'files', directory: 'demo' },
      listen: { host: '127.0.0.1', port: 1 },
    })
  })

  it('names every wrong flag of serve at once', async () => {
    const ran = await obstat(['serve', '--listen', 'x', '--url', 'y'])
    expect(ran.code).to.equal(2)
    expect(ran.err).to.include('--listen expected HOST:PORT').and.to.include('--url expected https')
  })

  it('says who listens on a port already', async () => {
    const cause = Object.assign(new Error('listen'), {
      syscall: 'listen',
      code: 'EADDRINUSE',
      address: '127.0.0.1',
      port: 9443,
    })
    const ran = await obstat(['serve', '--standalone', 'demo'], { serve: () => Promise.reject(cause) })
    expect(ran.code).to.equal(2)
    expect(ran.err).to.include('cannot listen on 127.0.0.1:9443: somebody listens there already')
  })
})

describe('durations', () => {
  it('are read as people write them', () => {
    const read = ['90', '90s', '15m', '1h30m', '2d', '0'].map(parseDuration)
    expect(read).to.deep.equal([90_000, 90_000, 900_000, 5_400_000, 172_800_000, 0])
    for (const text of ['', 'soon', '1.5h', '-1m', '5 m', '1w', 'm5']) expect(parseDuration(text)).to.equal(null)
  })

  it('are shown as kubectl shows ages', () => {
    expect([-5, 0, 119_999, 120_000, 7_199_999, 7_200_000, 172_800_000].map(formatDuration)).to.deep.equal([
      '0s',
      '0s',
      '119s',
      '2m',
      '119m',
      '2h',
      '2d',
    ])
  })
})

describe('printable', () => {
  it('writes out whatever moves, recolours, reorders or hides', () => {
    expect(printable('a\u001b[31mb\u202ec\u200bd\u2028e\u0000f\ud800')).to.equal(
      'a\\u{1b}[31mb\\u{202e}c\\u{200b}d\\u{2028}e\\u{0}f\ufffd',
    )
    expect(printable('Käthe ⚠ 你好')).to.equal('Käthe ⚠ 你好')
  })
})
