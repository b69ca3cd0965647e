import type { Json } from '../api/json.ts'
import { field, isObject, list, text } from '../api/json.ts'
import type { GovernedAgent } from '../api/objects.ts'
import { labelsOf, selects } from '../policy/objects/selectors.ts'
import type { Lister } from './look.ts'

export type Subject = GovernedAgent['spec']['subjects'][number]

/** One rule of a Role or ClusterRole, and through which binding somebody has it. */
export interface Granted {
  readonly verbs: readonly string[]
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  /** [] for every object. */
  readonly resourceNames: readonly string[]
  /** '' for every namespace. */
  readonly namespace: string
  /** `ClusterRole admin by ClusterRoleBinding ops`, and to whom where that is a group or one of several. */
  readonly from: string
  readonly grant: Grant
}

/** Where a rule stands and how somebody comes by it: enough to take it away. */
export interface Grant {
  readonly role: RoleRef
  /** In the role's `rules`; null where they come from other ClusterRoles. */
  readonly ruleIndex: number | null
  /** Part of Kubernetes (put back when the API server starts), or made of other ClusterRoles. */
  readonly isKept: boolean
  /** Does nobody else have it by any binding? */
  readonly isOnlyTheirs: boolean
  readonly binding: {
    readonly kind: 'ClusterRoleBinding' | 'RoleBinding'
    readonly namespace: string
    readonly name: string
  }
  readonly subjectIndex: number
  /** Of the binding's subject, for a JSON patch that tests before it removes. */
  readonly subjectName: string
  readonly isOnlySubject: boolean
}

export interface RoleRef {
  readonly kind: 'ClusterRole' | 'Role'
  readonly namespace: string
  readonly name: string
}

interface Role extends RoleRef {
  readonly object: Json
  readonly isKept: boolean
}

/** Every role and binding of a cluster. */
export interface Rbac {
  readonly bindings: readonly Json[]
  readonly roles: ReadonlyMap<string, Role>
  readonly clusterRoles: readonly Json[]
}

const RBAC = '/apis/rbac.authorization.k8s.io/v1'

/** Reads all of RBAC. Throws where it may not be read. */
export async function loadRbac(lister: Lister): Promise<Rbac> {
  const paths = ['clusterrolebindings', 'rolebindings', 'clusterroles', 'roles'].map((plural) => `${RBAC}/${plural}`)
  const [clusterBindings = [], bindings = [], clusterRoles = [], roles = []] = await Promise.all(
    paths.map(async (path) => (await lister.list(path)).items),
  )
  const named = [...clusterRoles.map(roleOf('ClusterRole')), ...roles.map(roleOf('Role'))]
  return {
    bindings: [...clusterBindings, ...bindings],
    roles: new Map(named.map((role) => [keyOf(role), role])),
    clusterRoles,
  }
}

const roleOf =
  (kind: RoleRef['kind']) =>
  (object: Json): Role => ({
    kind,
    namespace: namespaceOf(object),
    name: nameOf(object),
    object,
    isKept:
      isObject(field(object, 'aggregationRule')) ||
      text(object, 'metadata', 'labels', 'kubernetes.io/bootstrapping') === 'rbac-defaults',
  })

const nameOf = (object: Json): string => text(object, 'metadata', 'name')
const namespaceOf = (object: Json): string => text(object, 'metadata', 'namespace')
const keyOf = ({ kind, namespace, name }: RoleRef): string => `${kind}\n${namespace}\n${name}`

/**
 * Every rule that RBAC grants to these identities, by whatever binding; `but` are those of somebody else among them.
 */
export function grantedTo(rbac: Rbac, subjects: readonly Subject[], but: readonly Subject[] = []): readonly Granted[] {
  const isTheirs = (bound: Json): boolean =>
    subjects.some((subject) => isBound(bound, subject)) && !but.some((other) => isNamed(bound, other))
  return rbac.bindings.flatMap((binding) =>
    list(binding, 'subjects').flatMap((bound, index) =>
      isTheirs(bound) ? grantedBy(rbac, binding, index, subjects) : [],
    ),
  )
}

/** The role that a binding refers to. */
export function roleRefOf(binding: Json): RoleRef {
  const kind = text(binding, 'roleRef', 'kind') === 'Role' ? 'Role' : 'ClusterRole'
  return { kind, namespace: kind === 'Role' ? namespaceOf(binding) : '', name: text(binding, 'roleRef', 'name') }
}

function grantedBy(rbac: Rbac, binding: Json, subjectIndex: number, subjects: readonly Subject[]): readonly Granted[] {
  const ref = roleRefOf(binding)
  const role = rbac.roles.get(keyOf(ref))
  if (role === undefined) return []
  const namespace = namespaceOf(binding)
  const called = nameOf(binding)
  const bound = list(binding, 'subjects')[subjectIndex] ?? null
  const by = namespace === '' ? `ClusterRoleBinding ${called}` : `RoleBinding ${namespace}/${called}`
  const to = subjects.some((subject) => isNamed(bound, subject)) ? '' : ` to ${titleOf(bound)}`
  const isOneOfThem = (one: Json): boolean =>
    subjects.some((subject) => isNamed(one, subject) || isMember(one, subject))
  const users = rbac.bindings.filter((other) => keyOf(roleRefOf(other)) === keyOf(ref))
  const grant = {
    role: ref,
    isKept: role.isKept,
    isOnlyTheirs: users.every((other) => list(other, 'subjects').every(isOneOfThem)),
    binding: { kind: namespace === '' ? 'ClusterRoleBinding' : 'RoleBinding', namespace, name: called },
    subjectIndex,
    subjectName: text(bound, 'name'),
    isOnlySubject: list(binding, 'subjects').length === 1,
  } as const
  return rulesOf(rbac, role).map(({ rule, ruleIndex }) => ({
    verbs: texts(rule, 'verbs'),
    apiGroups: texts(rule, 'apiGroups'),
    resources: texts(rule, 'resources'),
    resourceNames: texts(rule, 'resourceNames'),
    namespace,
    from: `${ref.kind} ${ref.name} by ${by}${to}`,
    grant: { ...grant, ruleIndex },
  }))
}

interface Placed {
  readonly rule: Json
  readonly ruleIndex: number | null
}

/**
 * The role's rules. A ClusterRole that is made of others has theirs, whether or not the controller has copied them yet.
 */
function rulesOf(rbac: Rbac, role: Role): readonly Placed[] {
  const own = list(role.object, 'rules').map((rule, ruleIndex) => ({ rule, ruleIndex }))
  const selectors = list(role.object, 'aggregationRule', 'clusterRoleSelectors')
  const parts = rbac.clusterRoles.filter(
    (part) => nameOf(part) !== role.name && selectors.some((selector) => selects(selector, labelsOf(part))),
  )
  return [...own, ...parts.flatMap((part) => list(part, 'rules').map((rule) => ({ rule, ruleIndex: null })))]
}

const texts = (object: Json, key: string): readonly string[] =>
  list(object, key).filter((item): item is string => typeof item === 'string')

const titleOf = (bound: Json): string =>
  `${text(bound, 'kind')} ${[text(bound, 'namespace'), text(bound, 'name')].filter((part) => part !== '').join('/')}`

/** Does the binding's subject name exactly this identity? */
const isNamed = (bound: Json, subject: Subject): boolean => {
  const kind = text(bound, 'kind')
  const name = text(bound, 'name')
  if (kind === 'ServiceAccount') return `${ACCOUNT}${text(bound, 'namespace')}:${name}` === usernameOf(subject)
  return kind === 'User' ? name === usernameOf(subject) : kind === subject.kind && name === subject.name
}

/** Where the identity is the group of a Namespace's ServiceAccounts: does the binding's subject name one of those? */
function isMember(bound: Json, subject: Subject): boolean {
  const members = accountsOf(subject)
  if (members === '') return false
  switch (text(bound, 'kind')) {
    case 'ServiceAccount':
      return text(bound, 'namespace') === members
    case 'User':
      return text(bound, 'name').startsWith(`${ACCOUNT}${members}:`)
    default:
      return false
  }
}

/** Does the binding's subject hold for this identity: by name, as one of its members, or by a group that it is in? */
const isBound = (bound: Json, subject: Subject): boolean =>
  isNamed(bound, subject) ||
  isMember(bound, subject) ||
  (text(bound, 'kind') === 'Group' && groupsOf(subject).includes(text(bound, 'name')))

const ACCOUNT = 'system:serviceaccount:'
const ACCOUNTS = 'system:serviceaccounts:'

/** The Namespace whose ServiceAccounts this group is, or ''. */
const accountsOf = (subject: Subject): string =>
  subject.kind === 'Group' && subject.name.startsWith(ACCOUNTS) ? subject.name.slice(ACCOUNTS.length) : ''

/** Who the subject is to the API server; '' for a group. */
export const usernameOf = (subject: Subject): string =>
  subject.kind === 'ServiceAccount'
    ? `${ACCOUNT}${subject.namespace ?? ''}:${subject.name}`
    : subject.kind === 'User'
      ? subject.name
      : ''

function groupsOf(subject: Subject): readonly string[] {
  const everybody = ['system:authenticated']
  if (subject.kind === 'Group')
    return accountsOf(subject) === ''
      ? [...everybody, subject.name]
      : [...everybody, 'system:serviceaccounts', subject.name]
  const account = /^system:serviceaccount:([^:]+):[^:]+$/.exec(usernameOf(subject))?.[1]
  return account === undefined ? everybody : [...everybody, 'system:serviceaccounts', `${ACCOUNTS}${account}`]
}

/** API groups that a server other than kube-apiserver answers for: its admission is its own. */
export async function aggregatedGroups(lister: Lister): Promise<readonly string[]> {
  const { items } = await lister.list('/apis/apiregistration.k8s.io/v1/apiservices')
  const groups = items
    .filter((item) => isObject(field(item, 'spec', 'service')))
    .map((item) => text(item, 'spec', 'group'))
  return [...new Set(groups)].sort()
}
