/** One rule of a Role or ClusterRole, and through which binding somebody has it. */
export interface Granted {
  readonly verbs: readonly string[]
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  /** '' for every namespace. */
  readonly namespace: string
  /** `ClusterRole admin by ClusterRoleBinding ops`. */
  readonly from: string
}

/** A right that admission never sees used, or that is of use only when obstat is not there. */
export interface WayRound {
  readonly id: string
  /** What somebody does with it. */
  readonly what: string
  readonly close: string
  /** Does admission see it? Then obstat refuses it, and taking the right away is a second lock. */
  readonly isSeen: boolean
  readonly verbs: readonly string[]
  readonly groups: readonly string[]
  readonly resources: readonly string[]
}

const WRITES = ['create', 'update', 'patch', 'delete', 'deletecollection'] as const
const RBAC = 'rbac.authorization.k8s.io'
const ADMISSION = 'admissionregistration.k8s.io'

/** Every way that RBAC can leave open; the worst first. */
export const WAYS: readonly WayRound[] = [
  {
    id: 'impersonate',
    what: 'acts as anybody else: obstat then judges the other identity',
    close: 'take away the verb impersonate',
    isSeen: false,
    verbs: ['impersonate'],
    groups: ['', 'authentication.k8s.io'],
    resources: ['users', 'groups', 'serviceaccounts', 'uids', 'userextras/*'],
  },
  {
    id: 'secrets',
    what: 'reads tokens and passwords of others, and acts with them',
    close: 'grant get on Secrets by resourceNames, or not at all; list and watch read everything',
    isSeen: false,
    verbs: ['get', 'list', 'watch'],
    groups: [''],
    resources: ['secrets'],
  },
  {
    id: 'kubelet',
    what: 'talks to kubelets directly, where commands run in any pod of the node',
    close: 'take away nodes/proxy and the other subresources of nodes',
    isSeen: false,
    verbs: ['get', 'create'],
    groups: [''],
    resources: ['nodes/proxy', 'nodes/exec', 'nodes/attach', 'nodes/portForward', 'nodes/checkpoint', 'nodes/configz'],
  },
  {
    id: 'admission-policies',
    what: 'changes admission policies, which no webhook sees',
    close: 'take away the writes on admission policies and their bindings',
    isSeen: false,
    verbs: WRITES,
    groups: [ADMISSION],
    resources: [
      'validatingadmissionpolicies',
      'validatingadmissionpolicybindings',
      'mutatingadmissionpolicies',
      'mutatingadmissionpolicybindings',
    ],
  },
  {
    id: 'webhook-configurations',
    what: 'changes webhook configurations, which no webhook sees; only the generated policy refuses it',
    close: 'take away the writes on webhook configurations',
    isSeen: false,
    verbs: WRITES,
    groups: [ADMISSION],
    resources: ['validatingwebhookconfigurations', 'mutatingwebhookconfigurations'],
  },
  {
    id: 'tokens',
    what: 'makes tokens of other ServiceAccounts',
    close: 'take away create on serviceaccounts/token',
    isSeen: true,
    verbs: ['create'],
    groups: [''],
    resources: ['serviceaccounts/token'],
  },
  {
    id: 'escalate',
    what: 'grants rights that it does not have itself',
    close: 'take away the verbs escalate and bind, and the writes on roles and bindings',
    isSeen: true,
    verbs: ['escalate', 'bind', ...WRITES],
    groups: [RBAC],
    resources: ['roles', 'clusterroles', 'rolebindings', 'clusterrolebindings'],
  },
  {
    id: 'certificates',
    what: 'gets client certificates of any identity',
    close: 'take away the approval and signing of CertificateSigningRequests',
    isSeen: true,
    verbs: ['approve', 'sign', 'update', 'patch'],
    groups: ['certificates.k8s.io'],
    resources: ['certificatesigningrequests/approval', 'certificatesigningrequests/status', 'signers'],
  },
  {
    id: 'apis',
    what: 'sends whole API groups to a server of its own',
    close: 'take away the writes on apiservices',
    isSeen: true,
    verbs: WRITES,
    groups: ['apiregistration.k8s.io'],
    resources: ['apiservices'],
  },
]

/** A way that is open, and the rules that open it. */
export interface OpenWay {
  readonly way: WayRound
  /** `verbs on resources (namespace), from`, each once. */
  readonly by: readonly string[]
}

/** Which ways these rules leave open. */
export const openWays = (granted: readonly Granted[]): readonly OpenWay[] =>
  WAYS.flatMap((way) => {
    const by = granted.flatMap((rule) => {
      const opened = opens(way, rule)
      return opened === '' ? [] : [opened]
    })
    return by.length === 0 ? [] : [{ way, by: [...new Set(by)] }]
  })

/** `get,list secrets in namespace shop, ClusterRole view by RoleBinding …`, or '' when the rule has nothing to do with it. */
function opens(way: WayRound, rule: Granted): string {
  const isGroup = rule.apiGroups.some((group) => group === '*' || way.groups.includes(group))
  if (!isGroup) return ''
  const verbs = rule.verbs.includes('*') ? ['*'] : rule.verbs.filter((verb) => hasVerb(way, verb))
  const resources = rule.resources.filter((named) => way.resources.some((resource) => covers(named, resource)))
  if (verbs.length === 0 || resources.length === 0) return ''
  const where = rule.namespace === '' ? '' : ` in namespace ${rule.namespace}`
  return `${verbs.join(',')} ${resources.join(',')}${where}: ${rule.from}`
}

/** Constrained impersonation (KEP-5284) has verbs such as `impersonate:user-info` and `impersonate-on:user-info:list`. */
const hasVerb = (way: WayRound, verb: string): boolean =>
  way.verbs.includes(verb) || (way.id === 'impersonate' && verb.startsWith('impersonate'))

/** As RBAC matches: `*` is everything, `*` + `/sub` that subresource of anything. */
function covers(named: string, resource: string): boolean {
  if (named === '*' || named === resource) return true
  const [, subresource] = resource.split('/')
  return (
    subresource !== undefined &&
    (named === `*/${subresource}` || (subresource === '*' && named.startsWith(resource.slice(0, -1))))
  )
}
