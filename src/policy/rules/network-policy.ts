import type { Json } from '../../api/json.ts'
import { field, isObject, list, text } from '../../api/json.ts'
import type { Facts } from '../facts.ts'
import { isAlike, isEmpty } from '../objects/equal.ts'
import { titleOf } from '../objects/metadata.ts'
import { labelsOf, selects, selectsByMap } from '../objects/selectors.ts'
import type { ListRead } from '../read.ts'
import { listOf } from '../read.ts'
import type { Request } from '../request.ts'
import type { Found, Match, Rule } from '../rule.ts'
import { found, quote } from '../rule.ts'

/** Policies of networks and meshes whose shapes are not read here: every write of what they say counts. */
const OTHERS: readonly Match[] = [
  ['cilium.io', 'ciliumnetworkpolicies'],
  ['cilium.io', 'ciliumclusterwidenetworkpolicies'],
  ['cilium.io', 'ciliumlocalredirectpolicies'],
  ['cilium.io', 'ciliumegressgatewaypolicies'],
  ['crd.projectcalico.org', '*'],
  ['projectcalico.org', '*'],
  ['crd.antrea.io', '*'],
  ['policy.networking.k8s.io', '*'],
  ['k8s.ovn.org', '*'],
  ['security.istio.io', '*'],
  ['policy.linkerd.io', '*'],
].map(([group = '', resource = '']) => ({ operations: ['CREATE', 'UPDATE'], group, resource }))

const KUBERNETES: ReadonlySet<string> = new Set(['networking.k8s.io', 'extensions'])

/**
 * A NetworkPolicy cuts every pod that it selects off from whatever it does not name, and loosened it no longer protects
 * them. Reads `spec` of networking.k8s.io/v1: a new one is harmless when each of its types lets everything through, or
 * when it is a quarantine: it selects one pod at most, and not the only one behind a Service (pods and Services are
 * read live). Policies add up, so one that lets everybody through at every port opens what others of the Namespace
 * (read live) close. Any change to what a stored one says counts. So do the policies of other networks and of meshes.
 */
export const networkPolicy: Rule = {
  id: 'network-policy',
  remedy: 'Quarantine one pod: give it a label of its own and select that.',
  raises: 'Destructive',
  matches: [
    { operations: ['CREATE', 'UPDATE'], group: 'networking.k8s.io', resource: 'networkpolicies' },
    { operations: ['CREATE', 'UPDATE'], group: 'extensions', resource: 'networkpolicies' },
    ...OTHERS,
  ],
  needs: (request) => [
    ...(isQuarantine(request) ? [podsOf(request), servicesOf(request)] : []),
    ...(openedBy(request).length > 0 ? [podsOf(request), policiesOf(request)] : []),
  ],
  find: (request, facts) => {
    if (request.operation === 'UPDATE') return updated(request)
    if (!KUBERNETES.has(request.group)) return found(`creates ${titleOf(request)}, which decides who may talk to whom`)
    return opened(request, facts) ?? created(request, facts)
  },
}

function updated(request: Request): Found | null {
  const isSpecSame = ['spec', 'specs'].every((key) =>
    isAlike(field(request.oldObject, key), field(request.object, key)),
  )
  return isSpecSame ? null : found(`changes who may talk to the pods of ${titleOf(request)}`)
}

/** The types of traffic of which a new policy lets all through, from or to everybody. */
const openedBy = (request: Request): readonly Type[] =>
  request.operation === 'CREATE' && KUBERNETES.has(request.group)
    ? typesOf(request.object).filter((type) => rulesOf(request.object, type).some(isForAll))
    : []

function opened(request: Request, facts: Facts): Found | null {
  const types = openedBy(request)
  if (types.length === 0) return null
  const mine = facts.live.list(podsOf(request)).filter((pod) => selects(selectorOf(request.object), labelsOf(pod)))
  const closed = facts.live
    .list(policiesOf(request))
    .filter((policy) => types.some((type) => closes(policy, type)))
    .find(
      (policy) => isOfAll(selectorOf(request.object)) || mine.some((pod) => selects(selectorOf(policy), labelsOf(pod))),
    )
  return closed === undefined
    ? null
    : found(`opens what NetworkPolicy ${quote(text(closed, 'metadata', 'name'))} closes, by ${titleOf(request)}`)
}

/** From or to everybody, at every port. */
const isForAll = (rule: Json): boolean => {
  const peers = [...list(rule, 'from'), ...list(rule, 'to')]
  return isEmpty(field(rule, 'ports')) && (peers.length === 0 || peers.some(isEverybody))
}

const isEverybody = (peer: Json): boolean => {
  const namespaces = field(peer, 'namespaceSelector')
  if (isObject(namespaces)) return isOfAll(namespaces) && isEmpty(field(peer, 'podSelector'))
  return /^(0+\.0+\.0+\.0+|[0:]+)\/0+$/.test(text(peer, 'ipBlock', 'cidr')) && isEmpty(field(peer, 'ipBlock', 'except'))
}

function created(request: Request, facts: Facts): Found | null {
  if (!isolates(request.object)) return null
  if (!isQuarantine(request)) return found(`cuts every pod of the namespace off by ${titleOf(request)}`)
  const all = facts.live.list(podsOf(request))
  const [pod, ...more] = all.filter((each) => selects(selectorOf(request.object), labelsOf(each)))
  if (pod === undefined) return null
  if (more.length > 0) return found(`cuts ${more.length + 1} pods off by ${titleOf(request)}`)
  const isOnlyOne = facts.live
    .list(servicesOf(request))
    .map((service) => behind(service, all))
    .some((pods) => pods.length === 1 && pods[0] === pod)
  return isOnlyOne ? found(`cuts the only pod of a Service off by ${titleOf(request)}`) : null
}

const behind = (service: Json, pods: readonly Json[]): readonly Json[] =>
  pods.filter((pod) => selectsByMap(field(service, 'spec', 'selector'), labelsOf(pod)))

const isQuarantine = (request: Request): boolean =>
  request.operation === 'CREATE' &&
  KUBERNETES.has(request.group) &&
  isolates(request.object) &&
  !isOfAll(selectorOf(request.object))

const isOfAll = (selector: Json): boolean =>
  ['matchLabels', 'matchExpressions'].every((key) => isEmpty(field(selector, key)))

const selectorOf = (policy: Json): Json => field(policy, 'spec', 'podSelector') ?? null

const podsOf = (request: Request): ListRead => listOf('', 'v1', 'pods', request.namespace)

const servicesOf = (request: Request): ListRead => listOf('', 'v1', 'services', request.namespace)

const policiesOf = (request: Request): ListRead =>
  listOf('networking.k8s.io', 'v1', 'networkpolicies', request.namespace)

type Type = 'Ingress' | 'Egress'
const TYPES: readonly Type[] = ['Ingress', 'Egress']

const typesOf = (policy: Json): readonly Type[] => {
  const types = list(policy, 'spec', 'policyTypes')
  return types.length === 0 ? ['Ingress'] : TYPES.filter((type) => types.includes(type))
}

const rulesOf = (policy: Json, type: Type): readonly Json[] =>
  list(policy, 'spec', type === 'Ingress' ? 'ingress' : 'egress')

/**
 * Does one of its types let less than everything through? The API server fills the types in; none at all is Ingress.
 */
const isolates = (policy: Json): boolean =>
  typesOf(policy).some((type) => closes(policy, type)) ||
  list(policy, 'spec', 'policyTypes').some((type) => type !== 'Ingress' && type !== 'Egress')

const closes = (policy: Json, type: Type): boolean =>
  typesOf(policy).includes(type) &&
  !rulesOf(policy, type).some((rule) => ['from', 'to', 'ports'].every((key) => isEmpty(field(rule, key))))
