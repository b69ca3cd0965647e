import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'
import { expect } from 'chai'
import { list, text } from '../../../src/api/json.ts'
import { done, read, refusalIn } from '../harness/actors.ts'
import { actor } from '../harness/actors.ts'
import type { Actor } from '../harness/actors.ts'
import { startObstat } from '../harness/obstat.ts'
import { until } from '../harness/wait.ts'
import { record, seconds } from './outcomes.ts'
import { setStage, suspend } from './stage.ts'
import type { Stage } from './stage.ts'
import { lengthMs, tally } from './traffic.ts'
import type { Call, Traffic } from './traffic.ts'

const MAX_AGE_MS = 5000
const PRELOAD = join(import.meta.dirname, 'set-clock.ts')

describe('a machine with faults of its own', () => {
  let stage: Stage
  let bot: Actor
  let traffic: Traffic
  let offsetFile: string

  before(async function () {
    this.timeout(180_000)
    const offset = join('/tmp', `obstat-clock-${process.pid}`)
    offsetFile = offset
    writeFileSync(offset, '0')
    stage = await setStage({
      isProxied: true,
      obstat: { env: { NODE_OPTIONS: `--import=${PRELOAD}`, OFFSET_FILE: offset } },
    })
    bot = actor(stage.plane, await stage.plane.serviceAccountKubeconfig('agents', 'sre-bot'))
  })

  beforeEach(async () => {
    traffic = stage.traffic()
    await atWork(0)
  })

  afterEach(() => traffic.stop())

  after(() => stage.stop())

  const atWork = (from: number): Promise<Call> =>
    until('the agent to be at work', () => traffic.allowed.since(from).find(({ end }) => end === 'done'), {
      everyMs: 5,
    })

  /** Sets the clock of obstat, by as many milliseconds from the true time. */
  function setClock(offsetMs: number): void {
    writeFileSync(offsetFile, String(offsetMs))
    process.kill(stage.webhook.pid(), 'SIGUSR2')
  }

  async function people(from: number): Promise<string> {
    expect(tally(traffic.forbidden.since(from))).to.not.have.property('done')
    for (const loop of [traffic.person, traffic.guarded]) expect(tally(loop.since(from))).to.have.all.keys('done')
    await stage.expectNothingLost()
    const all = [...traffic.person.since(from), ...traffic.guarded.since(from)]
    return `no write fails; the slowest took ${seconds(Math.max(...all.map(lengthMs)))}`
  }

  for (const [what, offsetMs] of [
    ['back', -3_600_000],
    ['forward', 3_600_000],
  ] as const)
    it(`its clock is set ${what} an hour: agents are refused at once, until it is right again`, async function () {
      const from = performance.now()
      setClock(offsetMs)
      const refused = await until('a refusal', () =>
        traffic.allowed.since(from).find(({ end }) => end === 'StateStale'),
      )
      const lastAllowed = Math.max(
        from,
        ...traffic.allowed
          .since(from)
          .filter(({ end }) => end === 'done')
          .map(({ to }) => to),
      )
      expect(lastAllowed).to.be.lessThan(refused.to)
      await until('more refusals', () => traffic.allowed.since(refused.to).length > 30)
      expect(tally(traffic.allowed.since(refused.to))).to.have.all.keys('StateStale')
      setClock(0)
      const setRightAt = performance.now()
      const back = await atWork(setRightAt)
      record(this, {
        fault: `the clock of obstat's machine is set ${what} an hour`,
        agents: `refused (StateStale) from ${seconds(lastAllowed - from)} on`,
        people: await people(from),
        controllers: 'are never asked about',
        wrongAllows: 0,
        lasted: `until it was right, and ${seconds(back.to - setRightAt)} more`,
      })
    })

  it('its clock is set back while it cannot hear: what it knows gets too old all the same', async function () {
    const from = performance.now()
    stage.proxy.relay.hold()
    setClock(-4000)
    await suspend(stage.operator, true)
    const switchedAt = performance.now()
    await until('a refusal', () => traffic.allowed.since(from).some(({ end }) => end === 'StateStale'))
    const allowed = traffic.allowed.since(switchedAt).filter(({ end }) => end === 'done')
    const lastMs = Math.max(0, ...allowed.map(({ to }) => to - switchedAt))
    expect(lastMs).to.be.lessThan(MAX_AGE_MS)
    stage.proxy.relay.release()
    setClock(0)
    await suspend(stage.operator, false)
    const back = await atWork(performance.now())
    record(this, {
      fault: "the clock of obstat's machine is set back while the network swallows everything",
      agents: `refused (StateStale); the last act passed ${seconds(lastMs)} after it began`,
      people: await people(from),
      controllers: 'are never asked about',
      wrongAllows: 0,
      lasted: `until it was over; at work again ${seconds(back.to - back.from)} later`,
    })
  })

  it('an approval that has expired stays expired although the clock is set back into its time', async function () {
    await done(
      stage.admin.kubectl(
        'patch governedagent sre-bot --type=merge -p',
        '{"spec":{"approval":{"approvalTtlSeconds":3}}}',
      ),
    )
    const ask = () => bot.kubectl('delete configmap kept-0 -n vault')
    const { request } = refusalIn(await ask())
    await done(stage.admin.obstat(`approve ${request} --key ${stage.key} --yes --reason test`))
    const approved = await read(stage.admin, `approvalrequest ${request}`)
    expect(list(approved, 'spec', 'decisions')).to.have.lengthOf(1)
    const signedAt = performance.now()
    await until('its end', () => performance.now() - signedAt > 4000)
    expect(refusalIn(await ask()).reason).to.equal('ApprovalExpired')
    const from = performance.now()
    setClock(-50_000)
    const ends: string[] = []
    while (performance.now() - from < 4000) {
      const outcome = await ask()
      expect(outcome.code, outcome.stdout).to.equal(1)
      ends.push(refusalIn(outcome).reason)
    }
    expect(new Set(ends)).to.have.keys('StateStale')
    setClock(0)
    await atWork(performance.now())
    expect(text(await read(stage.admin, 'configmap kept-0 -n vault'), 'metadata', 'name')).to.equal('kept-0')
    record(this, {
      fault: 'the clock is set back by less than a minute, into the time of an approval that has expired',
      agents: `refused (StateStale): none of ${ends.length} tries passes`,
      people: await people(from),
      controllers: 'are never asked about',
      wrongAllows: 0,
      lasted: 'until the clock was right',
    })
  })

  for (const [what, shell] of [
    ['its disk is full: neither log nor audit records can be written', 'exec >/dev/full 2>&1'],
    [
      'nobody reads its output any more',
      'pipe=$TMPDIR/pipe-$$; mkfifo "$pipe"; head -c 1 <"$pipe" >/dev/null & exec >"$pipe" 2>&1; rm "$pipe"',
    ],
  ] as const)
    it(`${what}: it judges as before, and counts the records that are lost`, async function () {
      const { url } = stage.webhook
      await stage.webhook.kill()
      const mute = await startObstat(stage.plane, {
        name: 'mute',
        shell,
        args: ['--listen', new URL(url).host, '--url', url],
      })
      try {
        const from = performance.now()
        await atWork(from)
        await until(
          'some refusals',
          () => traffic.forbidden.since(from).filter(({ end }) => end.startsWith('Approval')).length > 5,
        )
        const lost = await until('lost records', async () => {
          const metrics = await (await fetch(`${mute.metricsUrl}/metrics`)).text()
          const count = Number(/^obstat_audit_dropped_records_total (\d+)$/m.exec(metrics)?.[1])
          return count > 0 ? count : null
        })
        const back = await atWork(performance.now())
        record(this, {
          fault: what,
          agents: 'judged as before',
          people: await people(from),
          controllers: 'are never asked about',
          wrongAllows: 0,
          lasted: `nothing to see but lost audit records, which are counted: ${lost} after ${seconds(back.to - from)}`,
        })
      } finally {
        await mute.stop()
        await stage.webhook.restart()
      }
    })
})
