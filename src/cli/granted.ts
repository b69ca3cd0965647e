import type { Json } from '../api/json.ts'
import { field, list, text } from '../api/json.ts'
import type { GovernedAgent } from '../api/objects.ts'
import type { Cluster } from './ports.ts'
import type { Granted } from './ways-round.ts'

type Subject = GovernedAgent['spec']['subjects'][number]

const RBAC = '/apis/rbac.authorization.k8s.io/v1'

/** Every rule that RBAC grants to these identities, by whatever binding. Throws when bindings cannot be read. */
export async function grantedTo(cluster: Cluster, subjects: readonly Subject[]): Promise<readonly Granted[]> {
  const paths = ['clusterrolebindings', 'rolebindings', 'clusterroles', 'roles'].map((plural) => `${RBAC}/${plural}`)
  const [clusterBindings = [], bindings = [], clusterRoles = [], roles = []] = await Promise.all(
    paths.map(async (path) => (await cluster.list(path)).items),
  )
  const rules = new Map<string, readonly Json[]>()
  for (const role of clusterRoles)
    rules.set(keyOf('ClusterRole', '', text(role, 'metadata', 'name')), list(role, 'rules'))
  for (const role of roles)
    rules.set(keyOf('Role', namespaceOf(role), text(role, 'metadata', 'name')), list(role, 'rules'))
  return [...clusterBindings, ...bindings]
    .filter((binding) => list(binding, 'subjects').some((bound) => subjects.some((subject) => isBound(bound, subject))))
    .flatMap((binding) => grantedBy(binding, rules))
}

const namespaceOf = (object: Json): string => text(object, 'metadata', 'namespace')
const keyOf = (kind: string, namespace: string, name: string): string => `${kind}\n${namespace}\n${name}`

function grantedBy(binding: Json, rules: ReadonlyMap<string, readonly Json[]>): readonly Granted[] {
  const namespace = namespaceOf(binding)
  const kind = text(binding, 'roleRef', 'kind')
  const name = text(binding, 'roleRef', 'name')
  const called = text(binding, 'metadata', 'name')
  const by = namespace === '' ? `ClusterRoleBinding ${called}` : `RoleBinding ${namespace}/${called}`
  const from = `${kind} ${name} by ${by}`
  return (rules.get(keyOf(kind, kind === 'Role' ? namespace : '', name)) ?? []).map((rule) => ({
    verbs: texts(rule, 'verbs'),
    apiGroups: texts(rule, 'apiGroups'),
    resources: texts(rule, 'resources'),
    namespace,
    from,
  }))
}

const texts = (object: Json, key: string): readonly string[] =>
  list(object, key).filter((item): item is string => typeof item === 'string')

/** Does the binding's subject hold for this identity, by name or by a group that everybody like it is in? */
function isBound(bound: Json, subject: Subject): boolean {
  const kind = text(bound, 'kind')
  const name = text(bound, 'name')
  const usernames = usernameOf(subject)
  if (kind === 'ServiceAccount') return usernames === `system:serviceaccount:${text(bound, 'namespace')}:${name}`
  if (kind === 'User') return usernames === name
  return kind === 'Group' && groupsOf(subject).includes(name)
}

const usernameOf = (subject: Subject): string =>
  subject.kind === 'ServiceAccount'
    ? `system:serviceaccount:${subject.namespace ?? ''}:${subject.name}`
    : subject.kind === 'User'
      ? subject.name
      : ''

function groupsOf(subject: Subject): readonly string[] {
  const everybody = ['system:authenticated']
  if (subject.kind === 'Group')
    return subject.name.startsWith('system:serviceaccounts:')
      ? [...everybody, 'system:serviceaccounts', subject.name]
      : [...everybody, subject.name]
  const account = /^system:serviceaccount:([^:]+):[^:]+$/.exec(usernameOf(subject))?.[1]
  return account === undefined
    ? everybody
    : [...everybody, 'system:serviceaccounts', `system:serviceaccounts:${account}`]
}

/** API groups that a server other than kube-apiserver answers for: its admission is its own. */
export async function aggregatedGroups(cluster: Cluster): Promise<readonly string[]> {
  const { items } = await cluster.list('/apis/apiregistration.k8s.io/v1/apiservices')
  const groups = items
    .filter((item) => field(item, 'spec', 'service') !== undefined)
    .map((item) => text(item, 'spec', 'group'))
  return [...new Set(groups)].sort()
}
