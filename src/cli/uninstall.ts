import type { Json, JsonObject } from '../api/json.ts'
import { text } from '../api/json.ts'
import { DEFAULT_NAMESPACE } from '../api/names.ts'
import { pathOf, titleOf } from './apply.ts'
import { CLUSTER, OWN_NAMESPACE } from './arguments.ts'
import type { Command } from './command.ts'
import { EXIT, Refused, UsageError } from './command.ts'
import { renderManifests } from './manifests.ts'
import type { Cluster, World } from './ports.ts'
import { statusOf } from './ports.ts'

const ADMISSION = '/apis/admissionregistration.k8s.io/v1'
const OURS = 'labelSelector=app.kubernetes.io%2Fname%3Dobstat%2Capp.kubernetes.io%2Fmanaged-by%3Dobstat'
const GENERATED = [
  'validatingwebhookconfigurations',
  'validatingadmissionpolicybindings',
  'validatingadmissionpolicies',
]
const POD_TRIES = 60
const EVERY_MS = 1000

export const uninstall: Command = {
  name: 'uninstall',
  summary: 'take obstat out of a cluster, its webhook configuration first',
  operands: '',
  arity: [0, 0],
  flags: {
    ...CLUSTER,
    ...OWN_NAMESPACE,
    crds: { type: 'boolean', help: 'also the CRDs, and with them every agent, approver and approval' },
    yes: { type: 'boolean', short: 'y', help: 'do not ask' },
  },
  notes: `From then on nothing holds agents up. An obstat that runs outside the cluster
must be stopped before: it would make its webhook configuration again.`,
  run: async (given, world) => {
    const namespace = given.text('namespace') ?? DEFAULT_NAMESPACE
    const objects = await renderManifests(world.root, { namespace, image: undefined, hasWorkload: true })
    const cluster = world.connect(given.cluster())
    try {
      if (!given.has('yes') && !(await isSure(cluster, world))) return EXIT.refused
      await removeGenerated(cluster, world)
      const removed = objects.filter(
        (object) => given.has('crds') || text(object, 'kind') !== 'CustomResourceDefinition',
      )
      for (const object of [...removed].reverse()) await removeObject(cluster, pathOf(object), titleOf(object), world)
      await podsGone(cluster, namespace, world)
      // The leader may have put its configuration back before it ended.
      await removeGenerated(cluster, world)
    } finally {
      cluster.close()
    }
    return EXIT.ok
  },
}

async function isSure(cluster: Cluster, world: World): Promise<boolean> {
  const answer = await world.ask(
    `Take obstat out of ${cluster.server}? From then on nothing holds agents up. Type uninstall: `,
  )
  if (answer === null) throw new UsageError('nobody is there to ask; add --yes')
  return answer.trim() === 'uninstall'
}

async function removeGenerated(cluster: Cluster, world: World): Promise<void> {
  for (const resource of GENERATED) {
    const { items } = await cluster.list(`${ADMISSION}/${resource}?${OURS}`)
    for (const item of items) {
      const name = text(item, 'metadata', 'name')
      await removeObject(cluster, `${ADMISSION}/${resource}/${name}`, `${resource}/${name}`, world)
    }
  }
}

async function removeObject(cluster: Cluster, path: string, title: string, world: World): Promise<void> {
  try {
    await cluster.delete(path, DELETE_OPTIONS)
    world.out(`${title} deleted\n`)
  } catch (cause) {
    if (statusOf(cause) !== 404) throw cause
  }
}

const DELETE_OPTIONS: JsonObject = { kind: 'DeleteOptions', apiVersion: 'v1', propagationPolicy: 'Background' }

async function podsGone(cluster: Cluster, namespace: string, world: World): Promise<void> {
  for (let tries = 0; tries < POD_TRIES; tries++) {
    const path = `/api/v1/namespaces/${namespace}/pods?labelSelector=app.kubernetes.io%2Fname%3Dobstat`
    const items: readonly Json[] = (await cluster.list(path)).items
    if (items.length === 0) return
    await world.pause(EVERY_MS)
  }
  throw new Refused(`pods of obstat in ${namespace} do not end; delete them, then run this again`)
}
