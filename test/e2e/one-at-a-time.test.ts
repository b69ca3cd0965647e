import { expect } from 'chai'
import { administrator, done, read, refusalIn, runningPods, serviceAccount } from './harness/actors.ts'
import type { Actor } from './harness/actors.ts'
import { list, text } from '../../src/api/json.ts'
import { startBalancer } from './harness/balancer.ts'
import type { Balancer } from './harness/balancer.ts'
import { startControlPlane } from './harness/control-plane.ts'
import type { ControlPlane } from './harness/control-plane.ts'
import { startObstat } from './harness/obstat.ts'
import type { Obstat } from './harness/obstat.ts'
import { freePort } from './harness/ports.ts'
import type { Outcome } from './harness/run.ts'
import { until } from './harness/wait.ts'
import { deployment, statefulSet } from './harness/workloads.ts'

const REPLICAS = 5

/**
 * Taking away one pod that its controller replaces needs nobody. Calls side by side, here through two replicas of
 * obstat, must not each take the others' pods for ready.
 */
describe('pods of one workload that an agent takes away side by side', () => {
  let plane: ControlPlane
  let replicas: readonly Obstat[]
  let balancer: Balancer
  let admin: Actor
  let bot: Actor

  before(async () => {
    plane = await startControlPlane({ nodes: 1 })
    admin = administrator(plane)
    const port = await freePort()
    const start = (name: string): Promise<Obstat> =>
      startObstat(plane, { name, args: ['--url', `https://127.0.0.1:${port}`] })
    replicas = [await start('first'), await start('second')]
    balancer = await startBalancer(() => replicas.map((replica) => Number(new URL(replica.url).port)), port)
    bot = await serviceAccount(plane, 'agents', 'sre-bot')
    await done(admin.kubectl('create namespace shop'))
    await done(
      admin.obstat('agent add sre-bot --serviceaccount agents/sre-bot --phase AutonomousL1 --scope *:* --apply'),
    )
    await done(admin.kubectl('wait --for=condition=Enforced governedagent/sre-bot --timeout=10s'))
    for (const one of [
      deployment('shop', 'web', REPLICAS),
      deployment('shop', 'api', REPLICAS),
      statefulSet('shop', 'db', REPLICAS),
    ])
      await done(admin.pipe('create -f -', one))
    for (const name of ['web', 'api', 'db'])
      await until(`the pods of ${name}`, async () => (await runningPods(admin, 'shop', name)).length === REPLICAS)
    // What replaces a pod finds no room, so that nothing is whole again before the last call is judged.
    await done(admin.kubectl('cordon node-0'))
  })

  after(async () => {
    await balancer.stop()
    for (const replica of replicas) await replica.stop()
    await plane.stop()
  })

  const podsOf = async (app: string): Promise<readonly string[]> =>
    list(await read(admin, `pods -n shop -l app=${app}`), 'items').map((pod) => text(pod, 'metadata', 'name'))
  const eviction = (name: string): object => ({
    apiVersion: 'policy/v1',
    kind: 'Eviction',
    metadata: { namespace: 'shop', name },
  })

  /** One went through; to the others, one is missing now. */
  function expectOne(outcomes: readonly Outcome[]): void {
    expect(outcomes.filter(({ code }) => code === 0)).to.have.lengthOf(1)
    for (const other of outcomes.filter(({ code }) => code !== 0))
      expect(refusalIn(other).class).to.equal('Destructive')
  }

  it('one delete goes through, the others are Destructive', async () => {
    const pods = await podsOf('web')
    expectOne(await Promise.all(pods.map((name) => bot.kubectl(`delete pod ${name} -n shop --wait=false`))))
    await until('the pod to go', async () => (await runningPods(admin, 'shop', 'web')).length === REPLICAS - 1)
  })

  it('one eviction goes through, the others are Destructive', async () => {
    const pods = await podsOf('api')
    const evict = (name: string): Promise<Outcome> =>
      bot.pipe(`create --raw /api/v1/namespaces/shop/pods/${name}/eviction -f -`, eviction(name))
    expectOne(await Promise.all(pods.map(evict)))
    await until('the pod to go', async () => (await runningPods(admin, 'shop', 'api')).length === REPLICAS - 1)
  })

  it('one delete of a StatefulSet goes through', async () => {
    const pods = await podsOf('db')
    expectOne(await Promise.all(pods.map((name) => bot.kubectl(`delete pod ${name} -n shop --wait=false`))))
    await until('the pod to go', async () => (await runningPods(admin, 'shop', 'db')).length === REPLICAS - 1)
  })

  it('the next goes through once the first has been replaced', async () => {
    await done(admin.kubectl('uncordon node-0'))
    for (const app of ['web', 'db']) {
      await until('the pods', async () => (await runningPods(admin, 'shop', app)).length === REPLICAS)
      const [name = ''] = await podsOf(app)
      await until('the delete to go through', async () => {
        const { code } = await bot.kubectl(`delete pod ${name} -n shop --wait=false`)
        return code === 0
      })
    }
  })
})
