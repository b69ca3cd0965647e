import type { ActionPolicy, ApprovalRequest, Approver, GovernedAgent } from './objects.ts'
import { DEFAULT_NAMESPACE } from './names.ts'
import type { Issue } from './result.ts'

type Subject = GovernedAgent['spec']['subjects'][number]
type Scope = NonNullable<GovernedAgent['spec']['scope']>[number]
type Key = Approver['spec']['keys'][number]
type Check<T> = readonly [broken: (value: T) => boolean, path: string, message: string]

/** The rules of the CRDs that look at more than one field, for where no API server evaluates them. */
export function crossFieldIssues(object: GovernedAgent | Approver | ApprovalRequest | ActionPolicy): readonly Issue[] {
  switch (object.kind) {
    case 'GovernedAgent':
      return [...nameIssues(object), ...agentIssues(object.spec)]
    case 'Approver':
      return [...nameIssues(object), ...failed(KEY_CHECKS, object.spec.keys, '/spec/keys')]
    case 'ApprovalRequest':
      return []
    case 'ActionPolicy':
      return twiceIssues((object.spec.cel ?? []).map(({ name }) => name))
  }
}

/** Rules of an ActionPolicy are told apart by their names (list-map-keys). */
const twiceIssues = (names: readonly string[]): readonly Issue[] =>
  names.flatMap((name, at) =>
    names.indexOf(name) === at ? [] : [{ path: `/spec/cel/${at}`, message: 'another rule has this name' }],
  )

function nameIssues(object: GovernedAgent | Approver): readonly Issue[] {
  return object.metadata.name.length > 63
    ? [{ path: '/metadata/name', message: 'must have at most 63 characters' }]
    : []
}

function agentIssues(spec: GovernedAgent['spec']): readonly Issue[] {
  const scope = spec.scope ?? []
  const expressions = scope.flatMap((entry, at) =>
    failed(
      [[isUnbalanced, '', 'In and NotIn need values; Exists and DoesNotExist have none']],
      entry.namespaceSelector?.matchExpressions ?? [],
      `/spec/scope/${at}/namespaceSelector/matchExpressions`,
    ),
  )
  const owned = failed(
    [[({ apiGroups }) => apiGroups.some(isOurs), '/apiGroups', 'nobody but obstat owns kinds of obstat.dev']],
    spec.owns ?? [],
    '/spec/owns',
  )
  return [
    ...failed(SUBJECT_CHECKS, spec.subjects, '/spec/subjects'),
    ...failed(SCOPE_CHECKS, scope, '/spec/scope'),
    ...expressions,
    ...owned,
  ]
}

const failed = <T>(checks: readonly Check<T>[], items: readonly T[], path: string): readonly Issue[] =>
  items.flatMap((item, at) =>
    checks.filter(([broken]) => broken(item)).map(([, field, message]) => ({ path: `${path}/${at}${field}`, message })),
  )

const isOurs = (group: string): boolean => group === 'obstat.dev' || group.endsWith('.obstat.dev')

type Expression = NonNullable<NonNullable<Scope['namespaceSelector']>['matchExpressions']>[number]
const isUnbalanced = ({ operator, values }: Expression): boolean =>
  (operator === 'In' || operator === 'NotIn') !== (values?.length ?? 0) > 0

const ACCOUNT = /^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/
const ACCOUNT_USER = /^system:serviceaccount:[a-z0-9]([-a-z0-9]*[a-z0-9])?:[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/
const ACCOUNTS_GROUP = /^system:serviceaccounts:[a-z0-9]([-a-z0-9]*[a-z0-9])?$/
const SYSTEM_ACCOUNTS = new RegExp(`^system:serviceaccounts?:(kube-|${DEFAULT_NAMESPACE}(:|$))`)
const NEVER_AGENTS = 'identities of kube-* Namespaces and of obstat itself are never agents'
const isSystem = (subject: Subject): boolean => subject.name.startsWith('system:')

const SUBJECT_CHECKS: readonly Check<Subject>[] = [
  [
    ({ kind, namespace }) => (kind === 'ServiceAccount') !== (namespace !== undefined),
    '',
    'a ServiceAccount needs a namespace; a User or a Group has none',
  ],
  [
    ({ kind, name }) => kind === 'ServiceAccount' && !ACCOUNT.test(name),
    '/name',
    "not the name of a ServiceAccount (lower-case letters, digits, '-' and '.')",
  ],
  [
    ({ namespace }) => namespace?.startsWith('kube-') === true || namespace === DEFAULT_NAMESPACE,
    '/namespace',
    NEVER_AGENTS,
  ],
  [
    (subject) => subject.kind === 'User' && isSystem(subject) && !ACCOUNT_USER.test(subject.name),
    '/name',
    'a system: user is never an agent, except one ServiceAccount (system:serviceaccount:<namespace>:<name>)',
  ],
  [
    (subject) => subject.kind === 'Group' && isSystem(subject) && !ACCOUNTS_GROUP.test(subject.name),
    '/name',
    'a system: group is never an agent, except the ServiceAccounts of one Namespace (system:serviceaccounts:<namespace>)',
  ],
  [({ kind, name }) => kind !== 'ServiceAccount' && SYSTEM_ACCOUNTS.test(name), '/name', NEVER_AGENTS],
]

const SCOPE_CHECKS: readonly Check<Scope>[] = [
  [
    ({ namespaces, namespaceSelector }) => namespaces !== undefined && namespaceSelector !== undefined,
    '',
    'namespaces and namespaceSelector exclude each other',
  ],
]

const isOpenSsh = (key: Key): boolean => !['ed25519', 'es256', 'webauthn'].includes(key.type)
const isPem = (key: Key): boolean => key.type === 'ed25519' || key.type === 'es256'

const KEY_CHECKS: readonly Check<Key>[] = [
  [({ publicKey }) => publicKey.includes('PRIVATE KEY'), '/publicKey', 'this is a private key; give the public one'],
  [
    (key) => isOpenSsh(key) && (!key.publicKey.startsWith(`${key.type} `) || key.publicKey.includes('\n')),
    '/publicKey',
    'must be one line of an OpenSSH public key file that begins with the type',
  ],
  [
    (key) => isPem(key) && !key.publicKey.startsWith('-----BEGIN PUBLIC KEY-----'),
    '/publicKey',
    'must be a PEM block "BEGIN PUBLIC KEY"',
  ],
  [
    (key) => key.type === 'webauthn' && !/^[A-Za-z0-9_-]+$/.test(key.publicKey),
    '/publicKey',
    'must be a COSE key in base64url without padding',
  ],
  [
    (key) => (key.type === 'webauthn' ? !isPasskey(key) : mentionsPasskey(key)),
    '',
    'rpId and origins are needed for type webauthn and only there; so is credentialId',
  ],
  [
    ({ type, verifyRequired }) => verifyRequired === true && type !== 'webauthn' && !type.startsWith('sk-'),
    '/verifyRequired',
    'only a security key or passkey can verify its user',
  ],
  [
    ({ notBefore, notAfter }) =>
      notBefore !== undefined && notAfter !== undefined && Date.parse(notBefore) >= Date.parse(notAfter),
    '/notAfter',
    'notBefore must be before notAfter',
  ],
]

const isPasskey = (key: Key): boolean => key.rpId !== undefined && key.origins !== undefined
const mentionsPasskey = (key: Key): boolean =>
  key.rpId !== undefined || key.origins !== undefined || key.credentialId !== undefined
