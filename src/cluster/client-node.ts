import type { RequestOptions } from 'node:https'
import { createRequire } from 'node:module'
import type { KubeConfig } from '@kubernetes/client-node'
import type { Choice, Found, Material } from './credentials.ts'
import { NoCluster, reasonOf } from './errors.ts'

/**
 * Whatever a kubeconfig can say, through client-node: exec plugins, OIDC, cloud providers, proxies, merged files. It is
 * loaded only here and only when needed, since it brings every model of the Kubernetes API: 90 MB and 0.4 s.
 */
export function fromClientNode(choice: Choice): Found {
  const { KubeConfig } = createRequire(import.meta.url)('@kubernetes/client-node') as {
    readonly KubeConfig: new () => KubeConfig
  }
  const config = read(new KubeConfig(), choice)
  const cluster = config.getCurrentCluster()
  if (cluster === null) throw new NoCluster('no cluster in the kubeconfig; name one with --kubeconfig or --context')
  return { server: cluster.server, material: () => materialOf(config, cluster.proxyUrl !== undefined) }
}

function read(config: KubeConfig, choice: Choice): KubeConfig {
  const file = choice.kubeconfig ?? 'the kubeconfig'
  try {
    if (choice.kubeconfig === undefined) config.loadFromDefault()
    else config.loadFromFile(choice.kubeconfig)
  } catch (cause) {
    throw new NoCluster(`cannot use ${file}: ${reasonOf(cause)}`, { cause })
  }
  if (choice.context === undefined) return config
  if (config.getContextObject(choice.context) === null) throw new NoCluster(`no context ${choice.context} in ${file}`)
  config.setCurrentContext(choice.context)
  return config
}

async function materialOf(config: KubeConfig, isProxied: boolean): Promise<Material> {
  const options: RequestOptions = { headers: {} }
  await config.applyToHTTPSOptions(options)
  const headers = Object.entries(options.headers ?? {}).flatMap(([name, value]) =>
    typeof value === 'string' ? [[name.toLowerCase(), value.trim()] as const] : [],
  )
  return {
    ca: pemOf(options.ca),
    certificate: pemOf(options.cert),
    key: pemOf(options.key),
    serverName: options.servername,
    isInsecure: options.rejectUnauthorized === false,
    headers: Object.fromEntries(headers),
    agent: isProxied ? options.agent : undefined,
  }
}

/** client-node gives one PEM text, or its bytes. */
const pemOf = (part: unknown): string | undefined =>
  typeof part === 'string' || Buffer.isBuffer(part) ? part.toString() : undefined
