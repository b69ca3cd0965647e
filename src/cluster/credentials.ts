import { createHash } from 'node:crypto'
import type { RequestOptions } from 'node:https'
import { createSecureContext } from 'node:tls'
import type { SecureContext } from 'node:tls'
import { KubeConfig } from '@kubernetes/client-node'
import { NoCluster, reasonOf } from './errors.ts'

export interface Choice {
  /** A file; without it KUBECONFIG, ~/.kube/config, or the pod's own ServiceAccount. */
  readonly kubeconfig?: string | undefined
  /** A context of that file; without it the current one. */
  readonly context?: string | undefined
}

/** What one connection needs: who we are and whom we trust. */
export interface Proof {
  readonly secureContext: SecureContext
  readonly servername: string | undefined
  readonly rejectUnauthorized: boolean
  /** Changes when the TLS side does, so that connections made before are not used again. */
  readonly identity: string
  /** `authorization` and the like. */
  readonly headers: Readonly<Record<string, string>>
  /** The way through a proxy, when the kubeconfig names one. */
  readonly agent: RequestOptions['agent']
}

export interface Credentials {
  readonly server: URL
  /** Where they come from, for messages. */
  readonly source: string
  /** Never older than ten seconds, unless `isFresh` asks for new ones at once. */
  proof(isFresh?: boolean): Promise<Proof>
}

/** Files and tokens are read again after this long: a kubelet renews a token minutes before it ends. */
const FRESH_MS = 10_000

/** Credentials from a kubeconfig or from inside a pod. Throws NoCluster. */
export function load(choice: Choice): Credentials {
  const config = read(choice)
  const cluster = config.getCurrentCluster()
  const source = choice.kubeconfig ?? `context ${config.getCurrentContext()}`
  if (cluster === null) throw new NoCluster(`no cluster in ${source}; name one with --kubeconfig or --context`)
  const server = new URL(cluster.server)
  if (server.protocol !== 'https:')
    throw new NoCluster(
      `the server in ${source} is ${cluster.server}: expected https; name a cluster with --kubeconfig`,
    )
  return { server, source, proof: cached(() => prove(config, cluster.proxyUrl !== undefined)) }
}

function read(choice: Choice): KubeConfig {
  const config = new KubeConfig()
  try {
    if (choice.kubeconfig === undefined) config.loadFromDefault()
    else config.loadFromFile(choice.kubeconfig)
  } catch (cause) {
    throw new NoCluster(`cannot use ${choice.kubeconfig ?? 'the kubeconfig'}: ${reasonOf(cause)}`, { cause })
  }
  if (choice.context === undefined) return config
  if (config.getContextObject(choice.context) === null)
    throw new NoCluster(`no context ${choice.context} in ${choice.kubeconfig ?? 'the kubeconfig'}`)
  config.setCurrentContext(choice.context)
  return config
}

async function prove(config: KubeConfig, isProxied: boolean): Promise<Proof> {
  const options: RequestOptions = { headers: {} }
  await config.applyToHTTPSOptions(options)
  const { ca, cert, key, servername, rejectUnauthorized } = options
  const headers = Object.entries(options.headers ?? {}).flatMap(([name, value]) =>
    typeof value === 'string' ? [[name.toLowerCase(), value.trim()] as const] : [],
  )
  const hash = createHash('sha256')
  for (const part of [ca, cert, key])
    hash.update(typeof part === 'string' || Buffer.isBuffer(part) ? part : '').update('\n')
  return {
    secureContext: createSecureContext({ ca, cert, key, minVersion: 'TLSv1.2' }),
    servername,
    rejectUnauthorized: rejectUnauthorized ?? true,
    identity: hash.digest('hex'),
    headers: Object.fromEntries(headers),
    agent: isProxied ? options.agent : undefined,
  }
}

/** One call at a time, its answer kept for FRESH_MS; a failure is kept by nobody. */
function cached(make: () => Promise<Proof>): (isFresh?: boolean) => Promise<Proof> {
  let made: Promise<Proof> | undefined
  let madeAt = 0
  return (isFresh = false) => {
    if (made !== undefined && !isFresh && performance.now() - madeAt < FRESH_MS) return made
    madeAt = performance.now()
    const attempt = make()
    made = attempt
    attempt.catch(() => {
      if (made === attempt) made = undefined
    })
    return attempt
  }
}
