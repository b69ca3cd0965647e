import { hostname } from 'node:os'
import process from 'node:process'
import { readServeConfig } from '../config/serve.ts'
import { CLUSTER } from './arguments.ts'
import type { Command, ExitCode } from './command.ts'
import { EXIT, UsageError } from './command.ts'

export const serve: Command = {
  name: 'serve',
  summary: 'run the webhook',
  operands: '',
  arity: [0, 0],
  flags: {
    ...CLUSTER,
    listen: {
      type: 'string',
      value: 'HOST:PORT',
      help: 'where the API server calls; default 127.0.0.1:9443, in a pod 0.0.0.0:9443',
    },
    url: { type: 'string', value: 'URL', help: 'how the API server reaches it from outside; in a pod its Service' },
    'metrics-listen': { type: 'string', value: 'HOST:PORT', help: 'metrics and health; default port 9090' },
    namespace: {
      type: 'string',
      short: 'n',
      value: 'NAME',
      help: "obstat's own namespace; default $POD_NAMESPACE, then obstat-system",
    },
    standalone: { type: 'string', value: 'DIR', help: 'a folder of YAML instead of a cluster' },
  },
  notes: `In a cluster neither --kubeconfig nor --url is needed. The webhook makes and
renews its certificate and keeps the webhook configuration right. It is ready
when http://METRICS/readyz answers 200.

  obstat serve --kubeconfig admin.kubeconfig --url https://127.0.0.1:9443`,
  run: async (given, world) => {
    const flags = {
      kubeconfig: given.text('kubeconfig'),
      context: given.text('context'),
      standalone: given.text('standalone'),
      listen: given.text('listen'),
      metricsListen: given.text('metrics-listen'),
      url: given.text('url'),
      namespace: given.text('namespace'),
    }
    const config = readServeConfig(flags, world.env, { hostname: hostname(), pid: process.pid })
    if (!config.ok) throw new UsageError(config.issues.map(({ path, message }) => `${path} ${message}`).join('; '))
    try {
      return exitCodeOf(await world.serve(config.value, world.signal))
    } catch (cause) {
      throw listenFault(cause) ?? cause
    }
  },
}

const WHY: ReadonlyMap<string, string> = new Map([
  ['EADDRINUSE', 'somebody listens there already'],
  ['EADDRNOTAVAIL', 'this machine has no such address'],
  ['EACCES', 'permission denied'],
])

/** What a failed listen(2) means to whoever chose the address; null for any other fault. */
function listenFault(cause: unknown): UsageError | null {
  if (!(cause instanceof Error) || !('syscall' in cause) || cause.syscall !== 'listen' || !('code' in cause))
    return null
  const { address, port } = cause as { readonly address?: string; readonly port?: number }
  const why = WHY.get(String(cause.code)) ?? String(cause.code)
  return new UsageError(
    `cannot listen on ${address ?? ''}:${port ?? ''}: ${why}; choose another --listen or --metrics-listen`,
    {
      cause,
    },
  )
}

const exitCodeOf = (code: number): ExitCode => Object.values(EXIT).find((known) => known === code) ?? EXIT.refused
