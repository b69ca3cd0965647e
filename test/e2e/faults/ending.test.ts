import { expect } from 'chai'
import { text } from '../../../src/api/json.ts'
import type { Obstat } from '../harness/obstat.ts'
import { until } from '../harness/wait.ts'
import { record, seconds } from './outcomes.ts'
import { setStage } from './stage.ts'
import type { Stage } from './stage.ts'
import { lengthMs, tally } from './traffic.ts'
import type { Call, Traffic } from './traffic.ts'

const LEASE = '/apis/coordination.k8s.io/v1/namespaces/obstat-system/leases/obstat'

describe('two replicas under load', () => {
  let stage: Stage
  let traffic: Traffic

  before(async function () {
    this.timeout(180_000)
    stage = await setStage({ replicas: 2, controllers: true })
    traffic = stage.traffic(5)
  })

  after(async () => {
    await traffic.stop()
    await stage.stop()
  })

  const atWork = (from: number, count = 20): Promise<unknown> =>
    until('calls', () => traffic.allowed.since(from).filter(({ end }) => end === 'done').length >= count, {
      everyMs: 10,
    })

  const leader = async (): Promise<Obstat> => {
    const holder = text(await stage.operator.get(LEASE), 'spec', 'holderIdentity')
    return until('a leader', () => stage.replicas.find((replica) => holder.endsWith(`-${replica.pid()}`)))
  }

  interface Seen {
    /** Acts of the agent that should pass and were not answered, or refused. */
    readonly failed: readonly Call[]
    readonly calls: number
    readonly people: string
    readonly controllers: string
  }

  /** What everybody got while this was done, and until the agent has been at work for a while afterwards. */
  async function during(work: () => Promise<unknown>): Promise<Seen> {
    await atWork(performance.now())
    const from = performance.now()
    const pod = stage.replacePod()
    await work()
    await atWork(performance.now())
    const podMs = await pod
    const calls = traffic.allowed.since(from)
    expect(tally(traffic.forbidden.since(from))).to.not.have.property('done')
    for (const loop of [traffic.person, traffic.guarded]) expect(tally(loop.since(from))).to.have.all.keys('done')
    await stage.expectNothingLost()
    const others = [...traffic.person.since(from), ...traffic.guarded.since(from)]
    return {
      failed: calls.filter(({ end }) => end !== 'done'),
      calls: calls.length,
      people: `none of ${others.length} writes fails; the slowest took ${seconds(Math.max(...others.map(lengthMs)))}`,
      controllers: `replaced a pod in ${seconds(podMs)}`,
    }
  }

  it('stopping one of them (SIGTERM) fails no call', async function () {
    const { failed, calls, people, controllers } = await during(() => stage.replicas[1]!.restart())
    expect(failed).to.deep.equal([])
    record(this, {
      fault: 'one of two replicas is stopped (SIGTERM) and started again',
      agents: `none of ${calls} calls fails`,
      people,
      controllers,
      wrongAllows: 0,
      lasted: 'nothing to see',
    })
  })

  it('killing the one that leads (SIGKILL) fails what it had in hand and nothing else', async function () {
    const killed = await leader()
    let tookOverMs = 0
    const { failed, calls, people, controllers } = await during(async () => {
      const killedAt = performance.now()
      await killed.kill()
      await until('another leader', async () => {
        const holder = text(await stage.operator.get(LEASE), 'spec', 'holderIdentity')
        return holder !== '' && !holder.endsWith(`-${killed.pid()}`)
      })
      tookOverMs = performance.now() - killedAt
      await killed.restart()
    })
    // Three agents' calls at most are in flight at any moment.
    expect(failed.length).to.be.at.most(3)
    expect(tookOverMs).to.be.lessThan(10_000)
    record(this, {
      fault: 'the leading replica is killed (SIGKILL)',
      agents: `${failed.length} of ${calls} calls, in flight then, refused by the API server`,
      people,
      controllers,
      wrongAllows: 0,
      lasted: `the other one leads after ${seconds(tookOverMs)}`,
    })
  })

  it('restarting one after the other, twice over, fails no call', async function () {
    const from = performance.now()
    const { failed, calls, people, controllers } = await during(async () => {
      for (const replica of [...stage.replicas, ...stage.replicas]) await replica.restart()
    })
    expect(failed).to.deep.equal([])
    record(this, {
      fault: 'both replicas are restarted one after the other, twice',
      agents: `none of ${calls} calls fails`,
      people,
      controllers,
      wrongAllows: 0,
      lasted: `${seconds(performance.now() - from)}, and nothing to see`,
    })
  })
})
