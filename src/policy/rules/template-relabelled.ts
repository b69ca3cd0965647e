import type { Json } from '../../api/json.ts'
import { text } from '../../api/json.ts'
import type { Facts } from '../facts.ts'
import { isSame } from '../objects/equal.ts'
import { named } from '../objects/named.ts'
import type { LabelMap } from '../objects/selectors.ts'
import { chooses, labelsOf, selects, selectsByMap } from '../objects/selectors.ts'
import { given } from '../objects/walk.ts'
import type { ListRead } from '../read.ts'
import { listOf } from '../read.ts'
import type { Request } from '../request.ts'
import type { Rule } from '../rule.ts'
import { found, quote } from '../rule.ts'

const SERVICES = { group: '', resource: 'services' }
const BUDGETS = { group: 'policy', resource: 'poddisruptionbudgets' }
const POLICIES = { group: 'networking.k8s.io', resource: 'networkpolicies' }

/**
 * The labels of a template become those of all pods at the next rollout: out of a Service's selector they get no more
 * traffic, out of a budget or a network policy no more protection; into another Service they take a share of its traffic,
 * into a network policy (a quarantine that waits) they are cut off. Reads the labels of `spec.template` of both sides and,
 * where they differ or are new, Services, budgets, network policies and pods of the Namespace, live. New pods for a Service
 * that has none yet take nothing from anybody.
 * Source: core/v1 ServiceSpec.selector; policy/v1; networking.k8s.io/v1.
 */
export const templateRelabelled: Rule = {
  id: 'template-relabelled',
  remedy: 'Use a label key that no selector asks for.',
  raises: 'Destructive',
  matches: [{ operations: ['CREATE', 'UPDATE'], group: '*', resource: '*' }],
  needs: (request) => (isRelabelled(request) ? readsOf(request) : []),
  find: (request, facts) => {
    if (!isRelabelled(request)) return null
    const what =
      request.operation === 'UPDATE' ? (left(request, facts) ?? joined(request, facts)) : joined(request, facts)
    return what === null ? null : found(what)
  },
}

const templateOf = (object: Json): Json => given(object, 'spec', 'template') ?? null

const isRelabelled = ({ operation, oldObject, object, namespace }: Request): boolean =>
  namespace !== '' &&
  (operation === 'CREATE'
    ? labelsOf(templateOf(object)).size > 0
    : !isSame(
        given(templateOf(oldObject), 'metadata', 'labels') ?? null,
        given(templateOf(object), 'metadata', 'labels') ?? null,
      ))

const readOf = ({ group, resource }: typeof SERVICES, request: Request): ListRead =>
  listOf(group, 'v1', resource, request.namespace)
const podsOf = (request: Request): ListRead => listOf('', 'v1', 'pods', request.namespace)

const readsOf = (request: Request): readonly ListRead[] => [
  ...[SERVICES, BUDGETS, POLICIES].map((kind) => readOf(kind, request)),
  podsOf(request),
]

type Chooser = (one: Json, labels: LabelMap) => boolean
const byService: Chooser = (one, labels) => selectsByMap(given(one, 'spec', 'selector'), labels)
const byPolicy: Chooser = (one, labels) => selects(given(one, 'spec', 'podSelector'), labels)
const KINDS = [
  [SERVICES, byService],
  [BUDGETS, chooses],
  [POLICIES, byPolicy],
] as const

const nameOf = (resource: string, one: Json): string => `${resource} ${quote(text(one, 'metadata', 'name'))}`

function left(request: Request, facts: Facts): string | null {
  const [was, is] = [request.oldObject, request.object].map((side) => labelsOf(templateOf(side))) as [
    LabelMap,
    LabelMap,
  ]
  for (const [kind, chooser] of KINDS) {
    const one = facts.live.list(readOf(kind, request)).find((each) => chooser(each, was) && !chooser(each, is))
    if (one !== undefined) return `takes pods of ${named(request)} out of ${nameOf(kind.resource, one)}`
  }
  return null
}

function joined(request: Request, facts: Facts): string | null {
  const was = request.operation === 'CREATE' ? null : labelsOf(templateOf(request.oldObject))
  const is = labelsOf(templateOf(request.object))
  const joins = (chooser: Chooser, one: Json): boolean => chooser(one, is) && (was === null || !chooser(one, was))
  const pods = facts.live.list(podsOf(request))
  const service = facts.live
    .list(readOf(SERVICES, request))
    .find((one) => joins(byService, one) && pods.some((pod) => byService(one, labelsOf(pod))))
  if (service !== undefined) return `brings pods of ${named(request)} into ${nameOf('services', service)}`
  if (was === null) return null
  const policy = facts.live.list(readOf(POLICIES, request)).find((one) => joins(byPolicy, one))
  return policy === undefined ? null : `puts pods of ${named(request)} under ${nameOf('networkpolicies', policy)}`
}
