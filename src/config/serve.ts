import { DEFAULT_NAMESPACE } from '../api/names.ts'
import type { Issue, Result } from '../api/result.ts'
import { bad, ok } from '../api/result.ts'

/** Where to listen. */
export interface Address {
  readonly host: string
  readonly port: number
}

/** Everything `serve` is told from outside; frozen. */
export interface ServeConfig {
  /** The objects: in a cluster, or in a folder of YAML. */
  readonly source:
    | { readonly kind: 'cluster'; readonly kubeconfig: string | undefined; readonly context: string | undefined }
    | { readonly kind: 'files'; readonly directory: string }
  /** Where the API server calls. */
  readonly listen: Address
  /** Metrics and health. */
  readonly metricsListen: Address
  /** How the API server reaches `listen`; null inside a cluster, where it is the Service `obstat`. */
  readonly url: URL | null
  /** Namespace that obstat counts as its own. */
  readonly namespace: string
  /** Tells replicas apart in the Lease. */
  readonly identity: string
}

/** The flags as they were typed; undefined where they were not. */
export interface ServeFlags {
  readonly kubeconfig: string | undefined
  readonly context: string | undefined
  readonly standalone: string | undefined
  readonly listen: string | undefined
  readonly metricsListen: string | undefined
  readonly url: string | undefined
  readonly namespace: string | undefined
}

type Environment = Readonly<Record<string, string | undefined>>

/**
 * The configuration of `serve` from flags and environment, or every problem at once; an issue's path is the flag.
 * Read from the environment: POD_NAMESPACE, POD_NAME, KUBERNETES_SERVICE_HOST. `process` tells two replicas on one
 * machine apart.
 */
export function readServeConfig(
  flags: ServeFlags,
  env: Environment,
  process: { readonly hostname: string; readonly pid: number },
): Result<ServeConfig> {
  const issues: Issue[] = []
  const isFiles = flags.standalone !== undefined
  const isInCluster = !isFiles && flags.kubeconfig === undefined && env['KUBERNETES_SERVICE_HOST'] !== undefined
  const host = isInCluster ? '0.0.0.0' : '127.0.0.1'
  const config: ServeConfig = Object.freeze({
    source: Object.freeze(sourceOf(flags, issues)),
    listen: addressOf('--listen', flags.listen ?? `${host}:9443`, issues),
    metricsListen: addressOf('--metrics-listen', flags.metricsListen ?? `${host}:9090`, issues),
    url: urlOf(flags.url, isInCluster || isFiles, issues),
    namespace: namespaceOf(flags.namespace ?? env['POD_NAMESPACE'] ?? DEFAULT_NAMESPACE, issues),
    identity: env['POD_NAME'] ?? `${process.hostname}-${process.pid}`,
  })
  return issues.length > 0 ? bad(issues) : ok(config)
}

function sourceOf({ standalone, kubeconfig, context }: ServeFlags, issues: Issue[]): ServeConfig['source'] {
  if (standalone === undefined) return { kind: 'cluster', kubeconfig, context }
  if (standalone === '') issues.push({ path: '--standalone', message: 'expected a folder' })
  if (kubeconfig !== undefined || context !== undefined)
    issues.push({ path: '--standalone', message: 'cannot be used with --kubeconfig or --context; choose one' })
  return { kind: 'files', directory: standalone }
}

function addressOf(path: string, text: string, issues: Issue[]): Address {
  const match = /^(\[[0-9A-Fa-f:.]+\]|[^:[\]\s]*):(\d{1,5})$/.exec(text)
  const port = Number(match?.[2])
  const host = (match?.[1] ?? '').replace(/^\[(.*)\]$/, '$1')
  if (match === null || port > 65_535)
    issues.push({ path, message: `expected HOST:PORT such as 127.0.0.1:9443, got ${JSON.stringify(text)}` })
  return Object.freeze({ host: host === '' ? '0.0.0.0' : host, port })
}

function urlOf(text: string | undefined, isOptional: boolean, issues: Issue[]): URL | null {
  if (text === undefined) {
    if (!isOptional)
      issues.push({
        path: '--url',
        message: 'is missing: outside a cluster the API server needs it, for example https://127.0.0.1:9443',
      })
    return null
  }
  const url = URL.parse(text)
  const isPlain =
    url?.pathname === '/' && url.search === '' && url.hash === '' && url.username === '' && url.password === ''
  if (url?.protocol === 'https:' && isPlain) return url
  issues.push({
    path: '--url',
    message: `expected https://HOST:PORT and nothing behind it, got ${JSON.stringify(text)}`,
  })
  return null
}

function namespaceOf(text: string, issues: Issue[]): string {
  if (!/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(text))
    issues.push({ path: '--namespace', message: `expected the name of a Namespace, got ${JSON.stringify(text)}` })
  return text
}
