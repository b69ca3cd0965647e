import type { Json, JsonObject } from '../api/json.ts'
import { list, text } from '../api/json.ts'
import { DEFAULT_NAMESPACE } from '../api/names.ts'
import { applyObject, pathOf, titleOf } from './apply.ts'
import { CLUSTER, OWN_NAMESPACE } from './arguments.ts'
import type { Arguments } from './arguments.ts'
import type { Command } from './command.ts'
import { EXIT, Refused, UsageError } from './command.ts'
import { renderManifests } from './manifests.ts'
import { STATIC_FILES, staticFile } from './static-files.ts'
import type { InstallOptions } from './manifests.ts'
import type { Cluster, World } from './ports.ts'
import { toYaml } from './printing.ts'

/** Ten seconds are plenty: the API server needs tens of milliseconds. */
const ESTABLISHED_TRIES = 100
const EVERY_MS = 100

export const install: Command = {
  name: 'install',
  summary: 'install obstat into a cluster, or bring it up to date',
  operands: '',
  arity: [0, 0],
  flags: {
    ...CLUSTER,
    print: { type: 'boolean', help: 'print the YAML and change nothing' },
    'print-static': {
      type: 'string',
      value: 'FILE',
      help: `print a file for your own kube-apiserver and change nothing: ${STATIC_FILES.join(' or ')}`,
    },
    url: {
      type: 'string',
      value: 'URL',
      help: 'the webhook runs outside, at this https URL: no Deployment, no Service',
    },
    ...OWN_NAMESPACE,
    image: { type: 'string', value: 'REF', help: 'the image of the Deployment' },
  },
  notes: `CRDs, Namespace, RBAC, flow control, Deployment and Service. Safe to repeat: it
uses server-side apply. The webhook configuration is made by the webhook itself
once it runs.

  obstat install --image YOURS/obstat:0.1.0
  obstat install --url https://127.0.0.1:9443
  obstat install --print | kubectl diff -f -

Who runs kube-apiserver 1.36 can keep agents off every webhook configuration and
admission policy by files, which nobody changes by the API (alpha: feature gate
ManifestBasedAdmissionControlConfig). Print the policies again for new agents.

  obstat install --print-static admission   # --admission-control-config-file
  obstat install --print-static policies    # into its staticManifestsDir`,
  run: async (given, world) => {
    const wanted = given.oneOf('print-static', STATIC_FILES)
    if (wanted !== undefined) {
      world.out(await staticFile(wanted, given, world))
      return EXIT.ok
    }
    const objects = await renderManifests(world.root, optionsOf(given))
    if (given.has('print')) {
      world.out(objects.map(toYaml).join('---\n'))
      return EXIT.ok
    }
    const cluster = world.connect(given.cluster())
    try {
      await applyAll(cluster, objects, world)
    } finally {
      cluster.close()
    }
    world.say(nextStep(given))
    return EXIT.ok
  },
}

function optionsOf(given: Arguments): InstallOptions {
  const namespace = given.text('namespace') ?? DEFAULT_NAMESPACE
  if (!/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/.test(namespace))
    throw new UsageError(`--namespace: expected the name of a Namespace, got ${JSON.stringify(namespace)}`)
  const url = given.text('url')
  if (url !== undefined && URL.parse(url)?.protocol !== 'https:')
    throw new UsageError(`--url: expected https://HOST:PORT, got ${JSON.stringify(url)}`)
  return { namespace, image: given.text('image'), hasWorkload: url === undefined }
}

async function applyAll(cluster: Cluster, objects: readonly JsonObject[], world: World): Promise<void> {
  for (const object of objects) world.out(`${titleOf(object)} ${await applyObject(cluster, object)}\n`)
  for (const object of objects)
    if (text(object, 'kind') === 'CustomResourceDefinition') await established(cluster, object, world)
}

async function established(cluster: Cluster, definition: Json, world: World): Promise<void> {
  for (let tries = 0; tries < ESTABLISHED_TRIES; tries++) {
    const live = await cluster.get(pathOf(definition))
    const conditions = list(live, 'status', 'conditions')
    if (conditions.some((one) => text(one, 'type') === 'Established' && text(one, 'status') === 'True')) return
    const refused = conditions.find((one) => text(one, 'type') === 'NamesAccepted' && text(one, 'status') === 'False')
    if (refused !== undefined) throw new Refused(`${titleOf(definition)}: ${text(refused, 'message')}`)
    await world.pause(EVERY_MS)
  }
  throw new Refused(
    `${titleOf(definition)} is not established after ${(ESTABLISHED_TRIES * EVERY_MS) / 1000} s; look at its status`,
  )
}

function nextStep(given: Arguments): string {
  const url = given.text('url')
  return url === undefined
    ? 'next: obstat approver add, obstat agent add'
    : `next: obstat serve --url ${url}, then obstat approver add, obstat agent add`
}
