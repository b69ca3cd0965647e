import { expect } from 'chai'
import { text } from '../../../src/api/json.ts'
import { connect } from '../../../src/cluster/client.ts'
import type { Client } from '../../../src/cluster/client.ts'
import { administrator, done, newKey, person, runningPods, serviceAccount } from '../harness/actors.ts'
import type { Actor } from '../harness/actors.ts'
import { startApiProxy } from '../harness/api-proxy.ts'
import type { ApiProxy } from '../harness/api-proxy.ts'
import { startBalancer } from '../harness/balancer.ts'
import type { Balancer } from '../harness/balancer.ts'
import { startControlPlane } from '../harness/control-plane.ts'
import type { ControlPlane } from '../harness/control-plane.ts'
import { startObstat } from '../harness/obstat.ts'
import type { Obstat, ObstatOptions } from '../harness/obstat.ts'
import { freePort } from '../harness/ports.ts'
import { until } from '../harness/wait.ts'
import { deployment } from '../harness/workloads.ts'
import { KEPT, Traffic } from './traffic.ts'

export interface StageOptions {
  /** Whether obstat talks to the API server through a proxy; no unless told. */
  readonly isProxied?: boolean
  /** One, and two behind one address; one unless told. */
  readonly replicas?: 1 | 2
  /** Whether controllers run, and three pods of a Deployment `ctl` in `shop`; no unless told. */
  readonly controllers?: boolean
  readonly obstat?: Omit<ObstatOptions, 'name' | 'kubeconfig'>
  /** Runs obstat in another way, as the only one; answers how to end that. */
  readonly serve?: (plane: ControlPlane) => Promise<() => Promise<void>>
}

/** A cluster with one agent that may change what is in `shop`, a protected Namespace `vault`, and people. */
export interface Stage {
  readonly plane: ControlPlane
  readonly proxy: ApiProxy
  readonly replicas: readonly Obstat[]
  readonly webhook: Obstat
  readonly admin: Actor
  /** The agent. */
  readonly agent: Client
  /** alice, who may edit workloads. */
  readonly person: Client
  /** Who may do everything and is asked by nobody. */
  readonly operator: Client
  /** Path of alice's private key, whose Approver is `alice`. */
  readonly key: string
  /** Begins with everybody's calls. */
  readonly traffic: (everyMs?: number) => Traffic
  /** Fails unless everything is there that nobody was allowed to delete. */
  readonly expectNothingLost: () => Promise<void>
  /**
   * Deletes a pod as a person, and waits until controllers have made and started another; answers how long that took,
   * in ms.
   */
  readonly replacePod: () => Promise<number>
  readonly stop: () => Promise<void>
}

const AGENT = '/apis/obstat.dev/v1alpha1/governedagents/sre-bot'

/** Throws the kill switch, or lets the agent go on. */
export const suspend = (operator: Client, suspended: boolean): Promise<unknown> =>
  operator.patch(AGENT, { spec: { suspended, suspendedReason: 'a test' } })

async function furnish(plane: ControlPlane, controllers: boolean): Promise<string> {
  const admin = administrator(plane)
  for (const name of ['shop', 'vault', 'attic']) await done(admin.kubectl(`create namespace ${name}`))
  await done(admin.kubectl('label namespace vault obstat.dev/protected=true'))
  await done(admin.pipe('create -f -', deployment('shop', 'web', 0)))
  if (controllers) await done(admin.pipe('create -f -', deployment('shop', 'ctl', 3)))
  await done(admin.kubectl('create configmap board -n shop'))
  const names = ['board', ...Array.from({ length: KEPT }, (_, n) => `kept-${n}`)]
  for (const name of names) await done(admin.kubectl(`create configmap ${name} -n vault`))
  const key = await newKey(plane, 'ed25519')
  await done(admin.obstat(`approver add alice --key ${key}.pub --apply`))
  await done(admin.obstat('agent add sre-bot --serviceaccount agents/sre-bot --phase AutonomousL1 --scope *:* --apply'))
  await done(
    admin.kubectl('create clusterrole labels --verb=get,list,patch,delete --resource=namespaces,configmaps,pods'),
  )
  for (const role of ['labels', 'obstat-admin'])
    await done(admin.kubectl(`create clusterrolebinding alice-${role} --clusterrole=${role} --user=alice`))
  return key
}

/** Starts everything and waits until the agent is held up. */
export async function setStage(options: StageOptions = {}): Promise<Stage> {
  const controllers = options.controllers ?? false
  const plane = await startControlPlane(controllers ? { nodes: 1 } : { controllers: false, nodesFake: false })
  const proxy = await startApiProxy(plane)
  const end = await options.serve?.(plane)
  const { replicas, balancer } = end === undefined ? await startReplicas(plane, proxy, options) : NONE
  const bot = await serviceAccount(plane, 'agents', 'sre-bot')
  const alice = await person(plane)
  const key = await furnish(plane, controllers)
  const admin = administrator(plane)
  await done(admin.kubectl('wait --for=condition=Enforced governedagent/sre-bot --timeout=20s'))
  const [operator, agent, human] = [plane.adminKubeconfig, bot.kubeconfig, alice.kubeconfig].map((kubeconfig) =>
    connect({ kubeconfig }),
  ) as [Client, Client, Client]
  const running = (): Promise<readonly string[]> => runningPods(admin, 'shop', 'ctl')
  if (controllers) await until('three pods', async () => (await running()).length === 3)
  return {
    plane,
    proxy,
    replicas,
    webhook: replicas[0]!,
    admin,
    agent,
    person: human,
    operator,
    key,
    traffic: (everyMs) => new Traffic(agent, human, everyMs),
    expectNothingLost: async () => {
      const left = (await operator.list('/api/v1/namespaces/vault/configmaps')).items.map((one) =>
        text(one, 'metadata', 'name'),
      )
      expect(left).to.include.members(Array.from({ length: KEPT }, (_, n) => `kept-${n}`))
    },
    replacePod: async () => {
      const startedAt = performance.now()
      const pods = await human.list('/api/v1/namespaces/shop/pods?labelSelector=app%3Dctl')
      const old = pods.items[0] ?? null
      await human.delete(`/api/v1/namespaces/shop/pods/${text(old, 'metadata', 'name')}`)
      await until('another pod', async () => {
        const uids = await running()
        return uids.length === 3 && !uids.includes(text(old, 'metadata', 'uid'))
      })
      return performance.now() - startedAt
    },
    stop: async () => {
      for (const client of [operator, agent, human]) client.close()
      await balancer?.stop()
      for (const replica of replicas) await replica.stop()
      await end?.()
      await proxy.stop()
      await plane.stop()
    },
  }
}

interface Replicas {
  readonly replicas: readonly Obstat[]
  readonly balancer: Balancer | null
}

const NONE: Replicas = { replicas: [], balancer: null }

async function startReplicas(plane: ControlPlane, proxy: ApiProxy, options: StageOptions): Promise<Replicas> {
  const path = options.isProxied === true ? { kubeconfig: proxy.kubeconfig } : {}
  if (options.replicas !== 2)
    return { replicas: [await startObstat(plane, { ...options.obstat, ...path })], balancer: null }
  const port = await freePort()
  const args = ['--url', `https://127.0.0.1:${port}`, ...(options.obstat?.args ?? [])]
  const first = await startObstat(plane, { ...options.obstat, ...path, name: 'first', args })
  const second = await startObstat(plane, { ...options.obstat, ...path, name: 'second', args })
  const replicas = [first, second]
  const balancer = await startBalancer(() => replicas.map((replica) => Number(new URL(replica.url).port)), port)
  return { replicas, balancer }
}
