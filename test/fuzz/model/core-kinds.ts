import { field, list, text } from '../../../src/api/json.ts'
import type { Act } from './act.ts'
import { ownsIt } from './act.ts'
import type { Scalar } from './flat.ts'
import { amount } from './flat.ts'
import type { Row } from './questions.ts'
import {
  BUILT_IN,
  counts,
  creates,
  gains,
  is,
  isPlain,
  isUpdate,
  isWrite,
  loses,
  touches,
  updates,
} from './questions.ts'

const isString = (value: Scalar | undefined): value is string => typeof value === 'string'
const isLess = (to: Scalar, from: Scalar | undefined): boolean => {
  const [before, after] = [amount(from ?? ''), amount(to)]
  return typeof before === 'bigint' && typeof after === 'bigint' && after < before
}

const data: readonly Row[] = [
  [
    'Destructive',
    'key or value gone',
    (act) =>
      is('', 'configmaps', 'secrets')(act) &&
      isUpdate(act) &&
      act.namespace !== act.home &&
      (loses(act, /^data>plain[a-z]*$/) ||
        gains(act, /^data>plain[a-z]*$/, (to, from) => to === '' && isString(from) && from !== '')),
  ],
  [
    'Destructive',
    'history of Helm',
    (act) =>
      is('', 'secrets')(act) &&
      act.namespace !== act.home &&
      (act.operation === 'CREATE' ? act.is : act.was).get('type') === 'helm.sh/release.v1' &&
      isWrite(act) &&
      gains(act, /^data>plain$/, (to) => isString(to) && !to.startsWith('§')),
  ],
]

const network: readonly Row[] = [
  [
    'Destructive',
    'traffic of a Service',
    (act) =>
      is('', 'services')(act) &&
      (updates(act, /^spec>selector>[^>]+$/) ||
        (isUpdate(act) &&
          isPlain(act) &&
          gains(
            act,
            /^spec>(type|ports>http>(port|targetPort))$/,
            (to, from) => from !== undefined && typeof to === typeof from && to !== '',
          ))),
  ],
  [
    'Destructive',
    'traffic of an Ingress',
    (act) =>
      is('networking.k8s.io', 'ingresses')(act) &&
      isUpdate(act) &&
      isPlain(act) &&
      gains(
        act,
        /^spec>(ingressClassName|rules>0>(host|http>paths>0>(path|backend>service>name)))$/,
        (to, from) => isString(from) && isString(to) && to !== '',
      ),
  ],
  ['Destructive', 'network policy', (act) => is('networking.k8s.io', 'networkpolicies')(act) && updates(act, /^spec>/)],
]

const nodes: readonly Row[] = [
  ['Destructive', 'new node', (act) => is('', 'nodes')(act) && act.operation === 'CREATE' && isPlain(act)],
  [
    'Destructive',
    'zone of a node',
    (act) =>
      is('', 'nodes')(act) &&
      updates(
        act,
        /^metadata>labels>(topology\.kubernetes\.io\/zone|node\.kubernetes\.io\/exclude-from-external-load-balancers)$/,
      ),
  ],
  ['Destructive', 'addresses of a node', (act) => is('', 'nodes')(act) && updates(act, /^spec>(podCIDR|providerID)$/)],
]

const limits: readonly Row[] = [
  [
    'Destructive',
    'limits of a Namespace',
    (act) =>
      (is('', 'resourcequotas')(act) &&
        ((creates(act) && act.is.has('spec>hard>pods')) ||
          (isUpdate(act) && isPlain(act) && gains(act, /^spec>hard>pods$/, isLess)) ||
          (isUpdate(act) && act.sub === 'status' && touches(act, /^status>used>/)))) ||
      (is('', 'limitranges')(act) && creates(act) && act.is.has('spec>limits>0>default>cpu')),
  ],
  [
    'Destructive',
    'priority of others',
    (act) =>
      is('scheduling.k8s.io', 'priorityclasses')(act) &&
      ((act.operation === 'CREATE' && Number(act.is.get('value')) > 0 && !act.is.has('preemptionPolicy')) ||
        (isWrite(act) && gains(act, /^globalDefault$/, (to) => to === true))),
  ],
  [
    'Destructive',
    'stricter here',
    (act) =>
      is('', 'configmaps')(act) &&
      counts(act) &&
      list(act.world.policy, 'raise').some((entry) => list(entry, 'resources').includes('configmaps')),
  ],
]

const volumes: readonly Row[] = [
  [
    'Destructive',
    'which claim has which disk',
    (act) =>
      (is('', 'persistentvolumeclaims')(act) &&
        ((creates(act) && isString(act.is.get('spec>volumeName')) && act.is.get('spec>volumeName') !== '') ||
          (isUpdate(act) && act.sub === 'status' && touches(act, /^status>(phase|capacity>storage)$/)))) ||
      (is('', 'persistentvolumes')(act) && updates(act, /^spec>claimRef>/)),
  ],
]

const runs: readonly Row[] = [
  ['Destructive', 'pod out of what selects it', leavesItsSelector],
  [
    'Destructive',
    'made in the name of a controller',
    (act) =>
      is('', 'pods')(act) &&
      creates(act) &&
      list(act.object, 'metadata', 'ownerReferences').some(
        (one) => text(one, 'kind') === 'ReplicaSet' && field(one, 'controller') === true,
      ),
  ],
  [
    'Destructive',
    'never runs again',
    (act) =>
      is('batch', 'cronjobs')(act) &&
      isUpdate(act) &&
      isPlain(act) &&
      (gains(act, /^spec>schedule$/, (to) => to === '0 0 31 2 *') ||
        gains(act, /^spec>concurrencyPolicy$/, (to, from) => to === 'Replace' && from === 'Allow')),
  ],
  [
    'Destructive',
    'members cut',
    (act) =>
      is('lab.dev', 'gadgets')(act) &&
      isUpdate(act) &&
      isPlain(act) &&
      gains(act, /^spec>instances$/, (to, from) => from === 3 && (to === 0 || to === 1)),
  ],
  [
    'Destructive',
    'stopped',
    (act) =>
      is('lab.dev')(act) &&
      isUpdate(act) &&
      isPlain(act) &&
      gains(act, /^spec>(suspend|paused)$/, (to, from) => to === true && from !== true),
  ],
  [
    'Destructive',
    'kept for less time',
    (act) =>
      is('velero.io', 'schedules')(act) &&
      isUpdate(act) &&
      isPlain(act) &&
      gains(act, /^spec>template>ttl$/, (to, from) => to === '1h0m0s' && isString(from) && /^\d{3,}h/.test(from)),
  ],
  [
    'Destructive',
    'nests too deep',
    (act) => !BUILT_IN.test(act.group) && isWrite(act) && isPlain(act) && gains(act, /^spec>/, (to) => to === '§deep§'),
  ],
  [
    'Destructive',
    'is going',
    (act) =>
      isUpdate(act) &&
      (isPlain(act) || act.sub === 'status') &&
      !ownsIt(act) &&
      act.was.has('metadata>deletionTimestamp') &&
      touches(act, /^(spec|status)>/),
  ],
]

/** A pod that a ReplicaSet has, and whose like it would not be let delete. */
function leavesItsSelector(act: Act): boolean {
  const app = 'metadata>labels>app'
  const isLone = !act.world.live.some(({ object }) => Number(field(object, 'spec', 'replicas') ?? 1) > 1)
  return (
    is('', 'pods')(act) &&
    isUpdate(act) &&
    isPlain(act) &&
    isLone &&
    !/^(Succeeded|Failed)$/.test(text(act.old, 'status', 'phase')) &&
    text(act.old, 'metadata', 'deletionTimestamp') === '' &&
    act.was.get(app) === 'web' &&
    act.is.get(app) !== 'web' &&
    act.world.live.some(
      ({ resource, object }) =>
        resource === 'replicasets' &&
        text(object, 'metadata', 'namespace') === act.namespace &&
        text(object, 'spec', 'selector', 'matchLabels', 'app') === 'web',
    )
  )
}

/** What the quieter fields of Kubernetes' own kinds, and of kinds like them, bring about. */
export const coreKinds: readonly Row[] = [...data, ...network, ...nodes, ...limits, ...volumes, ...runs]
