import type { Level } from './finding.ts'
import type { Granted } from './granted.ts'

/** A right that admission never sees used, or that is of use only when obstat is not there. */
export interface WayRound {
  readonly id: string
  /** What somebody does with it. */
  readonly what: string
  readonly close: string
  readonly level: Level
  /** Does admission see it? Then obstat refuses it, and taking the right away is a second lock. */
  readonly isSeen: boolean
  readonly verbs: readonly string[]
  readonly groups: readonly string[]
  readonly resources: readonly string[]
  /** Those of them that a RoleBinding can give: it gives no cluster-scoped resource. */
  readonly namespaced: readonly string[]
  /**
   * Asked by this one verb, which `*` on a few resources gives as well and nobody means: only all of everything counts.
   */
  readonly isRare?: boolean
}

const WRITES = ['create', 'update', 'patch', 'delete', 'deletecollection'] as const
const RBAC = 'rbac.authorization.k8s.io'
const ADMISSION = 'admissionregistration.k8s.io'
const AUTHENTICATION = 'authentication.k8s.io'

/** Every way that RBAC can leave open; the worst first. */
export const WAYS: readonly WayRound[] = [
  {
    id: 'impersonate',
    what: 'acts as anybody else: obstat then judges the other identity',
    close: 'take away the verb impersonate',
    level: 'critical',
    isSeen: false,
    verbs: ['impersonate'],
    groups: ['', AUTHENTICATION],
    resources: ['users', 'groups', 'serviceaccounts', 'uids', 'userextras/*'],
    namespaced: ['serviceaccounts'],
  },
  {
    // KEP-5284, on by default in 1.36; each asks for impersonate-on:<the same>:<verb> on the target as well.
    id: 'impersonate-constrained',
    what: 'acts as others where impersonate-on: lets it: obstat then judges the other identity',
    close: 'take away the verbs that begin with impersonate:',
    level: 'critical',
    isSeen: false,
    verbs: [
      'impersonate:user-info',
      'impersonate:serviceaccount',
      'impersonate:arbitrary-node',
      'impersonate:associated-node',
    ],
    groups: [AUTHENTICATION],
    resources: ['users', 'groups', 'uids', 'userextras/*', 'serviceaccounts', 'nodes'],
    namespaced: ['serviceaccounts'],
  },
  {
    id: 'secrets',
    what: 'reads tokens and passwords of others, and acts with them',
    close: 'grant get on Secrets by resourceNames, or not at all; list and watch read everything',
    level: 'critical',
    isSeen: false,
    verbs: ['get', 'list', 'watch'],
    groups: [''],
    resources: ['secrets'],
    namespaced: ['secrets'],
  },
  {
    id: 'kubelet',
    what: 'talks to kubelets directly, where commands run in any pod of the node',
    close: 'take away nodes/proxy and the other subresources of nodes',
    level: 'critical',
    isSeen: false,
    verbs: ['get', ...WRITES],
    groups: [''],
    resources: [
      'nodes/proxy',
      'nodes/exec',
      'nodes/run',
      'nodes/attach',
      'nodes/portForward',
      'nodes/checkpoint',
      'nodes/configz',
      'nodes/log',
      'nodes/pods',
      'nodes/stats',
      'nodes/metrics',
      'nodes/spec',
      'nodes/healthz',
    ],
    namespaced: [],
  },
  {
    id: 'admission-policies',
    what: 'changes admission policies, which no webhook sees',
    close: 'take away the writes on admission policies and their bindings',
    level: 'critical',
    isSeen: false,
    verbs: WRITES,
    groups: [ADMISSION],
    resources: [
      'validatingadmissionpolicies',
      'validatingadmissionpolicybindings',
      'mutatingadmissionpolicies',
      'mutatingadmissionpolicybindings',
    ],
    namespaced: [],
  },
  {
    id: 'webhook-configurations',
    what: 'changes webhook configurations, which no webhook sees; only the generated policy refuses it',
    close: 'take away the writes on webhook configurations',
    level: 'critical',
    isSeen: false,
    verbs: WRITES,
    groups: [ADMISSION],
    resources: ['validatingwebhookconfigurations', 'mutatingwebhookconfigurations'],
    namespaced: [],
  },
  {
    id: 'unsafe-delete',
    what: 'deletes what the API server cannot read (alpha), which no webhook sees',
    close: 'take away the verb unsafe-delete-ignore-read-errors',
    level: 'warning',
    isSeen: false,
    verbs: ['unsafe-delete-ignore-read-errors'],
    groups: ['*'],
    resources: ['*'],
    namespaced: ['*'],
    isRare: true,
  },
  {
    id: 'tokens',
    what: 'makes tokens of other ServiceAccounts',
    close: 'take away create on serviceaccounts/token',
    level: 'warning',
    isSeen: true,
    verbs: ['create'],
    groups: [''],
    resources: ['serviceaccounts/token'],
    namespaced: ['serviceaccounts/token'],
  },
  {
    id: 'escalate',
    what: 'grants rights that it does not have itself',
    close: 'take away the verbs escalate and bind, and the writes on roles and bindings',
    level: 'warning',
    isSeen: true,
    verbs: ['escalate', 'bind', ...WRITES],
    groups: [RBAC],
    resources: ['roles', 'clusterroles', 'rolebindings', 'clusterrolebindings'],
    namespaced: ['roles', 'clusterroles', 'rolebindings'],
  },
  {
    id: 'certificates',
    what: 'gets client certificates of any identity',
    close: 'take away the approval and signing of CertificateSigningRequests',
    level: 'warning',
    isSeen: true,
    verbs: ['approve', 'sign', 'update', 'patch'],
    groups: ['certificates.k8s.io'],
    resources: ['certificatesigningrequests/approval', 'certificatesigningrequests/status', 'signers'],
    namespaced: [],
  },
  {
    id: 'proxies',
    what: 'talks to pods and Services past everything that watches them',
    close: 'take away pods/proxy and services/proxy',
    level: 'warning',
    isSeen: true,
    verbs: ['get', ...WRITES],
    groups: [''],
    resources: ['pods/proxy', 'services/proxy'],
    namespaced: ['pods/proxy', 'services/proxy'],
  },
  {
    id: 'apis',
    what: 'sends whole API groups to a server of its own',
    close: 'take away the writes on apiservices',
    level: 'warning',
    isSeen: true,
    verbs: WRITES,
    groups: ['apiregistration.k8s.io'],
    resources: ['apiservices', 'apiservices/status'],
    namespaced: [],
  },
  {
    id: 'definitions',
    what: 'changes or deletes kinds, and with them every object of a kind',
    close: 'take away the writes on customresourcedefinitions',
    level: 'warning',
    isSeen: true,
    verbs: WRITES,
    groups: ['apiextensions.k8s.io'],
    resources: ['customresourcedefinitions', 'customresourcedefinitions/status'],
    namespaced: [],
  },
  {
    id: 'flow-control',
    what: 'starves the API server of calls, those of obstat among them',
    close: 'take away the writes on flow control',
    level: 'warning',
    isSeen: true,
    verbs: WRITES,
    groups: ['flowcontrol.apiserver.k8s.io'],
    resources: ['flowschemas', 'prioritylevelconfigurations'],
    namespaced: [],
  },
  {
    id: 'obstat-objects',
    what: 'says who is an agent, what it may do and who approves',
    close: 'take away the writes on obstat.dev',
    level: 'warning',
    isSeen: true,
    verbs: WRITES,
    groups: ['obstat.dev'],
    resources: ['governedagents', 'approvers', 'actionpolicies', 'approvalrequests', 'approvalrequests/status'],
    namespaced: [],
  },
]

/** A way that is open, and the rules that open it. */
export interface OpenWay {
  readonly way: WayRound
  /** `verbs on resources (namespace), from`, each once. */
  readonly by: readonly string[]
  /** The rules themselves, in the same order, some of them perhaps the same in words. */
  readonly granted: readonly Granted[]
  /** Of the way, or less where only some namespaces or objects can be reached by it. */
  readonly level: Level
}

/** Which ways these rules leave open. */
export const openWays = (granted: readonly Granted[]): readonly OpenWay[] =>
  WAYS.flatMap((way) => {
    const opened = granted.filter((rule) => opens(way, rule))
    const [first] = opened
    if (first === undefined) return []
    const by = opened.map((rule) => described(rule, way))
    return [{ way, by: [...new Set(by)], granted: opened, level: levelOf(way, opened) }]
  })

/** Secrets of one namespace are less than all of them; every other way is as bad from one namespace. */
const levelOf = (way: WayRound, opened: readonly Granted[]): Level =>
  way.id === 'secrets' && opened.every((rule) => rule.namespace !== '' && !rule.namespace.startsWith('kube-'))
    ? 'warning'
    : way.level

function opens(way: WayRound, rule: Granted): boolean {
  const isAll = [rule.verbs, rule.apiGroups, rule.resources].every((part) => part.includes('*'))
  // One Secret by name is what is asked for instead.
  if (way.id === 'secrets' && rule.resourceNames.length > 0) return false
  return isAll
    ? resourcesIn(way, rule).length > 0
    : rule.apiGroups.some((group) => group === '*' || way.groups.includes('*') || way.groups.includes(group)) &&
        verbsIn(way, rule).length > 0 &&
        resourcesIn(way, rule).length > 0
}

/** The rule's verbs that open the way. */
export const verbsIn = (way: WayRound, rule: Granted): readonly string[] =>
  rule.verbs.filter((verb) => way.verbs.includes(verb) || (verb === '*' && way.isRare !== true))

/** The rule's resources that open the way. */
export function resourcesIn(way: WayRound, rule: Granted): readonly string[] {
  const resources = rule.namespace === '' ? way.resources : way.namespaced
  return rule.resources.filter((named) => resources.some((resource) => covers(named, resource)))
}

/** `get,list secrets in namespace shop: ClusterRole view by RoleBinding …`. */
export function described(rule: Granted, way?: WayRound): string {
  const verbs = rule.verbs.includes('*') ? ['*'] : way === undefined ? rule.verbs : verbsIn(way, rule)
  const resources = way === undefined ? rule.resources : resourcesIn(way, rule)
  const where = rule.namespace === '' ? '' : ` in namespace ${rule.namespace}`
  const names = rule.resourceNames.length === 0 ? '' : ` named ${rule.resourceNames.join(',')}`
  return `${verbs.join(',')} ${resources.join(',')}${names}${where}: ${rule.from}`
}

/** As RBAC matches: `*` is everything, `*` + `/sub` that subresource of anything. */
function covers(named: string, resource: string): boolean {
  if (named === '*' || resource === '*' || named === resource) return true
  const [, subresource] = resource.split('/')
  return (
    subresource !== undefined &&
    (named === `*/${subresource}` || (subresource === '*' && named.startsWith(resource.slice(0, -1))))
  )
}
