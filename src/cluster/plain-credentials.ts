import { existsSync, readFileSync } from 'node:fs'
import { isIPv6 } from 'node:net'
import { dirname, resolve } from 'node:path'
import { parse } from 'yaml'
import type { Json } from '../api/json.ts'
import { entries, field, list, text } from '../api/json.ts'
import type { Found, Material } from './credentials.ts'
import { NoCluster, reasonOf } from './errors.ts'

/** What a plain kubeconfig says of a cluster and of a user; a key beside these makes it client-node's to read. */
const CLUSTER_KEYS = [
  'server',
  'certificate-authority',
  'certificate-authority-data',
  'insecure-skip-tls-verify',
  'tls-server-name',
  'disable-compression',
  'extensions',
]
const USER_KEYS = [
  'client-certificate',
  'client-certificate-data',
  'client-key',
  'client-key-data',
  'token',
  'tokenFile',
  'extensions',
]

/**
 * The cluster of a kubeconfig that holds certificates or a token, or null when it holds anything else. Throws
 * NoCluster.
 */
export function fromPlainFile(file: string, contextName: string | undefined): Found | null {
  const config = readConfig(file)
  const name = contextName ?? text(config, 'current-context')
  const context = named(config, 'contexts', name, 'context')
  if (context === null) throw new NoCluster(`no context ${JSON.stringify(name)} in ${file}; name one with --context`)
  const cluster = named(config, 'clusters', text(context, 'cluster'), 'cluster')
  const user = named(config, 'users', text(context, 'user'), 'user')
  if (cluster === null || user === null)
    throw new NoCluster(`context ${JSON.stringify(name)} in ${file} names a cluster or a user that is not there`)
  if (!hasOnly(cluster, CLUSTER_KEYS) || !hasOnly(user, USER_KEYS)) return null
  return { server: text(cluster, 'server'), material: () => materialOf(cluster, user, dirname(file)) }
}

const ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount'

type Environment = Readonly<Record<string, string | undefined>>

/** Does this process run in a pod with a ServiceAccount. */
export const isInPod = (env: Environment = process.env, account = ACCOUNT): boolean =>
  env['KUBERNETES_SERVICE_HOST'] !== undefined && existsSync(`${account}/token`)

/** The cluster of the pod we are in, as its ServiceAccount. */
export function fromPod(env: Environment = process.env, account = ACCOUNT): Found {
  const host = env['KUBERNETES_SERVICE_HOST'] ?? ''
  return {
    server: `https://${isIPv6(host) ? `[${host}]` : host}:${env['KUBERNETES_SERVICE_PORT'] ?? '443'}`,
    // The kubelet renews both files in place.
    material: () => ({
      ...NOTHING,
      ca: readFileSync(`${account}/ca.crt`, 'utf8'),
      headers: bearer(readFileSync(`${account}/token`, 'utf8')),
    }),
  }
}

const NOTHING: Material = {
  ca: undefined,
  certificate: undefined,
  key: undefined,
  serverName: undefined,
  isInsecure: false,
  headers: {},
  agent: undefined,
}

function readConfig(file: string): Json {
  try {
    return parse(readFileSync(file, 'utf8')) as Json
  } catch (cause) {
    throw new NoCluster(`cannot use ${file}: ${reasonOf(cause)}`, { cause })
  }
}

function named(config: Json, kind: string, name: string, key: string): Json {
  const entry = list(config, kind).find((one) => text(one, 'name') === name)
  return entry === undefined ? null : (field(entry, key) ?? {})
}

const hasOnly = (object: Json, keys: readonly string[]): boolean => entries(object).every(([key]) => keys.includes(key))

function materialOf(cluster: Json, user: Json, directory: string): Material {
  const read = (file: string): string => readFileSync(resolve(directory, file), 'utf8')
  /** What stands in the file itself comes before a file that it names, as in kubectl. */
  const pem = (object: Json, key: string): string | undefined => {
    const data = text(object, `${key}-data`)
    if (data !== '') return Buffer.from(data, 'base64').toString('utf8')
    const file = text(object, key)
    return file === '' ? undefined : read(file)
  }
  const tokenFile = text(user, 'tokenFile')
  const serverName = text(cluster, 'tls-server-name')
  return {
    ...NOTHING,
    ca: pem(cluster, 'certificate-authority'),
    certificate: pem(user, 'client-certificate'),
    key: pem(user, 'client-key'),
    serverName: serverName === '' ? undefined : serverName,
    isInsecure: field(cluster, 'insecure-skip-tls-verify') === true,
    headers: bearer(tokenFile === '' ? text(user, 'token') : read(tokenFile)),
  }
}

const bearer = (token: string): Readonly<Record<string, string>> =>
  token.trim() === '' ? {} : { authorization: `Bearer ${token.trim()}` }
