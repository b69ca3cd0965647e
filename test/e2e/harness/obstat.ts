import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ControlPlane } from './control-plane.ts'
import { Family, plainEnvironment, tail } from './family.ts'
import type { Child } from './family.ts'
import { freePorts } from './ports.ts'
import { run } from './run.ts'
import type { Outcome } from './run.ts'
import { until } from './wait.ts'

/** One running replica of the webhook, outside the cluster. */
export interface Obstat {
  /** Where the API server calls it. */
  readonly url: string
  /** Metrics and health. */
  readonly metricsUrl: string
  /** Its standard output and standard error, one file. */
  readonly log: string
  readonly pid: () => number
  /** Ends it for good and as Kubernetes would: SIGTERM, and SIGKILL after five seconds. */
  readonly stop: () => Promise<void>
  /** Ends it as a crash would: SIGKILL. */
  readonly kill: () => Promise<void>
  /** Starts it again on the same ports, after stopping it if need be, and waits until it is ready. */
  readonly restart: () => Promise<void>
}

export interface ObstatOptions {
  /** Flags added to `serve`. */
  readonly args?: readonly string[]
  /** Tells replicas on one control plane apart in the names of logs; `obstat` unless told. */
  readonly name?: string
  /** Whether to wait for `/readyz`; true unless told. */
  readonly waitsForReady?: boolean
  /** How it reaches the API server: another kubeconfig made from that of its own ServiceAccount. */
  readonly kubeconfig?: (own: string) => string
  /** Commands of the shell that come before it, such as `ulimit -n 128`. */
  readonly shell?: string
  /** Added to its environment. */
  readonly env?: NodeJS.ProcessEnv
}

const binary = fileURLToPath(new URL('../../../bin/obstat', import.meta.url))

/** Runs the command line to its end, as the administrator unless the arguments name another kubeconfig. */
export const obstat = (controlPlane: ControlPlane, args: readonly string[], input = ''): Promise<Outcome> =>
  run(binary, args, { input, env: { ...plainEnvironment(controlPlane.dir), KUBECONFIG: controlPlane.adminKubeconfig } })

async function isReady(metricsUrl: string): Promise<boolean> {
  const response = await fetch(`${metricsUrl}/readyz`, { signal: AbortSignal.timeout(2000) })
  if (response.status === 200) return true
  throw new Error(`${response.status} ${await response.text()}`)
}

/**
 * Installs obstat into the control plane (`obstat install --url`, which changes nothing the second time) and runs one
 * replica on 127.0.0.1 until `stop`, with the rights of its own ServiceAccount and no more. Ready means that `/readyz`
 * on the metrics port answered 200.
 */
export async function startObstat(controlPlane: ControlPlane, options: ObstatOptions = {}): Promise<Obstat> {
  const [port = 0, metricsPort = 0] = await freePorts(2)
  const url = `https://127.0.0.1:${port}`
  const metricsUrl = `http://127.0.0.1:${metricsPort}`
  const name = options.name ?? 'obstat'
  const log = join(controlPlane.dir, `${name}.log`)
  const installed = await obstat(controlPlane, ['install', '--kubeconfig', controlPlane.adminKubeconfig, '--url', url])
  if (installed.code !== 0) throw new Error(`obstat install: exit code ${installed.code}\n${installed.stderr}`)

  const family = new Family()
  const listen = ['--listen', `127.0.0.1:${port}`, '--url', url, '--metrics-listen', `127.0.0.1:${metricsPort}`]
  const own = await controlPlane.serviceAccountKubeconfig('obstat-system', 'obstat')
  const kubeconfig = options.kubeconfig?.(own) ?? own
  const serve = ['serve', '--kubeconfig', kubeconfig, ...listen, ...(options.args ?? [])]
  const { shell } = options
  const [program, args] =
    shell === undefined ? [binary, serve] : ['/bin/sh', ['-c', `${shell}\nexec "$@"`, 'sh', binary, ...serve]]
  const start = async (): Promise<Child> => {
    const env = { ...plainEnvironment(controlPlane.dir), ...options.env }
    const child = await family.start({ name, program, args, log, env })
    if (options.waitsForReady === false) return child
    const abandoned = new AbortController()
    void child.ended.then((how) => {
      abandoned.abort(new Error(`${name} ended with ${how} before it was ready:\n${tail(log)}`))
    })
    await until(`${name} to be ready`, () => isReady(metricsUrl), { signal: abandoned.signal })
    return child
  }
  let child = await start()
  return {
    url,
    metricsUrl,
    log,
    pid: () => child.pid,
    stop: () => family.stopAll(),
    kill: async () => {
      child.signal('SIGKILL')
      await child.ended
    },
    restart: async () => {
      await family.stop(child)
      child = await start()
    },
  }
}
