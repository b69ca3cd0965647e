import type { Json } from '../../api/json.ts'
import { field, list, text } from '../../api/json.ts'
import { isSame } from '../objects/equal.ts'
import { named } from '../objects/named.ts'
import { isFinished, removalReads, whyReplaced } from '../objects/pod-removal.ts'
import { chooses, labelsOf, selects, selectsByMap } from '../objects/selectors.ts'
import type { LabelMap } from '../objects/selectors.ts'
import { given } from '../objects/walk.ts'
import type { ListRead } from '../read.ts'
import { listOf } from '../read.ts'
import type { Request } from '../request.ts'
import type { Rule } from '../rule.ts'
import { found, quote } from '../rule.ts'

type Chooser = (object: Json, labels: LabelMap) => boolean

/** What finds its pods by their labels, and what leaving or joining it means. */
const SELECTORS: readonly {
  readonly group: string
  readonly resource: string
  readonly chooser: Chooser
  readonly isController: boolean
}[] = [
  {
    group: '',
    resource: 'services',
    chooser: (one, labels) => selectsByMap(given(one, 'spec', 'selector'), labels),
    isController: false,
  },
  { group: 'policy', resource: 'poddisruptionbudgets', chooser: chooses, isController: false },
  {
    group: 'networking.k8s.io',
    resource: 'networkpolicies',
    chooser: (one, labels) => selects(given(one, 'spec', 'podSelector'), labels),
    isController: false,
  },
  { group: 'apps', resource: 'replicasets', chooser: chooses, isController: true },
  { group: 'apps', resource: 'statefulsets', chooser: chooses, isController: true },
  { group: 'apps', resource: 'daemonsets', chooser: chooses, isController: true },
  { group: '', resource: 'replicationcontrollers', chooser: chooses, isController: true },
]

/**
 * Labels decide which Service sends a pod traffic, which budget and which network policy guard it, and which controller
 * counts it. Taking a pod out of those is as good as deleting it, so it is left alone only where deleting it would be
 * (quarantine of one replica of several). Bringing a pod into a Service or a controller takes over traffic, or has a
 * controller with enough pods delete one.
 * Source: core/v1 ServiceSpec.selector; controller_ref_manager.go (release and adoption); policy/v1;
 * networking.k8s.io/v1.
 */
export const podRelabelled: Rule = {
  id: 'pod-relabelled',
  remedy: 'Use a label key that no selector asks for, or quarantine one replica of several.',
  raises: 'Destructive',
  matches: [{ operations: ['CREATE', 'UPDATE'], group: '', resource: 'pods' }],
  needs: (request, facts) =>
    isRelabelled(request)
      ? [
          ...SELECTORS.map((one) => readOf(one, request)),
          ...(request.operation === 'UPDATE' ? removalReads(request, facts) : []),
        ]
      : [],
  find: (request, facts) => {
    if (!isRelabelled(request)) return null
    const [was, is] = [labelsOf(request.oldObject), labelsOf(request.object)]
    const sides = SELECTORS.flatMap(({ chooser, isController, ...kind }) =>
      facts.live.list(readOf(kind, request)).map((one) => ({
        what: `${kind.resource} ${quote(text(one, 'metadata', 'name'))}`,
        isLeft: request.operation === 'UPDATE' && chooser(one, was) && !chooser(one, is),
        isJoined:
          !(request.operation === 'UPDATE' && chooser(one, was)) &&
          chooser(one, is) &&
          (isController ? !isControlled(request.object) : kind.resource === 'services'),
      })),
    )
    const joined = sides.find(({ isJoined }) => isJoined)
    if (joined !== undefined) return found(`brings ${named(request)} into ${joined.what}`)
    const left = sides.find(({ isLeft }) => isLeft)
    return left !== undefined && whyReplaced(request, facts) === ''
      ? found(`takes ${named(request)} out of ${left.what}`)
      : null
  },
}

/** Does a pod that still runs get other labels, or come into being with some? */
const isRelabelled = (request: Request): boolean =>
  !isFinished(request.oldObject) &&
  !isSame(field(request.oldObject, 'metadata', 'labels'), field(request.object, 'metadata', 'labels'))

const isControlled = (pod: Json): boolean =>
  list(pod, 'metadata', 'ownerReferences').some((owner) => field(owner, 'controller') === true)

const readOf = (
  { group, resource }: { readonly group: string; readonly resource: string },
  request: Request,
): ListRead => listOf(group, 'v1', resource, request.namespace)
