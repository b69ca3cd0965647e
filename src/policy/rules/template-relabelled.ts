import type { Json } from '../../api/json.ts'
import { list, text } from '../../api/json.ts'
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
 * traffic, out of a budget or a network policy no more protection; into another Service they take a share of its
 * traffic, into a network policy (a quarantine that waits) they are cut off. Reads the labels of templates on both
 * sides (also of CronJobs, Argo Workflows, and the runs of Tekton, whose own labels their pods get) and, where they
 * differ or are new, Services, budgets, network policies and pods of the Namespace, live. New pods for a Service that
 * has none yet take nothing from anybody.
 * Source: core/v1 ServiceSpec.selector; policy/v1; networking.k8s.io/v1; argoproj.io/v1alpha1 WorkflowSpec.podMetadata
 * and Template.metadata; tekton.dev, "Labels and Annotations".
 */
export const templateRelabelled: Rule = {
  id: 'template-relabelled',
  remedy: 'Use a label key that no selector asks for.',
  raises: 'Destructive',
  matches: [{ operations: ['CREATE', 'UPDATE'], group: '*', resource: '*' }],
  needs: (request) => (isRelabelled(request) ? readsOf(request) : []),
  find: (request, facts) => {
    if (!isRelabelled(request)) return null
    for (const relabelled of relabelledIn(request)) {
      const what = left(relabelled, request, facts) ?? joined(relabelled, request, facts)
      if (what !== null) return found(what)
    }
    return null
  },
}

/** The labels of one template; null: there was none, so no pod has them yet. */
interface Relabelled {
  readonly was: LabelMap | null
  readonly is: LabelMap
}

const isRelabelled = (request: Request): boolean => request.namespace !== '' && relabelledIn(request).length > 0

function relabelledIn({ operation, group, resource, oldObject, object }: Request): readonly Relabelled[] {
  const isRun = group === 'tekton.dev' && resource.endsWith('runs')
  const [before, after] = [templatesOf(oldObject, isRun), templatesOf(object, isRun)]
  // What `spec.template` had is gone with it; another part that goes takes its pods along.
  const places = operation === 'UPDATE' && before.has(MAIN) ? [...after.keys(), MAIN] : [...after.keys()]
  return [...new Set(places)].flatMap((place) => {
    const [old, now] = [before.get(place), after.get(place)]
    const [had, has] = [old, now].map((template) => given(template, 'metadata', 'labels') ?? null)
    if (isSame(had, has)) return []
    const [was, is] = [operation === 'CREATE' || old === undefined ? null : labelsOf(old), labelsOf(now)]
    return was === null && is.size === 0 ? [] : [{ was, is }]
  })
}

const MAIN = 'template'
const WORKFLOWS = [['spec'], ['spec', 'workflowSpec']] as const

/** What has the `metadata` that pods get, by where it stands; the object itself for a run. */
function templatesOf(object: Json, isRun: boolean): ReadonlyMap<string, Json> {
  const single: readonly (readonly [string, Json | undefined])[] = [
    ['', isRun ? object : undefined],
    [MAIN, given(object, 'spec', 'template')],
    ['jobTemplate', given(object, 'spec', 'jobTemplate', 'spec', 'template')],
    ['podTemplate', given(object, 'spec', 'podTemplate')],
    ...WORKFLOWS.map((path): readonly [string, Json | undefined] => {
      const metadata = given(object, ...path, 'podMetadata')
      return [`${path.join(' ')} podMetadata`, metadata === undefined ? undefined : { metadata }]
    }),
  ]
  const steps = WORKFLOWS.flatMap((path) =>
    list(object, ...path, 'templates').map(
      (template, index) => [`${path.join(' ')} ${text(template, 'name') || index}`, template] as const,
    ),
  )
  return new Map([...single.flatMap(([place, one]) => (one === undefined ? [] : [[place, one] as const])), ...steps])
}

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

function left({ was, is }: Relabelled, request: Request, facts: Facts): string | null {
  if (was === null) return null
  for (const [kind, chooser] of KINDS) {
    const one = facts.live.list(readOf(kind, request)).find((each) => chooser(each, was) && !chooser(each, is))
    if (one !== undefined) return `takes pods of ${named(request)} out of ${nameOf(kind.resource, one)}`
  }
  return null
}

function joined({ was, is }: Relabelled, request: Request, facts: Facts): string | null {
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
