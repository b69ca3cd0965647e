import { spawnSync } from 'node:child_process'
import { delimiter, dirname, join } from 'node:path'
import process from 'node:process'
import { ApiException, AppsV1Api, KubeConfig } from '@kubernetes/client-node'
import type { Actor } from '../harness/actors.ts'
import type { ControlPlane } from '../harness/control-plane.ts'
import { plainEnvironment } from '../harness/family.ts'
import { pathOf } from '../harness/programs.ts'
import { run } from '../harness/run.ts'
import { startMcpServer } from './mcp.ts'

/** What came of one attempt, as the agent reads it. */
export interface Attempt {
  readonly isRefused: boolean
  readonly text: string
}

/** Who asks, and with what around it. */
export interface Stage {
  readonly agent: Actor
  readonly env: NodeJS.ProcessEnv
}

/** A way in which agents talk to a cluster. */
export interface Client {
  readonly name: string
  /** What an agent does with it, as docs say it. */
  readonly does: string
  /** Deletes the StatefulSet of this name in Namespace vault. */
  readonly remove: (stage: Stage, name: string) => Promise<Attempt>
}

const here = import.meta.dirname
const root = join(here, '../../..')
const installed = join(root, 'build/clients')

/** Installs what build.sh brings. Throws when that failed: it has said why on stderr. */
export function ensureClients(): void {
  const built = spawnSync(join(here, 'build.sh'), { stdio: ['ignore', 2, 2] })
  if (built.status !== 0) throw new Error(`test/e2e/clients/build.sh failed (exit code ${String(built.status)})`)
}

/** `agent`, for clients that are programs of their own. */
export function stageOf(plane: ControlPlane, agent: Actor): Stage {
  const plain = plainEnvironment(plane.dir)
  // Some MCP servers run kubectl, and the node of PATH.
  const path = [dirname(pathOf('kubectl')), dirname(process.execPath), plain['PATH'] ?? ''].join(delimiter)
  return { agent, env: { ...plain, PATH: path, KUBECONFIG: agent.kubeconfig } }
}

export const CLIENTS: readonly Client[] = [
  {
    name: 'kubectl',
    does: 'kubectl delete statefulset db -n vault',
    remove: async ({ agent }: Stage, name: string): Promise<Attempt> => {
      const { code, stdout, stderr } = await agent.kubectl(`delete statefulset ${name} -n vault`)
      return { isRefused: code !== 0, text: `${stdout}${stderr}` }
    },
  },
  {
    name: '@kubernetes/client-node',
    does: "new AppsV1Api().deleteNamespacedStatefulSet({ name: 'db', namespace: 'vault' })",
    remove: withClientNode,
  },
  {
    name: 'the Python client',
    does: "client.AppsV1Api().delete_namespaced_stateful_set('db', 'vault')",
    remove: async ({ env }: Stage, name: string): Promise<Attempt> => {
      const script = join(here, 'delete_stateful_set.py')
      const outcome = await run(join(installed, 'python/bin/python'), [script, 'vault', name], { env })
      return { isRefused: outcome.code !== 0, text: `${outcome.stdout}${outcome.stderr}` }
    },
  },
  {
    name: 'kubernetes-mcp-server',
    does: 'resources_delete { apiVersion: apps/v1, kind: StatefulSet, namespace: vault, name: db }',
    remove: (stage, name) =>
      throughMcp(stage, 'kubernetes-mcp-server', 'resources_delete', {
        apiVersion: 'apps/v1',
        kind: 'StatefulSet',
        namespace: 'vault',
        name,
      }),
  },
  {
    name: 'mcp-server-kubernetes',
    does: 'kubectl_delete { resourceType: statefulset, name: db, namespace: vault }',
    remove: (stage, name) =>
      throughMcp(stage, 'mcp-server-kubernetes', 'kubectl_delete', {
        resourceType: 'statefulset',
        namespace: 'vault',
        name,
      }),
  },
]

async function throughMcp({ env }: Stage, server: string, tool: string, args: object): Promise<Attempt> {
  const running = await startMcpServer(join(installed, 'node_modules/.bin', server), env)
  try {
    const { text, isError } = await running.call(tool, args)
    return { text, isRefused: isError }
  } finally {
    await running.stop()
  }
}

async function withClientNode({ agent }: Stage, name: string): Promise<Attempt> {
  const config = new KubeConfig()
  config.loadFromFile(agent.kubeconfig)
  try {
    await config.makeApiClient(AppsV1Api).deleteNamespacedStatefulSet({ name, namespace: 'vault' })
    return { isRefused: false, text: 'deleted' }
  } catch (cause) {
    if (!(cause instanceof ApiException)) throw cause
    return { isRefused: true, text: cause.message }
  }
}
