import process from 'node:process'
import { expect } from 'chai'
import { text } from '../../../src/api/json.ts'
import { done } from '../harness/actors.ts'
import type { Obstat } from '../harness/obstat.ts'
import { until } from '../harness/wait.ts'
import { record, seconds } from './outcomes.ts'
import { setStage } from './stage.ts'
import type { Stage } from './stage.ts'
import { endOf, lengthMs, tally } from './traffic.ts'
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

  it('ask both for one approved act at once, and it is done once', async function () {
    const ask = (): Promise<string> =>
      endOf(stage.agent.create('/api/v1/namespaces/vault/configmaps', { metadata: { generateName: 'once-' } }))
    expect(await ask()).to.equal('ApprovalRequired')
    const requests = (await stage.operator.list('/apis/obstat.dev/v1alpha1/approvalrequests')).items
    const request = requests.find((one) => JSON.stringify(one).includes('once-')) ?? null
    const name = text(request, 'metadata', 'name')
    await done(stage.admin.obstat(`approve ${name} --key ${stage.key} --yes --reason test`))
    const from = performance.now()
    const ends = await Promise.all(Array.from({ length: 40 }, ask))
    const tookMs = performance.now() - from
    const made = (await stage.operator.list('/api/v1/namespaces/vault/configmaps')).items.filter((one) =>
      text(one, 'metadata', 'name').startsWith('once-'),
    )
    expect(ends.filter((end) => end === 'done')).to.have.lengthOf(1)
    expect(made).to.have.lengthOf(1)
    expect(new Set(ends)).to.have.keys('done', 'ApprovalUsed')
    record(this, {
      fault: 'an approved act is asked for 40 times at once, of both replicas',
      agents: 'one passes, 39 are refused (ApprovalUsed)',
      people: 'notice nothing',
      controllers: 'are never asked about',
      wrongAllows: 0,
      lasted: seconds(tookMs),
    })
  })

  it('hanging both of them holds up agents, and no person for longer than two seconds', async function () {
    await atWork(performance.now())
    const from = performance.now()
    for (const replica of stage.replicas) process.kill(replica.pid(), 'SIGSTOP')
    const hungAt = performance.now()
    const podMs = await stage.replacePod()
    const isLost = ({ end }: Call): boolean => end === 'no answer from the webhook'
    const lost = await until('a call to be lost', () => traffic.allowed.since(from).find(isLost))
    await until('a person to have waited', () => traffic.guarded.since(hungAt).length > 1)
    for (const replica of stage.replicas) process.kill(replica.pid(), 'SIGCONT')
    const wokenAt = performance.now()
    await atWork(wokenAt)
    const failed = traffic.allowed.since(from).filter(({ end }) => end !== 'done')
    for (const { end } of failed) expect(end).to.be.oneOf(['no answer from the webhook', 'InternalError', 'StateStale'])
    expect(tally(traffic.forbidden.since(from))).to.not.have.property('done')
    for (const loop of [traffic.person, traffic.guarded]) expect(tally(loop.since(from))).to.have.all.keys('done')
    await stage.expectNothingLost()
    const slowestMs = Math.max(...traffic.guarded.since(from).map(lengthMs))
    expect(slowestMs).to.be.within(2000, 4000)
    expect(traffic.allowed.since(hungAt).filter(({ to, end }) => to < wokenAt && end === 'done')).to.deep.equal([])
    const back = traffic.allowed.since(wokenAt).find(({ end }) => end === 'done')
    record(this, {
      fault: 'both replicas hang (SIGSTOP) and go on later',
      agents: `none of ${failed.length} calls passes; the API server refuses each after ${seconds(lengthMs(lost))}`,
      people: `no write fails; those of obstat's own objects and labels took up to ${seconds(slowestMs)}, others ${seconds(Math.max(...traffic.person.since(from).map(lengthMs)))}`,
      controllers: `replaced a pod in ${seconds(podMs)}`,
      wrongAllows: 0,
      lasted: `until they went on, and ${seconds((back?.to ?? NaN) - wokenAt)} more`,
    })
  })

  it('killing both stops agents, and nobody else', async function () {
    await atWork(performance.now())
    const from = performance.now()
    for (const replica of stage.replicas) await replica.kill()
    const deadAt = performance.now()
    const podMs = await stage.replacePod()
    await until('calls', () => traffic.allowed.since(deadAt).length > 20 && traffic.guarded.since(deadAt).length > 4)
    const startedAt = performance.now()
    for (const replica of stage.replicas) await replica.restart()
    await atWork(performance.now())
    const back = traffic.allowed.since(startedAt).find(({ end }) => end === 'done')
    const dead = traffic.allowed.since(deadAt).filter(({ to }) => to < startedAt)
    expect(tally(dead)).to.have.all.keys('no answer from the webhook')
    expect(tally(traffic.forbidden.since(from))).to.not.have.property('done')
    for (const loop of [traffic.person, traffic.guarded]) expect(tally(loop.since(from))).to.have.all.keys('done')
    await stage.expectNothingLost()
    const others = [...traffic.person.since(from), ...traffic.guarded.since(from)]
    record(this, {
      fault: 'both replicas are killed (SIGKILL)',
      agents: `none of ${dead.length} calls passes`,
      people: `none of ${others.length} writes fails; the slowest took ${seconds(Math.max(...others.map(lengthMs)))}`,
      controllers: `replaced a pod in ${seconds(podMs)}`,
      wrongAllows: 0,
      lasted: `until one was started again, and ${seconds((back?.to ?? NaN) - startedAt)} more`,
    })
  })
})
