import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { connect } from '../../src/cluster/client.ts'
import type { Client } from '../../src/cluster/client.ts'
import { ApiError } from '../../src/cluster/errors.ts'
import { administrator, done, newKey, refused, serviceAccount } from './harness/actors.ts'
import type { Actor } from './harness/actors.ts'
import { startControlPlane } from './harness/control-plane.ts'
import type { ControlPlane } from './harness/control-plane.ts'
import { startObstat } from './harness/obstat.ts'
import type { Obstat } from './harness/obstat.ts'
import { until } from './harness/wait.ts'
import { deployment } from './harness/workloads.ts'

const AGENT = '/apis/obstat.dev/v1alpha1/governedagents/sre-bot'
const WEB = '/apis/apps/v1/namespaces/shop/deployments/web'

describe('the kill switch', () => {
  let plane: ControlPlane
  let webhook: Obstat
  let admin: Actor
  let bot: Actor
  let operator: Client
  let agent: Client
  let key: string

  before(async () => {
    plane = await startControlPlane({ controllers: false, nodesFake: false })
    admin = administrator(plane)
    webhook = await startObstat(plane)
    bot = await serviceAccount(plane, 'agents', 'sre-bot')
    key = await newKey(plane, 'ed25519')
    await done(admin.kubectl('create namespace shop'))
    await done(admin.pipe('create -f -', deployment('shop', 'web')))
    await done(admin.obstat(`approver add alice --key ${key}.pub --apply`))
    await done(
      admin.obstat('agent add sre-bot --serviceaccount agents/sre-bot --phase AutonomousL1 --scope *:* --apply'),
    )
    await done(admin.kubectl('wait --for=condition=Enforced governedagent/sre-bot --timeout=10s'))
    operator = connect({ kubeconfig: plane.adminKubeconfig })
    agent = connect({ kubeconfig: bot.kubeconfig })
  })

  after(async () => {
    operator.close()
    agent.close()
    await webhook.stop()
    await plane.stop()
  })

  /** Whether the agent's next write is refused, and that for being suspended. */
  async function isRefused(): Promise<boolean> {
    try {
      await agent.patch(WEB, { metadata: { labels: { at: String(Math.round(performance.now())) } } })
      return false
    } catch (cause) {
      if (cause instanceof ApiError && cause.reason === 'AgentSuspended') return true
      throw cause
    }
  }

  /** Sets the switch and writes as the agent, back to back, until it holds; answers how long that took, in ms. */
  async function toggle(suspended: boolean): Promise<number> {
    const startedAt = performance.now()
    await operator.patch(AGENT, { spec: { suspended, suspendedReason: 'it deletes too much' } })
    await until('the switch', async () => (await isRefused()) === suspended, { timeoutMs: 5000, everyMs: 1 })
    return performance.now() - startedAt
  }

  it('stops the agent within a second, and lets it go on within another, ten times over', async () => {
    const stops: number[] = []
    const starts: number[] = []
    for (let round = 0; round < 10; round++) {
      stops.push(await toggle(true))
      starts.push(await toggle(false))
    }
    const show = (all: readonly number[]): string => all.map((ms) => ms.toFixed(0)).join(' ')
    process.stdout.write(`      stopped after ${show(stops)} ms, let go on after ${show(starts)} ms\n`)
    expect(Math.max(...stops)).to.be.lessThan(1000)
    expect(Math.max(...starts)).to.be.lessThan(1000)
  })

  it('stops what is otherwise harmless too: reviews of rights, Events, dry runs; reads go on', async () => {
    await toggle(true)
    const attempts = [
      'auth can-i delete pods',
      'rollout restart deployment/web -n shop',
      'delete deployment web -n shop --dry-run=server',
      'create token sre-bot -n agents',
    ]
    for (const words of attempts) {
      const { code, stderr } = await bot.kubectl(words)
      expect(code, words).to.equal(1)
      expect(stderr, words).to.contain('AGENT_SUSPENDED')
      expect(stderr, words).to.contain('it deletes too much')
    }
    expect(await done(bot.kubectl('get deployment web -n shop -o name'))).to.equal('deployment.apps/web\n')
  })

  it('stops what a person has approved; the approval holds once the agent may go on', async () => {
    await toggle(false)
    const { request } = await refused(bot.kubectl('delete deployment web -n shop'))
    await done(admin.obstat(`approve ${request} --key ${key} --yes --reason test`))
    await toggle(true)
    expect((await refused(bot.kubectl('delete deployment web -n shop'))).reason).to.equal('AgentSuspended')
    await toggle(false)
    await done(bot.kubectl('delete deployment web -n shop --wait=false'))
    await done(admin.pipe('create -f -', deployment('shop', 'web')))
  })

  it('holds over a restart of obstat: its very first answers are refusals', async () => {
    await toggle(true)
    await webhook.restart()
    expect(await isRefused()).to.equal(true)
    await toggle(false)
  })

  it('leaves no fault in the log', () => {
    expect(readFileSync(webhook.log, 'utf8')).not.to.match(/ fault /)
  })
})
