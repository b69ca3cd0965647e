import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from '../../src/api/json.ts'
import type { ControlPlane } from '../../test/e2e/harness/control-plane.ts'
import type { Family } from '../../test/e2e/harness/family.ts'
import type { Obstat } from '../../test/e2e/harness/obstat.ts'
import { startObstat } from '../../test/e2e/harness/obstat.ts'
import { until } from '../../test/e2e/harness/wait.ts'
import { governedAgent } from '../folder.ts'
import { ORDINARY, PROTECTED } from '../reviews/cases.ts'
import { AGENT, UID_PLACEHOLDER } from '../reviews/review.ts'
import type { Server } from '../servers.ts'
import { startNoop } from '../servers.ts'
import { makeNamespaces, post } from './cluster-source.ts'

/**
 * Whose writes nobody looks at, whose go to the lean webhook, and whose to obstat: three ServiceAccounts, one cluster.
 */
export const WRITERS = ['nobody', 'lean', 'obstat'] as const
export type Writer = (typeof WRITERS)[number]

/** An API server with all that is measured. */
export interface Site {
  readonly url: string
  readonly bodyFile: string
  readonly certificateFile: string
  /** Flags of the load client that make a call this writer's. */
  readonly flagsOf: (writer: Writer) => readonly string[]
  /** Of the webhook that this writer's writes go to; null where there is none. */
  readonly pidOf: (writer: Writer) => number | null
  readonly stop: () => Promise<void>
}

const ACCOUNTS: Readonly<Record<Writer, string>> = { nobody: 'unwatched', lean: 'noop-bot', obstat: AGENT.name }

/** The write: one annotation of one ConfigMap, another value each time, so that etcd has work too. */
const PATCH = { metadata: { annotations: { 'example.com/measured': UID_PLACEHOLDER } } }
const nameOf = (connection: number | string): string => `page-${connection}`

/** Furnishes the cluster for as many connections as write at once; each writes to an object of its own. */
export async function furnishSite(
  plane: ControlPlane,
  family: Family,
  programs: string,
  connections: number,
): Promise<Site> {
  await makeObjects(plane, connections)
  const lean = await startNoop(family, 'lean', true, { dir: plane.dir, core: undefined, obstat: '', programs })
  await post(plane, '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations', configurationFor(lean))
  const obstat = await startObstat(plane)
  try {
    await post(plane, '/apis/obstat.dev/v1alpha1/governedagents', governedAgent)
    await untilRefused(plane)
    const tokens = new Map<Writer, string>()
    for (const writer of WRITERS) tokens.set(writer, await tokenFile(plane, writer))
    return site(plane, lean, obstat, tokens)
  } catch (cause) {
    await obstat.stop()
    throw cause
  }
}

function site(plane: ControlPlane, lean: Server, obstat: Obstat, tokens: ReadonlyMap<Writer, string>): Site {
  const keep = (file: string, content: string): string => {
    writeFileSync(join(plane.dir, file), content, { mode: 0o600 })
    return join(plane.dir, file)
  }
  return {
    url: `${plane.server}/api/v1/namespaces/${ORDINARY}/configmaps/${nameOf('{connection}')}`,
    bodyFile: keep('write.json', JSON.stringify(PATCH)),
    certificateFile: keep('authority.crt', plane.authority),
    flagsOf: (writer) => [
      ...['-method', 'PATCH', '-content-type', 'application/merge-patch+json', '-user-agent', 'sre-bot'],
      ...['-token', tokens.get(writer) ?? ''],
    ],
    pidOf: (writer) => ({ nobody: null, lean: lean.pid, obstat: obstat.pid() })[writer],
    stop: () => obstat.stop(),
  }
}

async function makeObjects(plane: ControlPlane, connections: number): Promise<void> {
  await makeNamespaces(plane)
  for (const name of Object.values(ACCOUNTS))
    await post(plane, `/api/v1/namespaces/${AGENT.namespace}/serviceaccounts`, { metadata: { name } })
  const metadata = { name: 'measured-writers' }
  const rules = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'patch'] }]
  await post(plane, '/apis/rbac.authorization.k8s.io/v1/clusterroles', { metadata, rules })
  const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: metadata.name }
  const subjects = Object.values(ACCOUNTS).map((name) => ({ kind: 'ServiceAccount', namespace: AGENT.namespace, name }))
  await post(plane, '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', { metadata, roleRef, subjects })
  const data = { 'settings.yaml': 'cache: true\n' }
  for (const namespace of [ORDINARY, PROTECTED])
    for (let connection = 0; connection < connections; connection++)
      await post(plane, `/api/v1/namespaces/${namespace}/configmaps`, { metadata: { name: nameOf(connection) }, data })
}

const userOf = (account: string): string => `system:serviceaccount:${AGENT.namespace}:${account}`

/** As obstat's own configuration is, but for one user and to the lean webhook. */
const configurationFor = ({ url, certificate }: Server): object => ({
  metadata: { name: 'noop' },
  webhooks: [
    {
      name: 'noop.example.com',
      clientConfig: { url, caBundle: Buffer.from(certificate).toString('base64') },
      rules: [{ apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['*/*'], scope: '*' }],
      failurePolicy: 'Fail',
      matchPolicy: 'Equivalent',
      sideEffects: 'None',
      timeoutSeconds: 5,
      admissionReviewVersions: ['v1'],
      matchConditions: [{ name: 'user', expression: `request.userInfo.username == '${userOf(ACCOUNTS.lean)}'` }],
    },
  ],
})

/** obstat is in the way once it refuses what the agent does in the protected Namespace. */
async function untilRefused(plane: ControlPlane): Promise<void> {
  const kubeconfig = await plane.serviceAccountKubeconfig(AGENT.namespace, ACCOUNTS.obstat)
  const write = ['annotate', 'configmap', nameOf(0), '-n', PROTECTED, '--overwrite', 'example.com/measured=probe']
  await until('obstat to refuse the agent', async () => {
    const { code, stderr } = await plane.kubectl(write, { kubeconfig })
    if (code !== 0 && stderr.includes('obstat.dev')) return true
    throw new Error(`exit code ${code} ${stderr}`)
  })
}

/** A file with a token that is good for two hours. */
async function tokenFile(plane: ControlPlane, writer: Writer): Promise<string> {
  const path = `/api/v1/namespaces/${AGENT.namespace}/serviceaccounts/${ACCOUNTS[writer]}/token`
  const answer = await post(plane, path, {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { expirationSeconds: 7200 },
  })
  const file = join(plane.dir, `${writer}.token`)
  writeFileSync(file, text(answer, 'status', 'token'), { mode: 0o600 })
  return file
}
