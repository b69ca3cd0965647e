import type { Json, JsonObject } from '../api/json.ts'
import { field, isObject, text } from '../api/json.ts'
import { groupOf, pluralOf } from '../api/plural.ts'
import { objectPath } from '../cluster/paths.ts'
import type { Arguments } from './arguments.ts'
import { Refused, UsageError } from './command.ts'
import type { Cluster } from './ports.ts'
import { statusOf } from './ports.ts'
import { printable } from './printable.ts'

/** A kind as the API server serves it. */
interface Resource {
  readonly group: string
  readonly version: string
  readonly resource: string
  readonly kind: string
  readonly isNamespaced: boolean
}

const KINDS: readonly (readonly [words: string, apiVersion: string, kind: string, scope?: 'cluster'])[] = [
  ['po pod pods', 'v1', 'Pod'],
  ['svc service services', 'v1', 'Service'],
  ['cm configmap configmaps', 'v1', 'ConfigMap'],
  ['secret secrets', 'v1', 'Secret'],
  ['pvc persistentvolumeclaim persistentvolumeclaims', 'v1', 'PersistentVolumeClaim'],
  ['pv persistentvolume persistentvolumes', 'v1', 'PersistentVolume', 'cluster'],
  ['ns namespace namespaces', 'v1', 'Namespace', 'cluster'],
  ['no node nodes', 'v1', 'Node', 'cluster'],
  ['sa serviceaccount serviceaccounts', 'v1', 'ServiceAccount'],
  ['deploy deployment deployments', 'apps/v1', 'Deployment'],
  ['sts statefulset statefulsets', 'apps/v1', 'StatefulSet'],
  ['ds daemonset daemonsets', 'apps/v1', 'DaemonSet'],
  ['rs replicaset replicasets', 'apps/v1', 'ReplicaSet'],
  ['job jobs', 'batch/v1', 'Job'],
  ['cj cronjob cronjobs', 'batch/v1', 'CronJob'],
  ['hpa horizontalpodautoscaler horizontalpodautoscalers', 'autoscaling/v2', 'HorizontalPodAutoscaler'],
  ['pdb poddisruptionbudget poddisruptionbudgets', 'policy/v1', 'PodDisruptionBudget'],
  ['ing ingress ingresses', 'networking.k8s.io/v1', 'Ingress'],
  ['netpol networkpolicy networkpolicies', 'networking.k8s.io/v1', 'NetworkPolicy'],
  ['role roles', 'rbac.authorization.k8s.io/v1', 'Role'],
  ['rolebinding rolebindings', 'rbac.authorization.k8s.io/v1', 'RoleBinding'],
  ['clusterrole clusterroles', 'rbac.authorization.k8s.io/v1', 'ClusterRole', 'cluster'],
  ['clusterrolebinding clusterrolebindings', 'rbac.authorization.k8s.io/v1', 'ClusterRoleBinding', 'cluster'],
  [
    'crd crds customresourcedefinition customresourcedefinitions',
    'apiextensions.k8s.io/v1',
    'CustomResourceDefinition',
    'cluster',
  ],
]

function made(apiVersion: string, kind: string, resource: string, isNamespaced: boolean): Resource {
  return { group: groupOf(apiVersion), version: apiVersion.split('/').at(-1) ?? '', resource, kind, isNamespaced }
}

/** `sts`, `statefulset`, or `widgets.v1.example.org` for any other kind. Throws UsageError. */
function resourceOf(word: string): Resource {
  const known = KINDS.find(([words]) => words.split(' ').includes(word.split('.')[0] ?? ''))
  if (known !== undefined) return made(known[1], known[2], pluralOf(known[2]), known[3] !== 'cluster')
  const [plural = '', version = '', ...group] = word.split('.')
  if (group.length > 0) return made(`${group.join('.')}/${version}`, plural, plural, true)
  throw new UsageError(`${printable(word)}: expected a kind, or PLURAL.VERSION.GROUP such as widgets.v1.example.org`)
}

/**
 * One request of an AdmissionReview as the words mean it, without who asks. Reads the stored object. Throws UsageError,
 * Refused.
 */
export async function requestOfWords(given: Arguments, cluster: Cluster): Promise<JsonObject> {
  const [verb = '', ...rest] = given.operands
  const words = verb === 'rollout' && rest[0] === 'restart' ? rest.slice(1) : rest
  const make = VERBS.get(verb === 'rollout' ? `rollout ${rest[0] ?? ''}` : verb)
  if (make === undefined)
    throw new UsageError(`${printable(verb)}: expected ${[...VERBS.keys()].join(', ')}, or -f FILE`)
  const { resource, name, more } = named(verb, words)
  const namespace = resource.isNamespaced ? (given.text('namespace') ?? 'default') : ''
  const stored = await get(cluster, resource, namespace, name)
  if (stored === null) throw new Refused(`there is no ${resource.resource} ${printable(name)} in ${cluster.server}`)
  const whole = { ...frameOf(resource, namespace, name), operation: 'UPDATE', oldObject: stored, options: {} }
  return { ...whole, ...make({ stored, given, more }) }
}

/**
 * A manifest as `kubectl apply` sends it, near enough: over the stored object where there is one. Throws UsageError.
 */
export async function requestOfManifest(manifest: Json, given: Arguments, cluster: Cluster): Promise<JsonObject> {
  const [apiVersion, kind] = [text(manifest, 'apiVersion'), text(manifest, 'kind')]
  const name = text(manifest, 'metadata', 'name')
  if (!isObject(manifest) || apiVersion === '' || kind === '' || name === '')
    throw new UsageError('-f: expected an object with apiVersion, kind and metadata.name, or an AdmissionReview')
  const known = KINDS.find(([, version, one]) => one === kind && groupOf(version) === groupOf(apiVersion))
  const resource = made(apiVersion, kind, pluralOf(kind), known?.[3] !== 'cluster')
  const own = text(manifest, 'metadata', 'namespace') || (given.text('namespace') ?? 'default')
  const namespace = resource.isNamespaced ? own : ''
  const stored = await get(cluster, resource, namespace, name)
  const frame = { ...frameOf(resource, namespace, name), options: {} }
  const metadata = { ...(field(manifest, 'metadata') as JsonObject), ...(namespace === '' ? {} : { namespace }) }
  if (stored === null) return { ...frame, operation: 'CREATE', object: { ...manifest, metadata }, oldObject: null }
  return { ...frame, operation: 'UPDATE', object: merged(stored, manifest), oldObject: stored }
}

const frameOf = ({ group, version, resource, kind }: Resource, namespace: string, name: string): JsonObject => ({
  kind: { group, version, kind },
  resource: { group, version, resource },
  requestResource: { group, version, resource },
  // As the API server has it: a Namespace's own requests carry its name twice.
  namespace: group === '' && resource === 'namespaces' ? name : namespace,
  name,
  dryRun: false,
})

async function get(cluster: Cluster, resource: Resource, namespace: string, name: string): Promise<JsonObject | null> {
  try {
    const found = await cluster.get(objectPath({ ...resource, namespace }, name))
    return isObject(found) ? found : null
  } catch (cause) {
    if (statusOf(cause) === 404) return null
    throw cause
  }
}

/** `TYPE/NAME` or `TYPE NAME`; a Pod or Node alone where the verb is about those. */
function named(verb: string, words: readonly string[]): { resource: Resource; name: string; more: readonly string[] } {
  const [first = '', second = '', ...rest] = words
  const slash = first.indexOf('/')
  const alone = verb === 'exec' || verb === 'evict' ? 'pods' : verb === 'cordon' || verb === 'uncordon' ? 'nodes' : ''
  const found =
    slash > 0
      ? { resource: resourceOf(first.slice(0, slash)), name: first.slice(slash + 1), more: words.slice(1) }
      : alone !== ''
        ? { resource: resourceOf(alone), name: first, more: words.slice(1) }
        : { resource: resourceOf(first), name: second, more: rest }
  if (found.name === '') throw new UsageError(`${verb}: expected TYPE/NAME`)
  return found
}

interface Meant {
  readonly stored: JsonObject
  readonly given: Arguments
  readonly more: readonly string[]
}

/** What each verb sends, over an UPDATE of the stored object. */
const VERBS: ReadonlyMap<string, (it: Meant) => JsonObject> = new Map([
  ['delete', ({ given }) => ({ operation: 'DELETE', object: null, options: deleteOptions(given) })],
  ['scale', ({ stored, given }) => scaled(stored, given)],
  ['rollout restart', ({ stored }) => ({ object: merged(stored, { spec: { template: RESTARTED } }) })],
  ['evict', ({ stored }) => ({ ...connected('eviction'), operation: 'CREATE', object: evictionOf(stored) })],
  [
    'exec',
    ({ more }) => ({
      ...connected('exec'),
      operation: 'CONNECT',
      object: { command: more, stdout: true, stderr: true },
    }),
  ],
  ['cordon', ({ stored }) => ({ object: merged(stored, { spec: { unschedulable: true } }) })],
  ['uncordon', ({ stored }) => ({ object: merged(stored, { spec: { unschedulable: null } }) })],
  ['label', ({ stored, more }) => ({ object: merged(stored, { metadata: { labels: pairs(more) } }) })],
  ['annotate', ({ stored, more }) => ({ object: merged(stored, { metadata: { annotations: pairs(more) } }) })],
  ['patch', ({ stored, given }) => ({ object: merged(stored, patchOf(given)) })],
])

const RESTARTED = { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': '2026-01-01T00:00:00Z' } } }

const connected = (subResource: string): JsonObject => ({
  subResource,
  requestSubResource: subResource,
  oldObject: null,
})

const evictionOf = (pod: JsonObject): JsonObject => ({
  apiVersion: 'policy/v1',
  kind: 'Eviction',
  metadata: { name: text(pod, 'metadata', 'name'), namespace: text(pod, 'metadata', 'namespace') },
})

function deleteOptions(given: Arguments): JsonObject {
  const grace = given.text('grace-period')
  const seconds = Number(grace)
  if (grace !== undefined && !Number.isSafeInteger(seconds)) throw new UsageError('--grace-period: expected seconds')
  const policy = given.oneOf('cascade', ['background', 'foreground', 'orphan']) ?? 'background'
  return {
    ...(grace === undefined ? {} : { gracePeriodSeconds: seconds }),
    propagationPolicy: `${policy.charAt(0).toUpperCase()}${policy.slice(1)}`,
  }
}

/** autoscaling/v1 Scale: `replicas` is left out when it is 0. */
function scaled(stored: JsonObject, given: Arguments): JsonObject {
  const to = Number(given.needed('replicas', 'how many there shall be'))
  if (!Number.isSafeInteger(to) || to < 0) throw new UsageError('--replicas: expected a number')
  const { name, namespace, uid, resourceVersion } = (field(stored, 'metadata') ?? {}) as JsonObject
  const metadata = Object.fromEntries(
    Object.entries({ name, namespace, uid, resourceVersion }).filter(([, value]) => value !== undefined),
  ) as JsonObject
  const scale = (replicas: Json): JsonObject => ({
    apiVersion: 'autoscaling/v1',
    kind: 'Scale',
    metadata,
    spec: replicas === 0 ? {} : { replicas },
  })
  const from = field(stored, 'spec', 'replicas') ?? 1
  return { subResource: 'scale', requestSubResource: 'scale', object: scale(to), oldObject: scale(from) }
}

/** `a=b` sets, `a-` removes. */
function pairs(words: readonly string[]): JsonObject {
  return Object.fromEntries(
    words.map((word): [string, Json] => {
      const [key = '', ...value] = word.split('=')
      return word.includes('=') ? [key, value.join('=')] : [word.replace(/-$/, ''), null]
    }),
  )
}

function patchOf(given: Arguments): Json {
  const patch = given.needed('patch', 'a merge patch in JSON')
  try {
    return JSON.parse(patch) as Json
  } catch (cause) {
    throw new UsageError('--patch: expected JSON', { cause })
  }
}

/** RFC 7386: objects are merged, null removes, everything else replaces. */
function merged(target: Json, patch: Json): Json {
  if (!isObject(patch)) return patch
  const result = new Map<string, Json>(isObject(target) ? Object.entries(target) : [])
  for (const [key, value] of Object.entries(patch))
    if (value === null) result.delete(key)
    else result.set(key, merged(result.get(key) ?? null, value))
  return Object.fromEntries(result)
}
