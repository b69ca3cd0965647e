import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse, parseAllDocuments } from 'yaml'
import type { Json, JsonObject } from '../api/json.ts'
import { entries, field, isObject, list, text } from '../api/json.ts'
import { DEFAULT_NAMESPACE } from '../api/names.ts'

export interface InstallOptions {
  /** Where obstat's own objects go. */
  readonly namespace: string
  /** The image of the Deployment, or undefined for the one in the manifests. */
  readonly image: string | undefined
  /** False when the webhook runs outside the cluster. */
  readonly hasWorkload: boolean
}

/** The kinds of `workload.yaml`, the file that an obstat outside the cluster needs nothing of. */
const WORKLOAD = new Set(['Deployment', 'Service', 'PodDisruptionBudget'])

/** The objects of the kustomize base in `manifests/`, in the order in which they are applied. */
export async function renderManifests(root: string, options: InstallOptions): Promise<readonly JsonObject[]> {
  const folder = join(root, 'manifests')
  const base = parse(await readFile(join(folder, 'kustomization.yaml'), 'utf8')) as Json
  const files = list(base, 'resources').filter((file) => typeof file === 'string')
  const texts = await Promise.all(files.map((file) => readFile(join(folder, file), 'utf8')))
  return texts
    .flatMap((source) => [...parseAllDocuments(source)].map((document) => document.toJS() as Json))
    .filter(isObject)
    .filter((object) => options.hasWorkload || !WORKLOAD.has(text(object, 'kind')))
    .map((object) => placed(object, options))
}

/** The object in the namespace that was chosen, with the image that was chosen. */
function placed(object: JsonObject, { namespace, image }: InstallOptions): JsonObject {
  const moved = renamed(object, namespace)
  if (image === undefined || text(object, 'kind') !== 'Deployment') return moved
  return withImage(moved, image)
}

/** Replaces the default namespace wherever it is one: as name of a Namespace, in metadata, and in subjects. */
function renamed(value: JsonObject, namespace: string): JsonObject {
  const change = (part: Json): Json => {
    if (Array.isArray(part)) return (part as readonly Json[]).map(change)
    if (!isObject(part)) return part
    return Object.fromEntries(
      entries(part).map(([key, inner]) => [
        key,
        key === 'namespace' && inner === DEFAULT_NAMESPACE ? namespace : change(inner),
      ]),
    )
  }
  // CRDs name the default namespace in a rule and in texts; they are the same for every installation.
  if (text(value, 'kind') === 'CustomResourceDefinition') return value
  const changed = change(value)
  if (!isObject(changed)) return value
  if (text(value, 'kind') !== 'Namespace') return changed
  return { ...changed, metadata: { ...(field(changed, 'metadata') as JsonObject), name: namespace } }
}

function withImage(deployment: JsonObject, image: string): JsonObject {
  const spec = field(deployment, 'spec') as JsonObject
  const template = field(spec, 'template') as JsonObject
  const pod = field(template, 'spec') as JsonObject
  const containers = list(pod, 'containers').map((container) =>
    isObject(container) ? { ...container, image } : container,
  )
  return { ...deployment, spec: { ...spec, template: { ...template, spec: { ...pod, containers } } } }
}
