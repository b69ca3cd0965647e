import { expect } from 'chai'
import { list, text } from '../../src/api/json.ts'
import { administrator, done, person, read, runningPods, serviceAccount } from './harness/actors.ts'
import type { Actor } from './harness/actors.ts'
import { startControlPlane } from './harness/control-plane.ts'
import type { ControlPlane } from './harness/control-plane.ts'
import { startObstat } from './harness/obstat.ts'
import type { Obstat } from './harness/obstat.ts'
import { until } from './harness/wait.ts'
import { deployment, job } from './harness/workloads.ts'

describe('while obstat is dead', () => {
  let plane: ControlPlane
  let webhook: Obstat
  let admin: Actor
  let alice: Actor
  let bot: Actor
  const isGone = async (words: string): Promise<boolean> => (await read(admin, words)) === null

  before(async () => {
    plane = await startControlPlane()
    admin = administrator(plane)
    webhook = await startObstat(plane)
    alice = await person(plane)
    bot = await serviceAccount(plane, 'agents', 'sre-bot')
    for (const namespace of ['vault', 'attic']) {
      await done(admin.kubectl(`create namespace ${namespace}`))
      await done(admin.kubectl(`label namespace ${namespace} obstat.dev/protected=true`))
      await done(admin.pipe('create -f -', deployment(namespace, 'web')))
    }
    await done(
      admin.obstat('agent add sre-bot --serviceaccount agents/sre-bot --phase AutonomousL1 --scope *:* --apply'),
    )
    await done(admin.kubectl('wait --for=condition=Enforced governedagent/sre-bot --timeout=10s'))
    for (const namespace of ['vault', 'attic'])
      await until('the pods', async () => (await runningPods(admin, namespace, 'web')).length === 3)
    await webhook.kill()
  })

  after(async () => {
    await webhook.stop()
    await plane.stop()
  })

  const writes: readonly string[] = [
    'rollout restart deployment/web -n vault',
    'scale deployment web -n vault --replicas=4',
    'label deployment web -n vault a=b',
    'create configmap x -n agents',
    'delete pod --all -n vault',
    'delete namespace attic',
    'exec -n vault deployment/web -- true',
    'label namespace vault obstat.dev/protected-',
    'delete governedagent sre-bot',
    'create token default -n vault',
    'annotate deployment web -n vault a=b --dry-run=server',
  ]
  for (const words of writes)
    it(`the agent gets no ${words.split(' -n ')[0] ?? words} through`, async () => {
      const { code, stdout, stderr } = await bot.kubectl(words)
      expect(code, stdout).to.equal(1)
      expect(stderr).to.contain('failed calling webhook "agents.obstat.dev"')
    })

  it('the agent cannot free itself: webhook configurations are kept by the API server alone', async () => {
    const { code, stderr } = await bot.kubectl('delete validatingwebhookconfiguration obstat')
    expect(code).to.equal(1)
    expect(stderr).to.contain('NeverAllowed:')
  })

  it('the agent may look on', async () => {
    expect(await done(bot.kubectl('get deployments,pods -n vault'))).to.contain('deployment.apps/web')
    expect(list(await read(bot, 'events -n vault'), 'items').length).to.be.greaterThan(0)
  })

  it('a person rolls a Deployment out in a protected Namespace', async () => {
    const before = await runningPods(admin, 'vault', 'web')
    await done(alice.kubectl('set image deployment/web main=registry.example/web:2 -n vault'))
    await done(alice.kubectl('rollout status deployment/web -n vault --timeout=30s'))
    await until('three new pods', async () => {
      const pods = await runningPods(admin, 'vault', 'web')
      return pods.length === 3 && pods.every((uid) => !before.includes(uid))
    })
  })

  it('a Job that has finished is removed when its time is over, and its pod with it', async () => {
    await done(alice.pipe('create -f -', job('vault', 'backup', 1)))
    await done(alice.kubectl('wait --for=condition=Complete job/backup -n vault --timeout=30s'))
    await until('the Job to go', () => isGone('job backup -n vault'))
    await until(
      'its pod to go',
      async () => list(await read(admin, 'pods -n vault -l app=backup'), 'items').length === 0,
    )
  })

  it('garbage collection takes the ReplicaSets and pods of a Deployment that a person deleted', async () => {
    await done(alice.kubectl('delete deployment web -n vault'))
    await until('the ReplicaSets and pods to go', async () => {
      const rest = list(await read(admin, 'replicasets,pods -n vault'), 'items')
      return rest.filter((item) => text(item, 'metadata', 'name').startsWith('web-')).length === 0
    })
  })

  it('a person deletes a protected Namespace with everything in it', async () => {
    await done(admin.kubectl('delete namespace attic --timeout=50s'))
    expect(await isGone('namespace attic')).to.equal(true)
  })

  it('a person adds an agent, which is an agent at once when obstat is back', async () => {
    const other = await serviceAccount(plane, 'agents', 'other-bot')
    await done(admin.obstat('agent add other-bot --serviceaccount agents/other-bot --phase Shadow --apply'))
    await done(admin.pipe('create -f -', deployment('vault', 'web')))
    await webhook.restart()
    const { code, stderr } = await other.kubectl('create configmap mine -n agents')
    expect(code).to.equal(1)
    expect(stderr).to.contain('PHASE_FORBIDDEN')
  })

  it('and when it is back, the agent goes on as before', async () => {
    await done(admin.kubectl('create namespace shop'))
    await done(admin.pipe('create -f -', deployment('shop', 'web')))
    await done(bot.kubectl('rollout restart deployment/web -n shop'))
    const { stderr } = await bot.kubectl('rollout restart deployment/web -n vault')
    expect(stderr).to.contain('APPROVAL_REQUIRED')
  })
})
