import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import type { RequestOptions } from 'node:https'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import { createSecureContext } from 'node:tls'
import type { SecureContext } from 'node:tls'
import { fromClientNode } from './client-node.ts'
import { NoCluster } from './errors.ts'
import { fromPlainFile, fromPod, isInPod } from './plain-credentials.ts'

export interface Choice {
  /** A file; without it KUBECONFIG, ~/.kube/config, or the pod's own ServiceAccount. */
  readonly kubeconfig?: string | undefined
  /** A context of that file; without it the current one. */
  readonly context?: string | undefined
  /** One API server of that cluster, `host:port`, instead of the one that the file names. */
  readonly endpoint?: string | undefined
  /** Somebody to impersonate. */
  readonly as?: { readonly username: string; readonly group?: string } | undefined
}

/** Where a cluster is, and what proves who we are there. */
export interface Found {
  readonly server: string
  /** Asked again every few seconds: files and tokens are renewed. */
  readonly material: () => Material | Promise<Material>
}

/** As files, kubeconfig or an exec plugin give it. */
export interface Material {
  /** PEM, each of these; undefined where there is none. */
  readonly ca: string | undefined
  readonly certificate: string | undefined
  readonly key: string | undefined
  /** Name to expect in the server's certificate, where it isn't that of the URL. */
  readonly serverName: string | undefined
  readonly isInsecure: boolean
  /** `authorization` and the like, in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** The way through a proxy, when the kubeconfig names one. */
  readonly agent: RequestOptions['agent']
}

/** What one connection needs: who we are and whom we trust. */
export interface Proof extends Pick<Material, 'serverName' | 'isInsecure' | 'headers' | 'agent'> {
  readonly secureContext: SecureContext
  /** Changes when the TLS side does, so that connections made before are not used again. */
  readonly identity: string
}

export interface Credentials {
  readonly server: URL
  /** Where they come from, for messages. */
  readonly source: string
  /** Never older than ten seconds, unless `isFresh` asks for new ones at once. */
  readonly proof: (isFresh?: boolean) => Promise<Proof>
}

/** Files and tokens are read again after this long: a kubelet renews a token minutes before it ends. */
const FRESH_MS = 10_000

/** Credentials from a kubeconfig or from inside a pod. Throws NoCluster. */
export function load(choice: Choice): Credentials {
  const { source, found } = find(choice)
  if (!URL.canParse(found.server) || new URL(found.server).protocol !== 'https:')
    throw new NoCluster(
      `the server in ${source} is ${JSON.stringify(found.server)}: expected https; name a cluster with --kubeconfig`,
    )
  return {
    server: choice.endpoint === undefined ? new URL(found.server) : new URL(`https://${choice.endpoint}`),
    source,
    proof: cached(async () => prove(aimed(await found.material(), choice))),
  }
}

/** Every API server has the name of the Service in its certificate, whatever its address. */
const SERVICE_NAME = 'kubernetes.default.svc'

function aimed(material: Material, { endpoint, as }: Choice): Material {
  if (endpoint === undefined && as === undefined) return material
  const impersonation = {
    ...(as === undefined ? {} : { 'impersonate-user': as.username }),
    ...(as?.group === undefined ? {} : { 'impersonate-group': as.group }),
  }
  return {
    ...material,
    // Its address comes from the cluster: our credentials go nowhere that does not prove to be of it.
    ...(endpoint === undefined ? {} : { serverName: SERVICE_NAME, isInsecure: false }),
    headers: { ...material.headers, ...impersonation },
  }
}

function find(choice: Choice): { readonly source: string; readonly found: Found } {
  const files = choice.kubeconfig === undefined ? filesOf(process.env['KUBECONFIG'] ?? '') : [choice.kubeconfig]
  const [file] = files
  if (file === undefined && choice.context === undefined && isInPod())
    return { source: 'the ServiceAccount of this pod', found: fromPod() }
  // Reading plain files ourselves saves the time and memory that client-node takes; all else is its business.
  const plain = files.length === 1 && file !== undefined ? fromPlainFile(file, choice.context) : null
  return {
    source: file ?? 'the kubeconfig',
    found: plain ?? fromClientNode(choice),
  }
}

/** As kubectl: what KUBECONFIG lists, else the file in the home directory when there is one. */
function filesOf(variable: string): readonly string[] {
  const listed = variable.split(delimiter).filter((file) => file !== '')
  const home = join(homedir(), '.kube', 'config')
  return listed.length === 0 && existsSync(home) ? [home] : listed
}

function prove({ ca, certificate, key, ...rest }: Material): Proof {
  const hash = createHash('sha256')
  for (const part of [ca, certificate, key]) hash.update(`${part ?? ''}\n`)
  return {
    ...rest,
    secureContext: createSecureContext({ ca, cert: certificate, key, minVersion: 'TLSv1.2' }),
    identity: hash.digest('hex'),
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
