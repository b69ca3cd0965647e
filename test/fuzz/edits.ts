import { text } from '../../src/api/json.ts'
import type { Draft, DraftObject } from './draft.ts'
import { at, isDraftObject, listAt, set } from './draft.ts'
import type { Kind } from './kinds.ts'
import { imageOf } from './kinds.ts'
import { OPERATOR_EDITS } from './operator-edits.ts'
import type { Random } from './random.ts'

/** One thing that a writer does to an object. */
export interface Edit {
  readonly name: string
  /** Edits of different areas do not undo each other. */
  readonly area: string
  readonly fits: (kind: Kind) => boolean
  readonly apply: (object: DraftObject, random: Random) => void
}

const any = (): boolean => true
const of =
  (...resources: readonly string[]) =>
  (kind: Kind): boolean =>
    resources.includes(kind.resource)
const edit = (name: string, area: string, fits: Edit['fits'], apply: Edit['apply']): Edit => ({
  name,
  area,
  fits,
  apply,
})

const POD_KINDS = new Set([
  'pods',
  'podtemplates',
  'cronjobs',
  'gadgets',
  'deployments',
  'statefulsets',
  'replicasets',
  'daemonsets',
  'replicationcontrollers',
  'jobs',
])
const hasPod = (kind: Kind): boolean => POD_KINDS.has(kind.resource)

/** An edit of the pod template, wherever the kind keeps it. */
const inPod = (name: string, area: string, change: (pod: DraftObject, random: Random) => void): Edit => ({
  name,
  area: `pod ${area}`,
  fits: hasPod,
  apply: (object, random) => {
    const pod = podOf(object)
    if (pod !== null) change(pod, random)
  },
})

/** An edit of one container, ordinary or init, of the pod template. */
const inContainer = (name: string, change: (container: DraftObject, random: Random) => void): Edit =>
  inPod(name, name, (pod, random) => {
    const containers = ['containers', 'initContainers'].flatMap((key) => listIn(pod, key)).filter(isDraftObject)
    if (containers.length > 0) change(random.pick(containers), random)
  })

const listIn = (value: DraftObject, key: string): readonly Draft[] => {
  const found = value[key]
  return Array.isArray(found) ? found : []
}

/** The first thing below that has containers. */
function podOf(object: DraftObject): DraftObject | null {
  const open: DraftObject[] = [object]
  for (let next = open.shift(); next !== undefined; next = open.shift()) {
    if (Array.isArray(next['containers'])) return next
    open.push(...Object.values(next).filter(isDraftObject))
  }
  return null
}

const ACCOUNTS = ['app', 'admin', 'default', 'sre-bot', 'builder']
const KEYS = [
  'team.example/note',
  'app.kubernetes.io/version',
  'obstat.dev/protected',
  'obstat.dev/agents',
  'obstat.dev/investigation',
  'lab.obstat.dev/x',
  'notobstat.dev/x',
  'kubectl.kubernetes.io/restartedAt',
  'kubernetes.io/service-account.name',
  'service.kubernetes.io/service-proxy-name',
  'kubernetes.io/service-name',
  'autoscaling.alpha.kubernetes.io/behavior',
  'kubectl.kubernetes.io/last-applied-configuration',
  '__proto__',
  'constructor',
]
const VALUES = ['true', 'false', '', 'x', '2026-11-20T08:00:00Z', '{"a":1}']
const NUMBERS: readonly Draft[] = [0, 1, 2, 3, 4, 5, 6, 8, 10, 50, 100, 1000, '§9007199254740993§', null]

const writeKey =
  (where: 'labels' | 'annotations') =>
  (object: DraftObject, random: Random): void => {
    set(at(object, 'metadata', where), random.pick(KEYS), random.pick(VALUES))
  }

const REACH: readonly Edit[] = [
  edit(
    'scale',
    'replicas',
    (kind) => kind.isScaled === true,
    (object, random) => {
      set(at(object, 'spec'), 'replicas', random.pick(NUMBERS))
    },
  ),
  edit('label', 'labels', any, writeKey('labels')),
  edit('annotate', 'annotations', any, writeKey('annotations')),
  edit('team label', 'labels', any, (object, random) => {
    set(at(object, 'metadata', 'labels'), 'team.example/note', random.pick(['a', 'b']))
  }),
  edit('unlabel', 'labels', any, (object, random) => {
    const metadata = at(object, 'metadata')
    const labels = metadata['labels']
    if (!isDraftObject(labels)) return
    Reflect.deleteProperty(labels, random.pick(Object.keys(labels)))
    if (Object.keys(labels).length === 0) delete metadata['labels']
  }),
  edit('finalizers', 'finalizers', any, (object, random) => {
    const finalizers = listAt(object, 'metadata', 'finalizers')
    if (random.chance(0.5) && finalizers.length > 0) finalizers.splice(random.int(finalizers.length), 1)
    else finalizers.unshift(random.pick(['team.example/wait', 'foregroundDeletion', 'sre-bot.lab.example/cleanup']))
  }),
  edit('owner', 'owners', any, (object, random) => {
    const owners = listAt(object, 'metadata', 'ownerReferences')
    if (random.chance(0.3) && owners.length > 0) owners.pop()
    else owners.push({ apiVersion: 'v1', kind: 'ConfigMap', name: 'gone', uid: `owner-${random.int(3)}` })
  }),
  edit('managed fields', 'bookkeeping', any, (object, random) => {
    if (random.chance(0.5)) set(at(object, 'metadata'), 'managedFields', [])
    else
      listAt(object, 'metadata', 'managedFields').push({
        manager: 'bot',
        operation: 'Update',
        time: '2026-11-20T08:00:00Z',
      })
  }),
  edit('status conditions', 'status', any, (object, random) => {
    listAt(object, 'status', 'conditions').unshift({
      type: random.pick(['Ready', 'Complete', 'Failed', 'Available']),
      status: random.pick(['True', 'False']),
    })
  }),
]

const PODS: readonly Edit[] = [
  inContainer('image', (container, random) => {
    container['image'] = random.chance(0.3)
      ? text(container, 'image').replace(/[@:][^@:/]*(:[0-9a-f]+)?$/, ':3')
      : random.chance(0.3)
        ? 'evil.example/x:1'
        : imageOf(random)
  }),
  inContainer('command', (container, random) => {
    if (random.chance(0.2)) delete container['command']
    else container['command'] = random.pick<Draft[]>([['sh', '-c', 'rm -rf /data'], ['serve'], []])
  }),
  inContainer('args', (container, random) => {
    container['args'] = [random.pick(['--wipe', '-v', '--port=80'])]
  }),
  inContainer('env', (container, random) => {
    listAt(container, 'env').push(
      random.pick<Draft>([
        { name: 'LEVEL', value: 'debug' },
        { name: 'MODE', value: 'x' },
        { name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'db', key: 'password' } } },
        { name: 'LD_PRELOAD', value: '/x.so' },
      ]),
    )
  }),
  inContainer('envFrom', (container) => {
    listAt(container, 'envFrom').push({ secretRef: { name: 'db' } })
  }),
  inContainer('hook', (container, random) => {
    set(at(container, 'lifecycle'), random.pick(['postStart', 'preStop']), { exec: { command: ['sh'] } })
  }),
  inContainer('probe', (container, random) => {
    set(
      container,
      random.pick(['livenessProbe', 'readinessProbe', 'startupProbe']),
      random.chance(0.6) ? { exec: { command: ['sh'] } } : { httpGet: { path: '/', port: 80 } },
    )
  }),
  inContainer('security', (container, random) => {
    set(
      at(container, 'securityContext'),
      random.pick(['privileged', 'runAsNonRoot', 'allowPrivilegeEscalation', 'readOnlyRootFilesystem']),
      random.chance(0.7),
    )
  }),
  inContainer('limits', (container, random) => {
    set(
      at(container, 'resources', 'limits'),
      random.pick(['cpu', 'memory']),
      random.pick(['2', '1', '500m', '1000m', '64Mi', '65536Ki', '128Mi', '1Gi', '67108864', '0.5', '16Mi']),
    )
  }),
  inContainer('rename', (container) => {
    container['name'] = 'other'
  }),
  inPod('service account', 'account', (pod, random) => {
    const account = random.pick(ACCOUNTS)
    if (random.chance(0.7)) pod['serviceAccountName'] = account
    if (random.chance(0.7)) pod['serviceAccount'] = account
  }),
  inPod('host namespace', 'host', (pod, random) => {
    pod[random.pick(['hostNetwork', 'hostPID', 'hostIPC'])] = true
  }),
  inPod('volume', 'volumes', (pod, random) => {
    listAt(pod, 'volumes').push({
      name: `v${random.int(3)}`,
      ...random.pick<DraftObject>([
        { hostPath: { path: '/etc', type: '' } },
        { secret: { secretName: 'db' } },
        { persistentVolumeClaim: { claimName: 'other' } },
        { emptyDir: {} },
        { configMap: { name: 'settings' } },
        { projected: { sources: [{ secret: { name: 'db' } }] } },
      ]),
    })
  }),
  inPod('pod security', 'security', (pod, random) => {
    set(at(pod, 'securityContext'), random.pick(['runAsUser', 'fsGroup']), random.pick([0, 1000]))
  }),
  inPod('new container', 'containers', (pod, random) => {
    listAt(pod, random.pick(['initContainers', 'containers'])).push({
      name: `c${random.int(3)}`,
      image: imageOf(random),
      ...(random.chance(0.5) ? { command: ['sh'] } : {}),
    })
  }),
  inPod('node selector', 'nodes', (pod) => {
    set(at(pod, 'nodeSelector'), 'team.example/none', 'true')
  }),
  edit('restart', 'template annotations', of('deployments', 'statefulsets', 'daemonsets'), (object) => {
    set(
      at(object, 'spec', 'template', 'metadata', 'annotations'),
      'kubectl.kubernetes.io/restartedAt',
      '2026-11-20T08:00:00Z',
    )
  }),
  edit(
    'template label',
    'template labels',
    of('deployments', 'statefulsets', 'daemonsets', 'replicasets', 'jobs'),
    (object, random) => {
      set(at(object, 'spec', 'template', 'metadata', random.pick(['labels', 'annotations'])), random.pick(KEYS), 'true')
    },
  ),
  edit('duplicate container', 'pod duplicates', of('gadgets'), (object) => {
    const containers = podOf(object)?.['containers']
    if (Array.isArray(containers) && containers[0] !== undefined) containers.push(structuredClone(containers[0]))
  }),
]

const KINDLY: readonly Edit[] = [
  edit('ephemeral container', 'ephemeral', of('pods'), (object) => {
    listAt(object, 'spec', 'ephemeralContainers').push({
      name: 'debug',
      image: 'docker.io/library/busybox',
      command: ['sh'],
    })
  }),
  edit('plain data', 'data', of('configmaps', 'secrets'), (object, random) => {
    set(at(object, 'data'), random.pick(['plain', 'plainb', 'plainc']), random.pick(['three', 'Zm91cg==', '']))
  }),
  edit('odd data', 'data', of('configmaps', 'secrets'), (object, random) => {
    set(
      at(object, 'data'),
      random.pick(['__proto__', 'constructor', 'serviceAccountName', 'spec>replicas', 'a.b']),
      random.pick(VALUES),
    )
  }),
  edit('secret type', 'type', of('secrets'), (object) => {
    object['type'] = 'kubernetes.io/service-account-token'
  }),
  edit('external IP', 'ips', of('services'), (object) => {
    set(at(object, 'spec'), 'externalIPs', ['192.0.2.1'])
  }),
  edit('load balancer', 'balancer', of('services'), (object) => {
    set(at(object, 'status', 'loadBalancer'), 'ingress', [{ ip: '192.0.2.1' }])
  }),
  edit('cordon', 'cordon', of('nodes'), (object, random) => {
    // What is false is left out by the API server.
    if (random.chance(0.5)) set(at(object, 'spec'), 'unschedulable', true)
    else delete at(object, 'spec')['unschedulable']
  }),
  edit('taint', 'taints', of('nodes'), (object, random) => {
    if (random.chance(0.4)) delete at(object, 'spec')['taints']
    else
      listAt(object, 'spec', 'taints').push({
        key: 'team.example/drain',
        effect: random.pick(['NoExecute', 'NoSchedule']),
      })
  }),
  edit('suspend', 'suspend', of('jobs', 'cronjobs'), (object, random) => {
    set(at(object, 'spec'), 'suspend', random.chance(0.5))
  }),
  edit('parallelism', 'parallelism', of('jobs'), (object, random) => {
    set(at(object, 'spec'), 'parallelism', random.pick([0, 1, 4]))
  }),
  edit('autoscaler', 'bounds', of('horizontalpodautoscalers'), (object, random) => {
    set(at(object, 'spec'), random.pick(['maxReplicas', 'minReplicas']), random.pick([1, 2, 3, 6, 12]))
  }),
  edit('budget', 'budget', of('poddisruptionbudgets'), (object, random) => {
    set(at(object, 'spec'), random.pick(['minAvailable', 'maxUnavailable']), random.pick<Draft>([0, 1, '0%', '100%']))
  }),
  edit('retention', 'retention', of('statefulsets'), (object, random) => {
    set(
      at(object, 'spec', 'persistentVolumeClaimRetentionPolicy'),
      random.pick(['whenDeleted', 'whenScaled']),
      'Delete',
    )
  }),
  edit('ordinals', 'ordinals', of('statefulsets'), (object, random) => {
    set(at(object, 'spec', 'ordinals'), 'start', random.int(3))
  }),
  edit('reclaim', 'reclaim', of('persistentvolumes'), (object, random) => {
    set(at(object, 'spec'), 'persistentVolumeReclaimPolicy', random.pick(['Delete', 'Recycle', 'Retain']))
  }),
  edit('history', 'history', of('deployments', 'statefulsets', 'daemonsets'), (object, random) => {
    set(at(object, 'spec'), 'revisionHistoryLimit', random.pick([0, 5, 10, 20]))
  }),
  edit('selector', 'selector', of('replicationcontrollers', 'services'), (object, random) => {
    set(at(object, 'spec', 'selector'), 'app', random.pick(['web', 'db']))
  }),
  edit('conversion', 'conversion', of('customresourcedefinitions'), (object) => {
    set(at(object, 'spec'), 'conversion', {
      strategy: 'Webhook',
      webhook: { clientConfig: { url: 'https://evil.example' }, conversionReviewVersions: ['v1'] },
    })
  }),
  edit('namespace finalizers', 'spec finalizers', of('namespaces'), (object) => {
    set(at(object, 'spec'), 'finalizers', [])
  }),
  edit('grow claim', 'storage', of('persistentvolumeclaims'), (object, random) => {
    set(at(object, 'spec', 'resources', 'requests'), 'storage', random.pick(['2Gi', '1024Mi', '512Mi']))
  }),
  edit('hold lease', 'holder', of('leases'), (object, random) => {
    set(
      at(object, 'spec'),
      random.pick(['holderIdentity', 'renewTime']),
      random.pick(['sre-bot', 'other', '2026-11-20T08:00:01.000000Z']),
    )
  }),
  edit('rules', 'rules', of('roles', 'clusterroles'), (object) => {
    listAt(object, 'rules').push({ apiGroups: ['*'], resources: ['*'], verbs: ['*'] })
  }),
  edit('subjects', 'subjects', of('rolebindings', 'clusterrolebindings'), (object) => {
    listAt(object, 'subjects').push({ kind: 'ServiceAccount', name: 'sre-bot', namespace: 'sre' })
  }),
  edit('schedule', 'schedule times', of('cronjobs'), (object) => {
    set(at(object, 'status'), 'lastScheduleTime', '2099-01-01T00:00:00Z')
  }),
  edit('disruptions', 'allowed', of('poddisruptionbudgets'), (object) => {
    set(at(object, 'status'), 'disruptionsAllowed', 99)
  }),
]

const container0 = (object: DraftObject): DraftObject =>
  podOf(object)?.['containers'] === undefined ? {} : ((podOf(object)?.['containers'] as DraftObject[])[0] ?? {})

/** What an agent does all day: none of it may be held up. */
export const HONEST: readonly Edit[] = [
  edit('restart', 'honest', of('deployments', 'statefulsets', 'daemonsets'), (object, random) => {
    set(
      at(object, 'spec', 'template', 'metadata', 'annotations'),
      'kubectl.kubernetes.io/restartedAt',
      `2026-11-20T08:00:0${random.int(9)}Z`,
    )
  }),
  edit('scale up', 'honest', of('deployments', 'statefulsets', 'replicasets'), (object, random) => {
    const count = Number(at(object, 'spec')['replicas'])
    set(at(object, 'spec'), 'replicas', random.chance(0.5) ? count * 2 : count + 3)
  }),
  edit('raise limits', 'honest', of('deployments', 'statefulsets'), (object, random) => {
    set(
      at(container0(object), 'resources', 'limits'),
      random.pick(['cpu', 'memory']),
      random.pick(['2', '4e9', '3000G', '1Ti']),
    )
  }),
  edit('new tag', 'honest', of('deployments', 'statefulsets'), (object) => {
    const container = container0(object)
    container['image'] = text(container, 'image').replace(/:\d$/, ':9')
  }),
  edit('uncordon', 'honest', of('nodes'), (object) => {
    delete at(object, 'spec')['unschedulable']
  }),
  edit('unsuspend', 'honest', of('jobs', 'cronjobs'), (object) => {
    set(at(object, 'spec'), 'suspend', false)
  }),
  edit('team label', 'honest', of('configmaps', 'services'), (object, random) => {
    set(at(object, 'metadata', random.pick(['labels', 'annotations'])), 'team.example/note', random.pick(['b', 'c']))
  }),
  edit('value', 'honest', of('configmaps'), (object, random) => {
    set(at(object, 'data'), random.pick(['plain', 'plainb']), random.pick(['three', 'a longer text', '0']))
  }),
  edit('grow', 'honest', of('persistentvolumeclaims'), (object, random) => {
    set(at(object, 'spec', 'resources', 'requests'), 'storage', random.pick(['2Gi', '1025Mi', '1100M']))
  }),
  edit('nothing', 'honest', any, () => undefined),
]

const WORDS = [
  'command',
  'args',
  'privileged',
  'hostPath',
  'serviceAccountName',
  'serviceAccount',
  'replicas',
  'suspend',
  'image',
  'volumes',
  'securityContext',
  'containers',
  'template',
  'spec',
  'metadata',
  'finalizers',
  'note',
  'size',
  'x',
  '__proto__',
  'toString',
  'schedule',
  'paused',
  'ttlSecondsAfterFinished',
  'reclaimPolicy',
  'deletionPolicy',
  'name',
]
const SCALARS: readonly Draft[] = [
  0,
  1,
  -1,
  3,
  true,
  false,
  null,
  '',
  'x',
  'default',
  'admin',
  '0',
  '1',
  '3',
  1e21,
  0.5,
  '§9007199254740993§',
  '§-9007199254740993§',
  [],
  {},
  ['sh'],
  [null],
  [[]],
  { name: 'x' },
  '§deep§',
]

/** Somewhere below the root, or the root. */
function somewhere(object: DraftObject, random: Random): DraftObject {
  let here = object
  for (let depth = random.int(7); depth > 0; depth--) {
    const below = Object.values(here)
      .flatMap((value) => (Array.isArray(value) ? value : [value]))
      .filter(isDraftObject)
    if (below.length === 0) break
    here = random.pick(below)
  }
  return here
}

/** What the API server keeps: no writer can change it. */
const KEPT = new Set([
  'name',
  'namespace',
  'uid',
  'creationTimestamp',
  'resourceVersion',
  'deletionTimestamp',
  'generation',
])
const openKeys = (object: DraftObject, here: DraftObject): string[] => {
  if (here === object) return Object.keys(here).filter((key) => !/^(kind|apiVersion|metadata)$/.test(key))
  return here === object['metadata'] ? Object.keys(here).filter((key) => !KEPT.has(key)) : Object.keys(here)
}

/** What nobody thought of: anything, anywhere. */
const WILD: readonly Edit[] = [
  edit('set anything', 'wild', any, (object, random) => {
    const here = somewhere(object, random)
    const word = random.pick(WORDS)
    const isKept = (here === object && word === 'metadata') || (here === object['metadata'] && KEPT.has(word))
    if (!isKept) set(here, word, structuredClone(random.pick(SCALARS)))
  }),
  edit('alter anything', 'wild', any, (object, random) => {
    const here = somewhere(object, random)
    const keys = openKeys(object, here)
    if (keys.length > 0) set(here, random.pick(keys), structuredClone(random.pick(SCALARS)))
  }),
  edit('remove anything', 'wild', any, (object, random) => {
    const here = somewhere(object, random)
    const keys = openKeys(object, here)
    if (keys.length > 0) Reflect.deleteProperty(here, random.pick(keys))
  }),
  edit('reorder a list', 'wild', any, (object, random) => {
    const lists = Object.values(somewhere(object, random)).filter((value) => Array.isArray(value))
    if (lists.length > 0) random.pick(lists).reverse()
  }),
]

export const EDITS: readonly Edit[] = [...REACH, ...PODS, ...KINDLY, ...OPERATOR_EDITS, ...WILD]
/** Edits that keep to one area, so that two of them can be told apart. */
export const TAME: readonly Edit[] = [...REACH, ...PODS, ...KINDLY, ...OPERATOR_EDITS]

export const fitting = (edits: readonly Edit[], kind: Kind): readonly Edit[] => edits.filter(({ fits }) => fits(kind))
