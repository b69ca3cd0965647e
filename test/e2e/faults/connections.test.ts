import { expect } from 'chai'
import { until } from '../harness/wait.ts'
import { record, seconds } from './outcomes.ts'
import type { Outcome } from './outcomes.ts'
import { setStage, suspend } from './stage.ts'
import type { Stage } from './stage.ts'
import { statusOf } from '../harness/api-proxy.ts'
import type { Asked } from '../harness/api-proxy.ts'
import { lengthMs, tally } from './traffic.ts'
import type { Call, Traffic } from './traffic.ts'

/** What is too old to know refuses agents (docs/operations.md). */
const MAX_AGE_MS = 5000

interface Survived {
  /** How the agent was refused, but for the kill switch. */
  readonly refusals: readonly string[]
  /** When the last act that should not pass for long was answered, from the kill switch on. */
  readonly lastAllowedMs: number
  /** From the repair until the kill switch was known. */
  readonly knownMs: number
  readonly backMs: number
  readonly people: string
  readonly controllers: string
}

interface Fault {
  readonly name: string
  readonly begin: (stage: Stage) => void
  readonly end: (stage: Stage) => void
}

const answering = (
  status: number,
  reason: string,
  isMeant: (asked: Asked) => boolean,
): Pick<Fault, 'begin' | 'end'> => ({
  begin: ({ proxy }) => {
    proxy.endWatches()
    proxy.answer = (asked) =>
      isMeant(asked) ? { status, headers: { 'retry-after': '1' }, body: statusOf(status, reason) } : null
  },
  end: ({ proxy }) => {
    proxy.answer = () => null
  },
})

const once = (work: (stage: Stage) => void): Pick<Fault, 'begin' | 'end'> => ({ begin: work, end: () => undefined })

const isCollection = ({ path }: Asked): boolean => /\/(namespaces|governedagents|approvalrequests)$/.test(path)

/** What obstat gets over by itself, before it has to refuse anybody. */
const PASSING: readonly Fault[] = [
  {
    name: 'connections to the API server are reset',
    ...once(({ proxy }) => {
      proxy.relay.cut()
    }),
  },
  {
    name: 'watches end',
    ...once(({ proxy }) => {
      proxy.endWatches()
    }),
  },
  {
    name: 'watches are too old to go on (410 Gone)',
    ...once(({ proxy }) => {
      proxy.endWatches({ type: 'ERROR', object: statusOf(410, 'Expired') })
    }),
  },
  {
    name: 'watches fall silent, and everything else answers',
    begin: ({ proxy }) => {
      proxy.silence = ({ isWatch }) => isWatch
    },
    end: ({ proxy }) => {
      proxy.silence = () => false
    },
  },
  {
    name: 'the network is slow: 100 ms each way',
    begin: ({ proxy }) => {
      proxy.relay.delay(100)
    },
    end: ({ proxy }) => {
      proxy.relay.delay(0)
    },
  },
]

/** What lasts until somebody repairs it. */
const LASTING: readonly Fault[] = [
  { name: 'lists and watches are answered with 429', ...answering(429, 'TooManyRequests', isCollection) },
  { name: 'lists and watches are answered with 500', ...answering(500, 'InternalError', isCollection) },
  { name: 'lists are answered with 410', ...answering(410, 'Expired', isCollection) },
  {
    name: 'the network swallows everything between obstat and the API server',
    begin: ({ proxy }) => {
      proxy.relay.hold()
    },
    end: ({ proxy }) => {
      proxy.relay.release()
    },
  },
]

describe('between obstat and the API server', () => {
  let stage: Stage
  let traffic: Traffic

  before(async function () {
    this.timeout(180_000)
    stage = await setStage({ isProxied: true, controllers: true })
    traffic = stage.traffic()
  })

  after(async () => {
    await traffic.stop()
    await stage.stop()
  })

  const nextEnd = (from: number, isMeant: (call: Call) => boolean, what: string): Promise<Call> =>
    until(what, () => traffic.allowed.since(from).find(isMeant), { everyMs: 5, timeoutMs: 20_000 })

  /**
   * Breaks it, stops the agent meanwhile, repairs it, lets the agent go on; fails when anybody got what they should
   * not.
   */
  async function survive(fault: Fault): Promise<Survived> {
    await nextEnd(performance.now(), ({ end }) => end === 'done', 'the agent to be at work')
    const pod = stage.replacePod()
    fault.begin(stage)
    const from = performance.now()
    await suspend(stage.operator, true)
    const switchedAt = performance.now()
    await nextEnd(switchedAt, ({ end }) => end === 'AgentSuspended' || end === 'StateStale', 'the agent to be refused')
    const podMs = await pod
    fault.end(stage)
    const repairedAt = performance.now()
    const known = await nextEnd(repairedAt, ({ end }) => end === 'AgentSuspended', 'the switch to be known')
    const during = traffic.allowed.since(switchedAt)
    await suspend(stage.operator, false)
    const releasedAt = performance.now()
    const back = await nextEnd(releasedAt, ({ end }) => end === 'done', 'the agent to go on')
    const lastAllowedMs = Math.max(0, ...during.filter(({ end }) => end === 'done').map((call) => call.to - switchedAt))
    expect(lastAllowedMs, 'allowed on facts that are too old').to.be.lessThan(MAX_AGE_MS)
    expect(tally(traffic.forbidden.since(from))).to.not.have.property('done')
    for (const loop of [traffic.person, traffic.guarded]) expect(tally(loop.since(from))).to.have.all.keys('done')
    await stage.expectNothingLost()
    const slowestMs = Math.max(
      ...traffic.person.since(from).map(lengthMs),
      ...traffic.guarded.since(from).map(lengthMs),
    )
    return {
      refusals: Object.keys(tally(during)).filter((end) => end !== 'done'),
      lastAllowedMs,
      knownMs: known.to - repairedAt,
      backMs: back.to - releasedAt,
      people: `no write fails; the slowest took ${seconds(slowestMs)}`,
      controllers: `replaced a pod in ${seconds(podMs)}`,
    }
  }

  for (const fault of PASSING)
    it(`${fault.name}: nobody is refused for it, and the kill switch works`, async function () {
      const { refusals, lastAllowedMs, people, controllers } = await survive(fault)
      expect(refusals).to.deep.equal(['AgentSuspended'])
      record(this, {
        fault: fault.name,
        agents: `go on; one that is suspended meanwhile is stopped after ${seconds(lastAllowedMs)}`,
        people,
        controllers,
        wrongAllows: 0,
        lasted: 'nothing to see',
      })
    })

  for (const fault of LASTING)
    it(`${fault.name}: agents are refused before the facts are too old, until it is over`, async function () {
      const { refusals, lastAllowedMs, knownMs, backMs, people, controllers } = await survive(fault)
      expect(refusals).to.include('StateStale')
      expect(refusals.filter((end) => !['StateStale', 'InternalError', 'AgentSuspended'].includes(end))).to.deep.equal(
        [],
      )
      record(this, {
        fault: fault.name,
        agents: `refused (${refusals.filter((end) => end !== 'AgentSuspended').join(', ')}); the last act passed ${seconds(lastAllowedMs)} after it began`,
        people,
        controllers,
        wrongAllows: 0,
        lasted: `until it was over, and ${seconds(knownMs)} more; the agent was at work ${seconds(backMs)} after it was let go on`,
      })
    })

  it('a Namespace is protected while obstat cannot hear it: acts in it pass for less than five seconds', async function () {
    await nextEnd(performance.now(), ({ end }) => end === 'done', 'the agent to be at work')
    const from = performance.now()
    stage.proxy.relay.hold()
    await stage.operator.patch('/api/v1/namespaces/shop', { metadata: { labels: { 'obstat.dev/protected': 'true' } } })
    const labelledAt = performance.now()
    await nextEnd(labelledAt, ({ end }) => end === 'StateStale', 'the agent to be refused')
    stage.proxy.relay.release()
    const repairedAt = performance.now()
    const known = await nextEnd(repairedAt, ({ end }) => end.startsWith('Approval'), 'the label to be known')
    const passed = traffic.allowed.since(labelledAt).filter(({ end }) => end === 'done')
    const lastMs = Math.max(0, ...passed.map(({ to }) => to - labelledAt))
    expect(lastMs).to.be.lessThan(MAX_AGE_MS)
    expect(tally(traffic.forbidden.since(from))).to.not.have.property('done')
    await stage.operator.patch('/api/v1/namespaces/shop', { metadata: { labels: { 'obstat.dev/protected': null } } })
    await nextEnd(performance.now(), ({ end }) => end === 'done', 'the agent to be at work')
    for (const loop of [traffic.person, traffic.guarded]) expect(tally(loop.since(from))).to.have.all.keys('done')
    await stage.expectNothingLost()
    record(this, {
      fault: 'a Namespace is protected while the network swallows everything',
      agents: `the last act in it passed ${seconds(lastMs)} later; then refused (StateStale)`,
      people: 'no write fails',
      controllers: 'are never asked about',
      wrongAllows: 0,
      lasted: `until it was over, and ${seconds(known.to - repairedAt)} more`,
    })
  })

  /** Nobody gets an answer from an API server that is gone: what counts is who gets which one afterwards. */
  async function outlive(outage: () => Promise<void>): Promise<Omit<Outcome, 'fault' | 'wrongAllows'>> {
    await nextEnd(performance.now(), ({ end }) => end === 'done', 'the agent to be at work')
    const from = performance.now()
    await outage()
    const overAt = performance.now()
    const person = await until('a person to be served', () =>
      traffic.person.since(from).find(({ end, to }) => end === 'done' && to >= overAt),
    )
    const agent = await until('the agent to go on', () =>
      traffic.allowed.since(overAt).find(({ end }) => end === 'done'),
    )
    const podMs = await stage.replacePod()
    expect(tally(traffic.forbidden.since(from))).to.not.have.property('done')
    for (const loop of [traffic.person, traffic.guarded]) expect(tally(loop.since(overAt))).to.have.all.keys('done')
    await stage.expectNothingLost()
    return {
      agents: `get no answer, then refusals (${
        Object.keys(tally(traffic.allowed.since(overAt)))
          .filter((end) => end !== 'done')
          .join(', ') || 'none'
      }); at work ${seconds(agent.to - overAt)} after it was over`,
      people: `get no answer from the API server itself; served ${seconds(person.to - overAt)} after it was over`,
      controllers: `replaced a pod in ${seconds(podMs)} afterwards`,
      lasted: `${seconds(overAt - from)}, and ${seconds(agent.to - overAt)} for agents`,
    }
  }

  it('the API server hangs for ten seconds: agents are refused until what is known is known anew', async function () {
    const outcome = await outlive(async () => {
      stage.plane.freeze()
      const thawsAt = performance.now() + 10_000
      await until('ten seconds', () => performance.now() >= thawsAt)
      stage.plane.thaw()
    })
    record(this, { fault: 'the API server hangs for ten seconds', ...outcome, wrongAllows: 0 })
  })

  it('the API server is restarted: agents go on when it is back', async function () {
    const outcome = await outlive(() => stage.plane.restartApiserver())
    record(this, { fault: 'the API server is restarted', ...outcome, wrongAllows: 0 })
  })
})
