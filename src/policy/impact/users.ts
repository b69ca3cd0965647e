import type { Json } from '../../api/json.ts'
import { field, list, text } from '../../api/json.ts'
import { podSpecs } from '../objects/pod-specs.ts'
import type { Target } from './act.ts'
import type { ImpactLine } from './impact.ts'
import type { Kind } from './neighbours.ts'
import { neighbours } from './neighbours.ts'
import { controllerOf } from './pods.ts'
import type { Seen } from './seen.ts'
import { nameOf } from './seen.ts'
import { titled } from './words.ts'

const WORKLOADS: readonly Kind[] = ['Deployment', 'StatefulSet', 'DaemonSet', 'CronJob', 'Job', 'ReplicaSet', 'Pod']

/** Every name of this resource that a pod spec refers to (core/v1 PodSpec). */
const REFERENCES: ReadonlyMap<string, (spec: Json) => readonly string[]> = new Map([
  [
    'configmaps',
    (spec) => [
      ...volumesOf(spec).flatMap((volume) => [
        text(volume, 'configMap', 'name'),
        ...list(volume, 'projected', 'sources').map((source) => text(source, 'configMap', 'name')),
      ]),
      ...environment(spec, 'configMapKeyRef', 'configMapRef'),
    ],
  ],
  [
    'secrets',
    (spec) => [
      ...volumesOf(spec).flatMap((volume) => [
        text(volume, 'secret', 'secretName'),
        ...list(volume, 'projected', 'sources').map((source) => text(source, 'secret', 'name')),
      ]),
      ...list(spec, 'imagePullSecrets').map((one) => text(one, 'name')),
      ...environment(spec, 'secretKeyRef', 'secretRef'),
    ],
  ],
  [
    'persistentvolumeclaims',
    (spec) => volumesOf(spec).map((volume) => text(volume, 'persistentVolumeClaim', 'claimName')),
  ],
  ['serviceaccounts', (spec) => [text(spec, 'serviceAccountName') || 'default']],
])

const volumesOf = (spec: Json): readonly Json[] => list(spec, 'volumes')

const environment = (spec: Json, one: string, whole: string): readonly string[] =>
  [...list(spec, 'initContainers'), ...list(spec, 'containers')].flatMap((container) => [
    ...list(container, 'env').map((variable) => text(variable, 'valueFrom', one, 'name')),
    ...list(container, 'envFrom').map((source) => text(source, whole, 'name')),
  ])

/**
 * Workloads that refer to a ConfigMap, Secret, claim or ServiceAccount that is changed or deleted; and Ingresses to a
 * Secret.
 */
export function userLines({ request, effect, namespace }: Target, seen: Seen): readonly ImpactLine[] {
  const references = request.group === '' && request.subresource === '' ? REFERENCES.get(request.resource) : undefined
  if (references === undefined || effect.kind === 'create') return []
  const users = WORKLOADS.flatMap((kind) =>
    (neighbours(seen, kind, namespace) ?? [])
      .filter((object) => controllerOf(object) === '')
      .filter((object) => podSpecs(object).some(({ spec }) => references(spec).includes(request.name)))
      .map((object) => [kind, nameOf(object)] as const),
  )
  const routes = request.resource === 'secrets' ? (neighbours(seen, 'Ingress', namespace) ?? []) : []
  const secured = routes.filter((ingress) =>
    list(ingress, 'spec', 'tls').some((tls) => field(tls, 'secretName') === request.name),
  )
  const all = [...users, ...secured.map((ingress) => ['Ingress', nameOf(ingress)] as const)]
  const isWhole = WORKLOADS.every((kind) => neighbours(seen, kind, namespace) !== null)
  if (all.length === 0)
    return isWhole ? [{ about: 'used by', mark: 'note', what: 'no workload of this Namespace refers to it' }] : []
  const what = [...Map.groupBy(all, ([kind]) => kind)].map(([kind, some]) =>
    titled(
      kind,
      some.map(([, name]) => name),
    ),
  )
  return [{ about: 'used by', mark: effect.kind === 'delete' ? 'loss' : 'note', what: what.join(', ') }]
}
