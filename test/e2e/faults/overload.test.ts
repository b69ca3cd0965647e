import { setTimeout as pause } from 'node:timers/promises'
import { expect } from 'chai'
import { statusOf } from '../harness/api-proxy.ts'
import { startObstat } from '../harness/obstat.ts'
import type { Obstat } from '../harness/obstat.ts'
import { until } from '../harness/wait.ts'
import { BAD_CLIENTS } from './bad-clients.ts'
import { record, seconds } from './outcomes.ts'
import { forbidden, keptAlive, large, send, small } from './reviews.ts'
import type { Answered, Review } from './reviews.ts'
import { setStage } from './stage.ts'
import type { Stage } from './stage.ts'
import { lengthMs, tally } from './traffic.ts'
import type { Traffic } from './traffic.ts'

/** When the API server gives up. */
const TIMEOUT_MS = 5000
const MEGABYTE = 1_000_000

const residentBytes = async (webhook: Obstat): Promise<number> => {
  const response = await fetch(`${webhook.metricsUrl}/metrics`, { signal: AbortSignal.timeout(5000) })
  return Number(/^process_resident_memory_bytes (\S+)$/m.exec(await response.text())?.[1])
}

type Burst = ReturnType<typeof burst>

/** Every review at once, each on a connection of its own. */
async function burst(url: string, reviews: readonly Review[]): Promise<readonly (Answered | string)[]> {
  const agent = keptAlive()
  const answers = await Promise.all(
    reviews.map((review) =>
      send(url, review, agent).then(
        (answer) => {
          if (answer.status === 200) expect(answer.uid).to.equal(review.uid)
          return answer
        },
        (cause: unknown) => (cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause)),
      ),
    ),
  )
  agent.destroy()
  return answers
}

const isAnswered = (answer: Answered | string): answer is Answered => typeof answer !== 'string'
const verdicts = (answers: readonly (Answered | string)[]): Readonly<Record<string, number>> =>
  tally(answers.map((one) => ({ from: 0, to: 0, end: isAnswered(one) ? `${one.verdict} ${one.reason}`.trim() : one })))
const slowest = (answers: readonly (Answered | string)[]): number =>
  Math.max(...answers.filter(isAnswered).map(({ ms }) => ms))
const times = (count: number, make: () => Review): readonly Review[] => Array.from({ length: count }, make)

describe('more than obstat can take', () => {
  let stage: Stage
  let traffic: Traffic

  before(async function () {
    this.timeout(180_000)
    stage = await setStage({ isProxied: true })
  })

  beforeEach(() => {
    traffic = stage.traffic(50)
  })

  afterEach(() => traffic.stop())

  after(() => stage.stop())

  /** Fails when anybody got what they should not; says what people got. */
  async function people(from: number): Promise<string> {
    expect(tally(traffic.forbidden.since(from))).to.not.have.property('done')
    for (const loop of [traffic.person, traffic.guarded]) expect(tally(loop.since(from))).to.have.all.keys('done')
    await stage.expectNothingLost()
    const all = [...traffic.person.since(from), ...traffic.guarded.since(from)]
    return `no write fails; the slowest took ${seconds(Math.max(...all.map(lengthMs)))}`
  }

  const agentAtWork = (from: number): Promise<unknown> =>
    until('the agent to be at work', () => traffic.allowed.since(from).some(({ end }) => end === 'done'))

  it('300 reviews at once: all are judged in time', async function () {
    await agentAtWork(0)
    const from = performance.now()
    const good = burst(stage.webhook.url, times(150, small))
    const bad = burst(stage.webhook.url, times(150, forbidden))
    expect(verdicts(await good)).to.have.all.keys('allowed')
    for (const end of Object.keys(verdicts(await bad))) expect(end).to.match(/^refused Approval(Required|Pending)$/)
    const slowestMs = Math.max(slowest(await good), slowest(await bad))
    expect(slowestMs).to.be.lessThan(TIMEOUT_MS)
    record(this, {
      fault: '300 reviews at once, each on a connection of its own',
      agents: `all judged, the slowest after ${seconds(slowestMs)}`,
      people: await people(from),
      controllers: 'are never asked about',
      wrongAllows: 0,
      lasted: seconds(performance.now() - from),
    })
  })

  it('10 reviews of 12.6 MB beside 100 small ones: small ones are judged, large ones judged or refused, all in time', async function () {
    await agentAtWork(0)
    const reviews = [large(10), [...times(50, small), ...times(50, forbidden)]] as const
    const before = await residentBytes(stage.webhook)
    const from = performance.now()
    const [largest, beside] = reviews.map((some) => burst(stage.webhook.url, some)) as [Burst, Burst]
    const ends = verdicts(await largest)
    expect(
      Object.keys(ends).filter((end) => !['allowed', 'refused InternalError', 'refused StateStale'].includes(end)),
    ).to.deep.equal([])
    expect(ends).to.have.property('allowed')
    const besideEnds = verdicts(await beside)
    expect(besideEnds['allowed']).to.equal(50)
    expect(Object.keys(besideEnds).filter((end) => !/^allowed$|^refused Approval/.test(end))).to.deep.equal([])
    const after = await residentBytes(stage.webhook)
    expect(after).to.be.lessThan(600 * MEGABYTE)
    record(this, {
      fault: '10 reviews of 12.6 MB beside 100 small ones, all at once',
      agents: `small ones judged after ${seconds(slowest(await beside))} at most; of the large ones ${ends['allowed'] ?? 0} judged and ${ends['refused InternalError'] ?? 0} refused unread, after ${seconds(slowest(await largest))} at most`,
      people: await people(from),
      controllers: 'are never asked about',
      wrongAllows: 0,
      lasted: `${seconds(performance.now() - from)}; memory went from ${Math.round(before / MEGABYTE)} to ${Math.round(after / MEGABYTE)} MB`,
    })
  })

  it('clients that are slow, broken or silent: each loses its connection, and nobody else notices', async function () {
    await agentAtWork(0)
    const from = performance.now()
    const port = Number(new URL(stage.webhook.url).port)
    const clients = Object.entries(BAD_CLIENTS).flatMap(([what, client]) =>
      Array.from({ length: 10 }, async (): Promise<readonly [string, number]> => [what, await client(port)]),
    )
    const lives = await Promise.race([Promise.all(clients), pause(30_000, null, { ref: false })])
    expect(lives, 'a connection that never ends').not.to.equal(null)
    const longest = Math.max(...(lives ?? []).map(([, ms]) => ms))
    await agentAtWork(performance.now())
    expect(tally(traffic.allowed.since(from))).to.have.all.keys('done')
    expect(longest).to.be.lessThan(10_000)
    record(this, {
      fault: `${clients.length} clients that are slow, broken or silent`,
      agents: `all judged, the slowest after ${seconds(Math.max(...traffic.allowed.since(from).map(lengthMs)))}`,
      people: await people(from),
      controllers: 'are never asked about',
      wrongAllows: 0,
      lasted: `each such connection at most ${seconds(longest)}`,
    })
  })

  it('answers nothing but refusals before it has read its first full state', async function () {
    await agentAtWork(0)
    stage.proxy.answer = ({ path }) =>
      path === '/api/v1/namespaces' ? { status: 500, body: statusOf(500, 'InternalError') } : null
    const young = await startObstat(stage.plane, {
      name: 'young',
      kubeconfig: stage.proxy.kubeconfig,
      waitsForReady: false,
    })
    try {
      const agent = keptAlive()
      const first = await until('an answer', () => send(young.url, small(), agent))
      expect(first).to.deep.include({ verdict: 'refused', reason: 'StateStale' })
      expect(verdicts(await burst(young.url, [...times(20, small), ...times(20, forbidden)]))).to.deep.equal({
        'refused StateStale': 40,
      })
      const ready = await fetch(`${young.metricsUrl}/readyz`)
      expect(ready.status).to.equal(503)
      expect(await ready.text()).to.contain('Namespaces')
      stage.proxy.answer = () => null
      const answer = await until('a judgement', async () => {
        const one = await send(young.url, small(), agent)
        return one.verdict === 'allowed' ? one : null
      })
      expect(answer.uid).not.to.equal('')
      agent.destroy()
    } finally {
      stage.proxy.answer = () => null
      await young.stop()
    }
    await stage.webhook.restart()
    record(this, {
      fault: 'obstat has not read its first full state',
      agents: 'refused (StateStale)',
      people: 'notice nothing',
      controllers: 'are never asked about',
      wrongAllows: 0,
      lasted: 'until it has; it is not ready before',
    })
  })

  it('128 file descriptors and 300 connections: what cannot be answered is refused, and it passes', async function () {
    await traffic.stop()
    const poor = await startObstat(stage.plane, {
      name: 'poor',
      shell: 'ulimit -n 128',
      args: ['--url', stage.webhook.url],
    })
    try {
      const agent = keptAlive()
      await until('a judgement', async () => (await send(poor.url, small(), agent)).verdict === 'allowed')
      const from = performance.now()
      const ends = [
        ...Object.keys(verdicts(await burst(poor.url, times(150, forbidden)))),
        ...Object.keys(verdicts(await burst(poor.url, times(150, small)))).filter((end) => end !== 'allowed'),
      ]
      for (const end of ends) expect(end).to.match(/^refused |^ECONNRESET$|^ECONNREFUSED$|^ABORT_ERR$/)
      const again = await until('a judgement', async () => {
        const one = await send(poor.url, small(), agent)
        return one.verdict === 'allowed' ? performance.now() : null
      })
      agent.destroy()
      record(this, {
        fault: '300 connections and 128 file descriptors',
        agents: `judged, or refused by the API server where no connection was left (${[...new Set(ends)].join(', ')})`,
        people: 'are let through (failurePolicy Ignore)',
        controllers: 'are never asked about',
        wrongAllows: 0,
        lasted: seconds(again - from),
      })
    } finally {
      await poor.stop()
    }
  })
})
