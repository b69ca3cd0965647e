import { field, list, text } from '../../../src/api/json.ts'
import type { Act } from './act.ts'
import type { Scalar } from './flat.ts'
import type { Row } from './questions.ts'
import {
  counts,
  creates,
  gains,
  holdsPods,
  is,
  isPlain,
  isText,
  isUpdate,
  isWrite,
  loses,
  touches,
  updates,
} from './questions.ts'

const becomes = (act: Act, path: RegExp, value: string | boolean): boolean =>
  gains(act, path, (to, from) => to === value && from !== value)
/** Annotations are texts: the API server takes nothing else. */
const annotates = (act: Act, key: string, value = /./): boolean =>
  gains(act, new RegExp(`^metadata>annotations>${key}$`), (to) => typeof to === 'string' && value.test(to))
const isFolder = (value: Scalar): boolean => typeof value === 'string' && value.startsWith('/')
const number = (act: Act, path: string, side: 'was' | 'is'): number => Number(act[side].get(path) ?? NaN)

const rights: readonly Row[] = [
  [
    'Escalation',
    'cloud role',
    (act) =>
      isWrite(act) &&
      ((is('', 'serviceaccounts')(act) && isPlain(act) && annotates(act, 'eks.amazonaws.com/role-arn')) ||
        (holdsPods(act) &&
          gains(act, /^spec>template>metadata>annotations>iam\.amazonaws\.com\/role$/, (to) => isText(to)))),
  ],
  [
    'Escalation',
    'hostPath volume',
    (act) =>
      is('', 'persistentvolumes')(act) && isWrite(act) && isPlain(act) && gains(act, /^spec>hostPath>path$/, isFolder),
  ],
  [
    'Escalation',
    'devices of others',
    (act) =>
      is('resource.k8s.io', 'resourceclaims')(act) &&
      isWrite(act) &&
      isPlain(act) &&
      becomes(act, /^spec>devices>requests>[^>]+>exactly>adminAccess$/, true),
  ],
  [
    'Escalation',
    'tokens for a driver',
    (act) =>
      is('storage.k8s.io', 'csidrivers')(act) &&
      isWrite(act) &&
      isPlain(act) &&
      gains(act, /^spec>tokenRequests>\d+>audience$/),
  ],
  ['Escalation', 'who is who', (act) => saysWhoIsWho(act) && isPlain(act) && counts(act)],
]

/** ConfigMaps that hand out rights. */
export const saysWhoIsWho = (act: Act): boolean =>
  is('', 'configmaps')(act) &&
  !act.isCollection &&
  (act.name === 'argocd-rbac-cm' || (act.name === 'aws-auth' && act.namespace === 'kube-system'))

const isApplication = is('argoproj.io', 'applications')
const isKustomization = is('kustomize.toolkit.fluxcd.io', 'kustomizations')
const gitops: readonly Row[] = [
  [
    'Destructive',
    'another source',
    (act) =>
      (isApplication(act) && updates(act, /^spec>(project$|destination>|source>(repoURL|path|targetRevision)$)/)) ||
      (isKustomization(act) && updates(act, /^spec>(path$|sourceRef>)/)) ||
      (is('source.toolkit.fluxcd.io', 'gitrepositories')(act) && updates(act, /^spec>(url$|ref>)/)),
  ],
  ['Destructive', 'new deployment', (act) => creates(act) && (isApplication(act) || isKustomization(act))],
  [
    'Destructive',
    'forged inventory',
    (act) => isKustomization(act) && isUpdate(act) && act.sub === 'status' && touches(act, /^status>inventory>/),
  ],
  [
    'Destructive',
    'prune',
    (act) =>
      isUpdate(act) &&
      isPlain(act) &&
      ((isKustomization(act) && becomes(act, /^spec>prune$/, true)) ||
        (isApplication(act) && becomes(act, /^spec>syncPolicy>automated>prune$/, true))),
  ],
  [
    'Destructive',
    'sync that destroys',
    (act) =>
      isApplication(act) &&
      isWrite(act) &&
      isPlain(act) &&
      (becomes(act, /^operation>sync>prune$/, true) ||
        becomes(act, /^operation>sync>syncStrategy>apply>force$/, true) ||
        gains(act, /^operation>sync>manifests>/) ||
        gains(act, /^operation>sync>revision$/, (to) => to === 'agent' && !hasRevision(act))),
  ],
  [
    'Destructive',
    'Secret of Argo CD',
    (act) =>
      is('', 'secrets')(act) &&
      isWrite(act) &&
      act.is.get('metadata>labels>argocd.argoproj.io/secret-type') !== undefined &&
      gains(act, /^data>/),
  ],
]
const hasRevision = (act: Act): boolean => act.is.get('spec>source>targetRevision') === 'agent'

const backups: readonly Row[] = [
  [
    'Destructive',
    'backups weakened',
    (act) =>
      (is('velero.io', 'schedules')(act) && updates(act, /^spec>(?!template>ttl$)/)) ||
      (is('velero.io', 'backupstoragelocations')(act) && (creates(act) || updates(act, /^spec>/))),
  ],
  [
    'Destructive',
    'commands of a backup',
    (act) => is('velero.io', 'backups')(act) && creates(act) && gains(act, /^spec>hooks>.*>command>/),
  ],
  [
    'Destructive',
    'what exists to destroy',
    (act) =>
      (is('chaos-mesh.org', 'podchaos')(act) || is('velero.io', 'deletebackuprequests', 'restores')(act)) &&
      (creates(act) || updates(act, /^spec>/)),
  ],
]

const guards: readonly Row[] = [
  [
    'Destructive',
    'policy of an engine',
    (act) => is('kyverno.io', 'clusterpolicies', 'policyexceptions')(act) && (creates(act) || updates(act, /^spec>/)),
  ],
  [
    'Destructive',
    'alert silenced',
    (act) =>
      is('monitoring.coreos.com', 'prometheusrules')(act) &&
      isUpdate(act) &&
      isPlain(act) &&
      [...alerts(act.old)].some((one) => !alerts(act.object).has(one)),
  ],
]
/** Every alert with what it asks. */
const alerts = (object: Act['old']): ReadonlySet<string> =>
  new Set(
    list(object, 'spec', 'groups')
      .flatMap((group) => list(group, 'rules'))
      .map((rule) => `${text(rule, 'alert')} ${text(rule, 'expr')}`),
  )

const scalers: readonly Row[] = [
  [
    'Destructive',
    'autoscaler paused',
    (act) =>
      is('keda.sh', 'scaledobjects')(act) &&
      isWrite(act) &&
      isPlain(act) &&
      (annotates(act, 'autoscaling.keda.sh/paused', /^true$/) ||
        annotates(act, 'autoscaling.keda.sh/paused-replicas', /^0$/)),
  ],
  [
    'Destructive',
    'vertical autoscaler acts',
    (act) =>
      is('autoscaling.k8s.io', 'verticalpodautoscalers')(act) &&
      isPlain(act) &&
      ((creates(act) && /^(|Auto|Recreate)$/.test(String(act.is.get('spec>updatePolicy>updateMode') ?? ''))) ||
        (isUpdate(act) &&
          gains(
            act,
            /^spec>updatePolicy>updateMode$/,
            (to, from) => /^(Auto|Recreate)$/.test(String(to)) && from === 'Off',
          ))),
  ],
  [
    'Destructive',
    'machine gone or replaced',
    (act) =>
      is('cluster.x-k8s.io', 'machinedeployments')(act) &&
      isUpdate(act) &&
      ((act.sub !== 'status' && number(act, 'spec>replicas', 'is') < number(act, 'spec>replicas', 'was')) ||
        updates(act, /^spec>template>spec>version$/)),
  ],
  [
    'Destructive',
    'target of an autoscaler',
    (act) =>
      is('autoscaling', 'horizontalpodautoscalers')(act) &&
      isUpdate(act) &&
      isPlain(act) &&
      gains(
        act,
        /^spec>metrics>\d+>resource>target>averageUtilization$/,
        (to, from) => typeof to === 'number' && typeof from === 'number' && to > 2 * from,
      ),
  ],
]

const traffic: readonly Row[] = [
  [
    'Destructive',
    'route',
    (act) =>
      is('gateway.networking.k8s.io', 'httproutes')(act) &&
      isUpdate(act) &&
      isPlain(act) &&
      (loses(act, /^spec>hostnames>\d+$/) ||
        loses(act, /^spec>rules>\d+>backendRefs>[^>]+>name$/) ||
        gains(act, /^spec>hostnames>\d+$/, (_, from) => from !== undefined)),
  ],
  [
    'Destructive',
    'annotation of an Ingress',
    (act) =>
      is('networking.k8s.io', 'ingresses')(act) &&
      isWrite(act) &&
      isPlain(act) &&
      (annotates(act, 'nginx.ingress.kubernetes.io/configuration-snippet') ||
        (isUpdate(act) && annotates(act, 'nginx.ingress.kubernetes.io/whitelist-source-range'))),
  ],
]

const secrets: readonly Row[] = [
  [
    'Destructive',
    'source of a Secret',
    (act) =>
      (is('bitnami.com', 'sealedsecrets')(act) &&
        isUpdate(act) &&
        isPlain(act) &&
        loses(act, /^spec>encryptedData>[a-z]+$/)) ||
      (is('external-secrets.io', 'externalsecrets')(act) && updates(act, /^spec>(target|secretStoreRef)>name$/)),
  ],
  [
    'Destructive',
    'Secret copied',
    (act) =>
      is('', 'secrets', 'configmaps')(act) &&
      isWrite(act) &&
      annotates(act, 'replicator.v1.mittwald.de/replicate-from'),
  ],
  [
    'Destructive',
    'account of pods',
    (act) =>
      is('', 'serviceaccounts')(act) &&
      isUpdate(act) &&
      (loses(act, /^imagePullSecrets>[^>]+>name$/) || becomes(act, /^automountServiceAccountToken$/, false)),
  ],
]

const pods: readonly Row[] = [
  [
    'Destructive',
    'step of a task',
    (act) =>
      is('tekton.dev', 'tasks')(act) &&
      isUpdate(act) &&
      isPlain(act) &&
      touches(act, /^spec>steps>a>command>0$/) &&
      [...act.is.keys()].some((path) => path.startsWith('spec>steps>a>')),
  ],
  [
    'Destructive',
    'Secret of a step',
    (act) =>
      is('tekton.dev', 'tasks')(act) &&
      isUpdate(act) &&
      isPlain(act) &&
      gains(act, /^spec>steps>a>env>[^>]+>valueFrom>secretKeyRef>name$/, isText),
  ],
  [
    'Destructive',
    'all at once',
    (act) =>
      is('apps', 'deployments')(act) &&
      isUpdate(act) &&
      isPlain(act) &&
      becomes(act, /^spec>strategy>type$/, 'Recreate'),
  ],
  [
    'Destructive',
    'ends sooner',
    (act) =>
      isUpdate(act) &&
      holdsPods(act) &&
      (gains(
        act,
        /^spec>activeDeadlineSeconds$/,
        (to, from) => is('', 'pods')(act) && typeof to === 'number' && from === undefined,
      ) ||
        gains(
          act,
          /^spec>template>spec>terminationGracePeriodSeconds$/,
          (to, from) => typeof to === 'number' && typeof from === 'number' && to < from && to >= 0,
        )),
  ],
  [
    'Destructive',
    'priority of the system',
    (act) =>
      isWrite(act) &&
      holdsPods(act) &&
      gains(act, /^spec>template>spec>priorityClassName$/, (to) => to === 'system-cluster-critical'),
  ],
  ['Destructive', 'claims of another', takesClaims],
  ['Destructive', 'out of its Service', leavesService],
]

const TRACK = 'spec>template>metadata>labels>track'
/** The pods of its next rollout get no traffic of the Service that they are in. */
function leavesService(act: Act): boolean {
  return (
    is('apps', 'deployments')(act) &&
    isUpdate(act) &&
    isPlain(act) &&
    act.was.get(TRACK) === 'live' &&
    act.is.get(TRACK) !== 'live' &&
    act.world.live.some(
      ({ resource, object }) =>
        resource === 'services' &&
        text(object, 'metadata', 'namespace') === act.namespace &&
        text(object, 'spec', 'selector', 'track') === 'live',
    )
  )
}

/** A new StatefulSet finds claims by their names. */
function takesClaims(act: Act): boolean {
  if (!is('apps', 'statefulsets')(act) || !creates(act) || text(act.object, 'metadata', 'generateName') !== '')
    return false
  const prefixes = list(act.object, 'spec', 'volumeClaimTemplates').map(
    (claim) => `${text(claim, 'metadata', 'name')}-${act.name}-`,
  )
  return act.world.live.some(
    ({ resource, object }) =>
      resource === 'persistentvolumeclaims' &&
      text(object, 'metadata', 'namespace') === act.namespace &&
      prefixes.some((prefix) => text(object, 'metadata', 'name') === `${prefix}0`),
  )
}

const devices: readonly Row[] = [
  [
    'Destructive',
    'default class',
    (act) =>
      is('storage.k8s.io', 'storageclasses')(act) &&
      isWrite(act) &&
      annotates(act, 'storageclass.kubernetes.io/is-default-class', /^true$/),
  ],
  [
    'Destructive',
    'disk of a node',
    (act) =>
      is('', 'persistentvolumes')(act) && isWrite(act) && isPlain(act) && gains(act, /^spec>local>path$/, isFolder),
  ],
  [
    'Destructive',
    'attachment',
    (act) =>
      is('storage.k8s.io', 'volumeattachments')(act) &&
      (creates(act) || (isUpdate(act) && touches(act, /^(spec|status)>/))),
  ],
  [
    'Destructive',
    'device withdrawn',
    (act) =>
      (is('resource.k8s.io', 'resourceclaims')(act) &&
        act.sub === 'status' &&
        isUpdate(act) &&
        field(act.old, 'status', 'allocation') !== undefined &&
        field(act.object, 'status', 'allocation') === undefined) ||
      (is('resource.k8s.io', 'devicetaintrules')(act) && (creates(act) || updates(act, /^spec>taint>effect$/))),
  ],
]

/** What controllers of all kinds are told to do by the objects that they watch. */
export const operators: readonly Row[] = [
  ...rights,
  ...gitops,
  ...backups,
  ...guards,
  ...scalers,
  ...traffic,
  ...secrets,
  ...pods,
  ...devices,
]
