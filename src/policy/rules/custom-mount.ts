import type { Json } from '../../api/json.ts'
import { entries, isArray, isObject, text } from '../../api/json.ts'
import { isCustomContainer } from '../objects/custom-containers.ts'
import { isCustomResource } from '../objects/custom-resource.ts'
import { claimSources, environment, volumeSources } from '../objects/data-sources.ts'
import { listed, named } from '../objects/named.ts'
import type { Node } from '../objects/walk.ts'
import { given, nodesOf, pathOf } from '../objects/walk.ts'
import type { Request } from '../request.ts'
import type { Rule } from '../rule.ts'
import { found, quote } from '../rule.ts'

/**
 * Workflow engines run pods that no list of containers shows, with Secrets and claims of others in them: `volumes` of
 * an Argo Workflow, `workspaces` of Tekton, a claim made from a snapshot, the environment of a step. Finds those that a
 * custom resource did not have before. A step of a stored object that gets a Secret is found by `custom-command`; what
 * stands beside `containers`, and disks of virtual machines, by `secret-or-claim`.
 * Source: argoproj.io/v1alpha1 WorkflowSpec and Template; tekton.dev/v1 WorkspaceBinding; core/v1 VolumeSource;
 * sparkoperator.k8s.io SparkPodSpec.
 */
export const customMount: Rule = {
  id: 'custom-mount',
  remedy: 'Use a ConfigMap, an emptyDir or a claim made for it, or ask an approver.',
  raises: 'Destructive',
  matches: [{ operations: ['CREATE', 'UPDATE'], group: '*', resource: '*' }],
  find: (request) => {
    if (!isCustomResource(request)) return null
    const before = sourcesIn(request, request.oldObject, request.object)
    const added = [...sourcesIn(request, request.object, request.oldObject)].filter(([key]) => !before.has(key))
    return added.length === 0
      ? null
      : found(`gives pods of ${named(request)} ${listed([...new Set(added.map(([, what]) => what))])}`)
  },
}

/** Key is place and source, value the source in words. */
const sourcesIn = ({ operation }: Request, object: Json, other: Json): ReadonlyMap<string, string> =>
  new Map(
    nodesOf(object, other).flatMap((node) =>
      [...mounted(node), ...(operation === 'CREATE' ? stepEnvironment(node) : [])].map(
        ([key, what]) => [`${pathOf(node)} ${key}`, what] as const,
      ),
    ),
  )

type Entry = readonly [key: string, what: string]

/**
 * Lists of volumes, as of core/v1 PodSpec, whatever an operator calls them (`extraVolumes`), and of Tekton's bindings.
 */
const MOUNTS = /^(workspaces|volumes|.+Volumes)$/

/** Fields of a volume or a workspace that bring in what was there before; others mean something else in some kinds. */
const DATA = ['persistentVolumeClaim', 'secret', 'csi', 'projected', 'ephemeral']

function mounted({ key, value, parent }: Node): readonly Entry[] {
  if (key === 'envSecretKeyRefs') return entries(value).map(([, ref]) => ofSpark(ref))
  if (key === 'secrets' && isArray(value))
    return value.filter((one) => given(one, 'secretType') !== undefined).map(ofSpark)
  if (key === 'volumeClaimTemplate') return claimSources(value).map((source) => [source.key, source.what])
  if (!MOUNTS.test(key) || !isArray(value) || (key === 'volumes' && isElsewhere(parent))) return []
  return value.flatMap((volume) =>
    volumeSources(only(volume, ['name', ...DATA])).map((source): Entry => [source.key, source.what]),
  )
}

const ofSpark = (ref: Json): Entry => [`Secret ${text(ref, 'name')}`, `Secret ${quote(text(ref, 'name'))}`]

const only = (volume: Json, keys: readonly string[]): Json =>
  Object.fromEntries(
    keys.flatMap((key) => {
      const value = given(volume, key)
      return value === undefined ? [] : [[key, value]]
    }),
  )

/** Does another rule read these volumes: of a pod, of a virtual machine? */
const isElsewhere = (holder: Node['parent']): boolean =>
  isObject(holder) && ['containers', 'domain'].some((key) => given(holder, key) !== undefined)

const stepEnvironment = (node: Node): readonly Entry[] =>
  isCustomContainer(node.value, node) ? environment(node.value) : []
