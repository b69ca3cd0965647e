import type { Json } from '../api/json.ts'
import { field, text } from '../api/json.ts'
import type { Arguments } from './arguments.ts'
import { UsageError } from './command.ts'
import type { Cluster, World } from './ports.ts'
import { statusOf } from './ports.ts'

/** The kinds that obstat itself applies, and how their paths are made. */
interface Place {
  readonly resource: string
  readonly isNamespaced: boolean
}

const PLACES: ReadonlyMap<string, Place> = new Map([
  ['apiextensions.k8s.io/v1 CustomResourceDefinition', { resource: 'customresourcedefinitions', isNamespaced: false }],
  ['apps/v1 Deployment', { resource: 'deployments', isNamespaced: true }],
  ['flowcontrol.apiserver.k8s.io/v1 FlowSchema', { resource: 'flowschemas', isNamespaced: false }],
  [
    'flowcontrol.apiserver.k8s.io/v1 PriorityLevelConfiguration',
    { resource: 'prioritylevelconfigurations', isNamespaced: false },
  ],
  ['obstat.dev/v1alpha1 Approver', { resource: 'approvers', isNamespaced: false }],
  ['obstat.dev/v1alpha1 GovernedAgent', { resource: 'governedagents', isNamespaced: false }],
  ['policy/v1 PodDisruptionBudget', { resource: 'poddisruptionbudgets', isNamespaced: true }],
  ['rbac.authorization.k8s.io/v1 ClusterRole', { resource: 'clusterroles', isNamespaced: false }],
  ['rbac.authorization.k8s.io/v1 ClusterRoleBinding', { resource: 'clusterrolebindings', isNamespaced: false }],
  ['rbac.authorization.k8s.io/v1 Role', { resource: 'roles', isNamespaced: true }],
  ['rbac.authorization.k8s.io/v1 RoleBinding', { resource: 'rolebindings', isNamespaced: true }],
  ['v1 Namespace', { resource: 'namespaces', isNamespaced: false }],
  ['v1 Service', { resource: 'services', isNamespaced: true }],
  ['v1 ServiceAccount', { resource: 'serviceaccounts', isNamespaced: true }],
])

/** `deployment.apps/obstat`, as kubectl names what it did. */
export function titleOf(object: Json): string {
  const [group] = text(object, 'apiVersion').split('/')
  const isCore = text(object, 'apiVersion') === 'v1'
  return `${text(object, 'kind').toLowerCase()}${isCore ? '' : `.${group ?? ''}`}/${text(object, 'metadata', 'name')}`
}

/** API path of an object of ours. Throws TypeError for a kind that obstat does not install. */
export function pathOf(object: Json): string {
  const apiVersion = text(object, 'apiVersion')
  const place = PLACES.get(`${apiVersion} ${text(object, 'kind')}`)
  if (place === undefined) throw new TypeError(`no path for ${apiVersion} ${text(object, 'kind')}`)
  const base = apiVersion === 'v1' ? '/api/v1' : `/apis/${apiVersion}`
  const within = place.isNamespaced ? `/namespaces/${text(object, 'metadata', 'namespace')}` : ''
  return `${base}${within}/${place.resource}/${text(object, 'metadata', 'name')}`
}

const MANAGER = 'obstat'

/**
 * Server-side apply: what obstat says holds, what others added stays. Answers whether the object is new, changed or as
 * it was.
 */
export async function applyObject(
  cluster: Cluster,
  object: Json & object,
): Promise<'created' | 'configured' | 'unchanged'> {
  const path = pathOf(object)
  const before = await getOrNull(cluster, path)
  const query = `fieldManager=${MANAGER}&force=true&fieldValidation=Strict`
  const after = await cluster.patch(`${path}?${query}`, object, { contentType: 'application/apply-patch+yaml' })
  if (before === null) return 'created'
  return text(before, 'metadata', 'resourceVersion') === text(after, 'metadata', 'resourceVersion')
    ? 'unchanged'
    : 'configured'
}

export async function getOrNull(cluster: Cluster, path: string): Promise<Json> {
  try {
    return await cluster.get(path)
  } catch (cause) {
    if (statusOf(cause) === 404) return null
    throw cause
  }
}

/** Applies one object of the user's to the cluster of the flags, and says so. */
export async function apply(given: Arguments, object: Json & object, world: World): Promise<void> {
  const cluster = world.connect(given.cluster())
  try {
    world.out(`${titleOf(object)} ${await applyObject(cluster, object)}\n`)
  } catch (cause) {
    if (statusOf(cause) === 404 && field(object, 'kind') !== undefined)
      throw new UsageError(
        `${cluster.server} does not know obstat.dev; run obstat install, or choose another --context`,
        { cause },
      )
    throw cause
  } finally {
    cluster.close()
  }
}
