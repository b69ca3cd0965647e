import { expect } from 'chai'
import type { Json } from '../../../src/api/json.ts'
import { list, text } from '../../../src/api/json.ts'
import { actor, done, read, refusalIn } from '../harness/actors.ts'
import type { Actor } from '../harness/actors.ts'
import { until } from '../harness/wait.ts'
import { record, seconds } from './outcomes.ts'
import { setStage } from './stage.ts'
import type { Stage } from './stage.ts'
import { endOf, lengthMs, tally } from './traffic.ts'
import type { Traffic } from './traffic.ts'

const MAX_OPEN = 50
const REQUESTS = '/apis/obstat.dev/v1alpha1/approvalrequests'

const isTrue = (object: Json, type: string): boolean =>
  list(object, 'status', 'conditions').some((one) => text(one, 'type') === type && text(one, 'status') === 'True')

describe('requests for approval that come in a flood', () => {
  let stage: Stage
  let bot: Actor
  let traffic: Traffic

  before(async function () {
    this.timeout(180_000)
    stage = await setStage({ replicas: 2 })
    bot = actor(stage.plane, await stage.plane.serviceAccountKubeconfig('agents', 'sre-bot'))
    traffic = stage.traffic(50)
  })

  after(async () => {
    await traffic.stop()
    await stage.stop()
  })

  const requests = async (): Promise<readonly Json[]> => (await stage.operator.list(REQUESTS)).items

  it('200 acts at once file 50 requests in a Namespace, and others can still be asked for', async function () {
    await until('the agent to be at work', () => traffic.allowed.calls.some(({ end }) => end === 'done'))
    const from = performance.now()
    const names = Array.from({ length: 200 }, (_, n) => `flood-${n}`)
    const ends = await Promise.all(
      names.map((name) =>
        endOf(stage.agent.create('/api/v1/namespaces/vault/configmaps', { metadata: { name }, data: { n: name } })),
      ),
    )
    for (const end of ends) expect(end).to.match(/^Approval(Required|Pending)$/)
    const filed = async (): Promise<number> =>
      (await requests()).filter((one) => JSON.stringify(one).includes('flood-')).length
    // Each replica knows at once what it files itself, and what the other files when the watch brings it.
    const most = await filed()
    expect(most).to.be.at.most(2 * MAX_OPEN)
    const left = await until('what is too much to go', async () => {
      const count = await filed()
      return count <= MAX_OPEN ? count : null
    })
    const settledMs = performance.now() - from
    expect(left).to.be.greaterThan(MAX_OPEN - 10)
    const elsewhere = refusalIn(await bot.kubectl('delete deployment web -n shop'))
    expect(elsewhere.request).to.match(/^ar-/)
    expect((await requests()).length).to.be.at.most(MAX_OPEN + 10)
    expect(tally(traffic.allowed.since(from))).to.have.all.keys('done')
    expect(tally(traffic.forbidden.since(from))).to.not.have.property('done')
    for (const loop of [traffic.person, traffic.guarded]) expect(tally(loop.since(from))).to.have.all.keys('done')
    await stage.expectNothingLost()
    record(this, {
      fault: '200 different acts that need an approval, at once',
      agents: `all refused; ${most} requests are filed by two replicas and ${left} are left, and acts in other Namespaces can still be asked for`,
      people: `no write fails; the slowest took ${seconds(Math.max(...traffic.person.since(from).map(lengthMs)))}`,
      controllers: 'are never asked about',
      wrongAllows: 0,
      lasted: `more than ${MAX_OPEN} for ${seconds(settledMs)}; until people decide or the requests expire`,
    })
  })

  it('a request that nobody answers expires, and the same act files another one', async function () {
    await done(
      stage.admin.kubectl(
        'patch governedagent sre-bot --type=merge -p',
        '{"spec":{"approval":{"requestTtlSeconds":2}}}',
      ),
    )
    const ask = async (): Promise<string> => refusalIn(await bot.kubectl('delete deployment web -n attic')).request
    await done(stage.admin.kubectl('create deployment web -n attic --image=registry.example/web:1 --replicas=0'))
    const first = await until('a request that is short', async () => {
      const name = await ask()
      const { spec } = (await read(stage.admin, `approvalrequest ${name}`)) as { spec: { expiresAt: string } }
      return Date.parse(spec.expiresAt) < Date.now() + 10_000 ? name : null
    })
    const filedAt = performance.now()
    await until('its end', async () => isTrue(await read(stage.admin, `approvalrequest ${first}`), 'Expired'))
    const expiredMs = performance.now() - filedAt
    const second = await ask()
    expect(second).to.match(/^ar-/)
    expect(second).not.to.equal(first)
    record(this, {
      fault: 'nobody answers a request in its time (2 s here)',
      agents: 'refused; the same act files a new request afterwards',
      people: 'see it expire',
      controllers: 'are never asked about',
      wrongAllows: 0,
      lasted: `marked after ${seconds(expiredMs)}`,
    })
  })

  it('what was decided long ago is removed, and what is open is not', async function () {
    const [open = null] = (await requests()).filter((one) => !isTrue(one, 'Expired'))
    const spec = { ...(open as { spec: object }).spec, expiresAt: '2026-01-01T00:00:00Z' }
    for (const replica of stage.replicas) await replica.kill()
    const old = { apiVersion: 'obstat.dev/v1alpha1', kind: 'ApprovalRequest', metadata: { name: 'ar-old' }, spec }
    const made = await stage.operator.create(REQUESTS, old)
    const condition = {
      type: 'Expired',
      status: 'True',
      reason: 'NoAnswer',
      message: 'm',
      lastTransitionTime: '2026-01-01T00:00:00Z',
    }
    await stage.operator.replace(`${REQUESTS}/ar-old/status`, {
      ...(made as object),
      status: { conditions: [condition] },
    })
    for (const replica of stage.replicas) await replica.restart()
    const startedAt = performance.now()
    await until('its removal', async () => (await read(stage.admin, 'approvalrequest ar-old')) === null)
    const removedMs = performance.now() - startedAt
    expect(await read(stage.admin, `approvalrequest ${text(open, 'metadata', 'name')}`)).not.to.equal(null)
    record(this, {
      fault: 'old requests pile up',
      agents: 'notice nothing',
      people: 'find what was decided for a day',
      controllers: 'are never asked about',
      wrongAllows: 0,
      lasted: `one that was over for months was removed ${seconds(removedMs)} after the start`,
    })
  })
})
