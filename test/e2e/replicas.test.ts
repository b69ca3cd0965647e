import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { connect } from '../../src/cluster/client.ts'
import type { Client } from '../../src/cluster/client.ts'
import { ApiError } from '../../src/cluster/errors.ts'
import { list, text } from '../../src/api/json.ts'
import { administrator, done, newKey, read, serviceAccount } from './harness/actors.ts'
import type { Actor } from './harness/actors.ts'
import { startBalancer } from './harness/balancer.ts'
import type { Balancer } from './harness/balancer.ts'
import { startControlPlane } from './harness/control-plane.ts'
import type { ControlPlane } from './harness/control-plane.ts'
import { startObstat } from './harness/obstat.ts'
import type { Obstat } from './harness/obstat.ts'
import { freePort } from './harness/ports.ts'
import { until } from './harness/wait.ts'
import { deployment } from './harness/workloads.ts'

const CONFIG_MAPS = '/api/v1/namespaces/vault/configmaps'
const WEBHOOKS = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/obstat'
const LEASE = '/apis/coordination.k8s.io/v1/namespaces/obstat-system/leases/obstat'
const WEB = '/apis/apps/v1/namespaces/shop/deployments/web'

describe('two replicas on one control plane', () => {
  let plane: ControlPlane
  let balancer: Balancer
  let replicas: readonly [Obstat, Obstat]
  let admin: Actor
  let operator: Client
  let agent: Client
  let key: string

  before(async () => {
    plane = await startControlPlane({ controllers: false, nodesFake: false })
    admin = administrator(plane)
    const port = await freePort()
    const url = `https://127.0.0.1:${port}`
    const start = (name: string): Promise<Obstat> => startObstat(plane, { name, args: ['--url', url] })
    replicas = [await start('first'), await start('second')]
    balancer = await startBalancer(() => replicas.map((replica) => Number(new URL(replica.url).port)), port)
    const bot = await serviceAccount(plane, 'agents', 'sre-bot')
    key = await newKey(plane, 'ed25519')
    for (const namespace of ['shop', 'vault']) await done(admin.kubectl(`create namespace ${namespace}`))
    await done(admin.kubectl('label namespace vault obstat.dev/protected=true'))
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
    await balancer.stop()
    for (const replica of replicas) await replica.stop()
    await plane.stop()
  })

  /** How a call ended: `done`, or the reason of the API server, or what else went wrong. */
  async function endOf(call: Promise<unknown>): Promise<string> {
    try {
      await call
      return 'done'
    } catch (cause) {
      if (cause instanceof ApiError) return cause.reason === 'InternalError' ? cause.message : cause.reason
      throw cause
    }
  }

  const note = (prefix: string): Promise<string> =>
    endOf(agent.create(CONFIG_MAPS, { metadata: { generateName: prefix }, data: { note: 'n' } }))
  const times = <T>(count: number, make: () => Promise<T>): Promise<readonly T[]> =>
    Promise.all(Array.from({ length: count }, make))
  const reviewsOf = (replica: Obstat): number =>
    readFileSync(replica.log, 'utf8')
      .split('\n')
      .filter((line) => line.includes('"verdict"')).length
  const leader = async (): Promise<Obstat | undefined> => {
    const holder = text(await operator.get(LEASE), 'spec', 'holderIdentity')
    return replicas.find((replica) => holder.endsWith(`-${replica.pid()}`))
  }

  it('file one request for one act, however many ask at once', async () => {
    const ends = await times(16, () => note('many-'))
    for (const end of ends) expect(end).to.be.oneOf(['ApprovalRequired', 'ApprovalPending'])
    const requests = list(await read(admin, 'approvalrequests'), 'items')
    expect(requests.map((request) => text(request, 'spec', 'review', 'summary'))).to.have.lengthOf(1)
  })

  it('let one of many equal creates through for one signature, and both answered', async () => {
    for (let round = 0; round < 4; round++) {
      const prefix = `round-${round}-`
      await note(prefix)
      const requests = list(await read(admin, 'approvalrequests'), 'items')
      const request = requests.find((one) => JSON.stringify(one).includes(prefix)) ?? null
      const name = text(request, 'metadata', 'name')
      await done(admin.obstat(`approve ${name} --key ${key} --yes --reason test`))
      const ends = await times(16, () => note(prefix))
      expect(ends.filter((end) => end === 'done')).to.have.lengthOf(1)
      expect(new Set(ends)).to.have.keys('done', 'ApprovalUsed')
      const made = (await operator.list(CONFIG_MAPS)).items.filter((one) =>
        text(one, 'metadata', 'name').startsWith(prefix),
      )
      expect(made).to.have.lengthOf(1)
      expect(list(await read(admin, `approvalrequest ${name}`), 'status', 'uses')).to.have.lengthOf(1)
    }
    for (const replica of replicas) expect(reviewsOf(replica)).to.be.greaterThan(5)
  })

  it('go on when the leader is killed: what is in flight then is refused, and nothing else fails', async () => {
    const killed = await until('a leader', leader)
    const calls: { readonly from: number; readonly to: number; readonly end: string }[] = []
    const stop = new AbortController()
    const ask = async (): Promise<void> => {
      while (!stop.signal.aborted) {
        const from = performance.now()
        const end = await endOf(agent.patch(WEB, { metadata: { labels: { at: String(Math.round(from)) } } }))
        calls.push({ from, to: performance.now(), end })
      }
    }
    const asking = [ask(), ask(), ask()]
    await until('some calls', () => calls.length > 20, { everyMs: 10 })
    const killedAt = performance.now()
    await killed.kill()
    const deadAt = performance.now()
    const next = await until('another leader', async () => {
      const now = await leader()
      return now === undefined || now === killed ? null : now
    })
    const tookOverMs = performance.now() - killedAt
    stop.abort()
    await Promise.all(asking)
    const failed = calls.filter(({ end }) => end !== 'done')
    const inFlight = ({ from, to }: { from: number; to: number }): boolean => from <= deadAt && to >= killedAt
    process.stdout.write(
      `      took over after ${(tookOverMs / 1000).toFixed(1)} s; ${calls.length} calls, ${failed.length} in flight refused\n`,
    )
    expect(failed.filter((call) => !inFlight(call))).to.deep.equal([])
    expect(next).to.equal(replicas.find((replica) => replica !== killed))
    expect(calls.length).to.be.greaterThan(50)
    expect(tookOverMs).to.be.lessThan(10_000)
  })

  it('have a new leader that puts back a webhook configuration which a person deletes or edits', async () => {
    const soon = { timeoutMs: 5000, everyMs: 2 }
    const isWhole = async (): Promise<boolean> =>
      text(list(await operator.get(WEBHOOKS), 'webhooks')[0], 'failurePolicy') === 'Fail'
    const back = async (change: Promise<unknown>): Promise<number> => {
      await change
      const startedAt = performance.now()
      await until('the webhook configuration', isWhole, soon)
      return performance.now() - startedAt
    }
    const edit = [{ op: 'replace', path: '/webhooks/0/failurePolicy', value: 'Ignore' }]
    const ms = [
      await back(operator.delete(WEBHOOKS)),
      await back(operator.patch(WEBHOOKS, edit, { contentType: 'application/json-patch+json' })),
      await back(operator.patch(WEBHOOKS, { webhooks: null })),
    ]
    process.stdout.write(
      `      deleted, edited, emptied: back after ${ms.map((one) => one.toFixed(0)).join(', ')} ms\n`,
    )
    expect(Math.max(...ms)).to.be.lessThan(1000)
    expect(await note('after-')).to.equal('ApprovalRequired')
  })

  it('remember what was used, although both have started anew', async () => {
    for (const replica of replicas) await replica.restart()
    expect(new Set(await times(8, () => note('round-0-')))).to.have.keys('ApprovalUsed')
  })
})
