import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from '../../../src/api/json.ts'
import { call } from './api.ts'
import type { Answer, Call } from './api.ts'
import * as components from './components.ts'
import { Family, plainEnvironment, tail } from './family.ts'
import type { Child, Command } from './family.ts'
import { furnish } from './furnish.ts'
import type { Furnished } from './furnish.ts'
import { announce, isFolderKept, withdraw } from './kept.ts'
import { writeKubeconfig } from './kubeconfig.ts'
import { pathOf } from './programs.ts'
import { run } from './run.ts'
import type { Outcome } from './run.ts'
import { until } from './wait.ts'

export interface ControlPlaneOptions {
  /** How many fake nodes to begin with, named `node-0`, `node-1`, …; 2 unless told. */
  readonly nodes?: number
  /** Whether kube-controller-manager runs; true unless told. */
  readonly controllers?: boolean
  /** Whether kube-scheduler runs; as `controllers` unless told. */
  readonly scheduler?: boolean
  /** Whether kwok keeps every Node ready and every bound pod running; without it no Node is made. True unless told. */
  readonly nodesFake?: boolean
  /** Flags added to kube-apiserver, given the folder of the control plane; it is there, with its keys in it. */
  readonly apiserverFlags?: (dir: string) => readonly string[]
  /** A folder to use and to leave there, instead of a fresh temporary one. */
  readonly dir?: string
}

export interface Kubectl {
  /** Whose kubeconfig; the administrator's unless told. */
  readonly kubeconfig?: string
  /** What the command reads from standard input. */
  readonly input?: string
}

/** A running control plane; all its ports are of 127.0.0.1. */
export interface ControlPlane {
  readonly dir: string
  /** URL of kube-apiserver. */
  readonly server: string
  /** PEM of the authority behind its certificate and every client's. */
  readonly authority: string
  /** User `admin` in group `system:masters`. */
  readonly adminKubeconfig: string
  /** User `alice` in group `platform`, to whom RBAC gives nothing by itself. */
  readonly humanKubeconfig: string
  readonly kubectl: (args: readonly string[], options?: Kubectl) => Promise<Outcome>
  /** One HTTPS call to kube-apiserver as the administrator. */
  readonly call: (path: string, options?: Call) => Promise<Answer>
  /** Writes a kubeconfig with a token, good for two hours, of an existing ServiceAccount; answers its path. */
  readonly serviceAccountKubeconfig: (namespace: string, name: string) => Promise<string>
  /** Writes a kubeconfig with a client certificate; answers its path. */
  readonly userKubeconfig: (name: string, groups?: readonly string[]) => Promise<string>
  /** Holds kube-apiserver still: its connections stay open and nothing answers. */
  readonly freeze: () => void
  readonly thaw: () => void
  /** Stops kube-apiserver, starts it again on the same port and waits until it is ready. */
  readonly restartApiserver: () => Promise<void>
  /** Path of the log of each program, and of the audit log under `audit`. */
  readonly logs: () => ReadonlyMap<string, string>
  /** Pid of each running program. */
  readonly pids: () => ReadonlyMap<string, number>
  /** Stops what was started, by pid, and removes the folder, unless a test failed or the caller chose the folder. */
  readonly stop: () => Promise<void>
}

const readyWithinMs = 90_000

interface Running {
  readonly furnished: Furnished
  readonly family: Family
  readonly children: Map<string, Child>
  readonly apiserver: Command
}

async function start(running: Running, command: Command): Promise<Child> {
  const child = await running.family.start(command)
  running.children.set(command.name, child)
  return child
}

const admin = (running: Running, path: string, options?: Call): Promise<Answer> =>
  call(running.furnished.cluster, running.furnished.admin, path, options)

/** Waits for a condition of the cluster; a program of it that ends meanwhile ends the waiting. */
async function untilClusterSays(
  running: Running,
  what: string,
  path: string,
  isTrue: (answer: Answer) => boolean,
): Promise<void> {
  const abandoned = new AbortController()
  for (const child of running.children.values())
    void child.ended.then((how) => {
      abandoned.abort(new Error(`${child.name} ended with ${how} before ${what}:\n${tail(child.log)}`))
    })
  const ask = async (): Promise<true> => {
    const answer = await admin(running, path, { timeoutMs: 5000 })
    if (isTrue(answer)) return true
    throw new Error(`${answer.status} ${answer.text.slice(0, 500)}`)
  }
  await until(what, ask, { timeoutMs: readyWithinMs, signal: abandoned.signal })
}

async function makeNode(running: Running, name: string): Promise<void> {
  const labels = { 'kubernetes.io/hostname': name, 'kubernetes.io/os': 'linux' }
  const body = { apiVersion: 'v1', kind: 'Node', metadata: { name, labels } }
  const answer = await admin(running, '/api/v1/nodes', { method: 'POST', body })
  if (answer.status !== 201) throw new Error(`Node ${name}: ${answer.status} ${answer.text}`)
}

const apiserverIsReady = (running: Running): Promise<void> =>
  untilClusterSays(running, 'kube-apiserver to be ready', '/readyz', (answer) => answer.status === 200)

async function startPrograms(running: Running, options: ControlPlaneOptions): Promise<void> {
  const { site } = running.furnished
  const hasControllers = options.controllers ?? true
  await start(running, components.etcd(site))
  await start(running, running.apiserver)
  await apiserverIsReady(running)
  if (hasControllers) await start(running, components.controllerManager(site))
  if (options.scheduler ?? hasControllers) await start(running, components.scheduler(site))
  if (options.nodesFake ?? true) {
    await start(running, components.kwok(site))
    for (let n = 0; n < (options.nodes ?? 2); n++) await makeNode(running, `node-${n}`)
  }
  const proof = hasControllers ? '/api/v1/namespaces/default/serviceaccounts/default' : '/api/v1/namespaces/default'
  await untilClusterSays(running, `${proof} to exist`, proof, (answer) => answer.status === 200)
}

async function tokenOf(running: Running, namespace: string, name: string): Promise<string> {
  const path = `/api/v1/namespaces/${namespace}/serviceaccounts/${name}/token`
  const body = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 7200 } }
  const answer = await admin(running, path, { method: 'POST', body })
  const token = text(answer.json, 'status', 'token')
  if (token === '') throw new Error(`no token for ${namespace}/${name}: ${answer.status} ${answer.text}`)
  return token
}

function present(running: Running, stop: () => Promise<void>): ControlPlane {
  const { site, cluster, authority } = running.furnished
  const adminKubeconfig = components.kubeconfigOf(site, 'admin')
  const apiserver = (): Child => {
    const child = running.children.get('kube-apiserver')
    if (child === undefined) throw new Error('kube-apiserver was never started')
    return child
  }
  return {
    dir: site.dir,
    server: cluster.server,
    authority: cluster.authority,
    adminKubeconfig,
    humanKubeconfig: components.kubeconfigOf(site, 'human'),
    kubectl: (args, { kubeconfig = adminKubeconfig, input = '' } = {}) =>
      run(pathOf('kubectl'), args, { input, env: { ...plainEnvironment(site.dir), KUBECONFIG: kubeconfig } }),
    call: (path, options) => admin(running, path, options),
    serviceAccountKubeconfig: async (namespace, name) => {
      const file = components.kubeconfigOf(site, `${namespace}.${name}`)
      writeKubeconfig(file, cluster, `${namespace}:${name}`, { token: await tokenOf(running, namespace, name) })
      return file
    },
    userKubeconfig: async (name, groups = []) => {
      const file = components.kubeconfigOf(site, `user.${name}`)
      writeKubeconfig(file, cluster, name, await authority.issueClient({ user: name, groups }))
      return file
    },
    freeze: () => {
      apiserver().signal('SIGSTOP')
    },
    thaw: () => {
      apiserver().signal('SIGCONT')
    },
    restartApiserver: async () => {
      await running.family.stop(apiserver())
      await start(running, running.apiserver)
      await apiserverIsReady(running)
    },
    logs: () =>
      new Map([
        ['audit', components.auditLog(site)],
        ...[...running.children].map(([name, child]) => [name, child.log] as const),
      ]),
    pids: () =>
      new Map([...running.children].filter(([, child]) => child.isRunning()).map(([name, child]) => [name, child.pid])),
    stop,
  }
}

/**
 * Starts a control plane and waits until it is ready: `/readyz` answers, Namespace `default` exists, and so does its
 * ServiceAccount when controllers run. Any number run side by side. Throws with the last lines of a log when a program
 * ends early; the folder stays then.
 */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const dir = options.dir ?? mkdtempSync(join(tmpdir(), 'obstat-control-plane-'))
  mkdirSync(dir, { recursive: true, mode: 0o700 })
  const furnished = await furnish(dir)
  const apiserver = components.apiserver(furnished.site, options.apiserverFlags?.(dir))
  const running: Running = { furnished, family: new Family(), children: new Map(), apiserver }
  announce(dir)
  const stop = async (): Promise<void> => {
    await running.family.stopAll()
    withdraw(dir)
  }
  try {
    await startPrograms(running, options)
  } catch (cause) {
    await stop()
    throw new Error(`no control plane; its logs are in ${dir}`, { cause })
  }
  return present(running, async () => {
    await stop()
    if (options.dir === undefined && !isFolderKept()) rmSync(dir, { recursive: true, force: true })
  })
}
