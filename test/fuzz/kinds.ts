import type { Draft, DraftObject } from './draft.ts'
import { OPERATORS } from './operators.ts'
import type { Random } from './random.ts'

/** One kind of object, and what a stored one looks like. */
export interface Kind {
  readonly group: string
  readonly versions: readonly string[]
  readonly resource: string
  readonly kind: string
  readonly isNamespaced: boolean
  /** Everything but apiVersion, kind and metadata. */
  readonly body: (random: Random) => DraftObject
  /** Subresources that an UPDATE may go to, with the whole object. */
  readonly subs?: readonly string[]
  readonly isScaled?: boolean
}

const REPOSITORIES = [
  'registry.example/team/web',
  'registry.example/shop/cart',
  'docker.io/library/redis',
  'localhost:5000/app',
]
export const IMAGES = REPOSITORIES.flatMap((one) => [`${one}:1`, `${one}:2`])
const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`
export const imageOf = (random: Random): string =>
  random.chance(0.1) ? `${random.pick(REPOSITORIES)}@${DIGEST}` : random.pick(IMAGES)

const container = (random: Random, name: string): DraftObject => ({
  name,
  image: random.pick(IMAGES),
  ...(random.chance(0.3) ? { command: ['serve', '--port=80'] } : {}),
  ...(random.chance(0.2) ? { args: ['-v'] } : {}),
  env: [{ name: 'LEVEL', value: 'info' }],
  resources: { limits: { cpu: '1', memory: '64Mi' }, requests: { cpu: '10m', memory: '16Mi' } },
  terminationMessagePath: '/dev/termination-log',
  imagePullPolicy: 'IfNotPresent',
  ...(random.chance(0.2)
    ? { livenessProbe: { httpGet: { path: '/', port: 80, scheme: 'HTTP' }, periodSeconds: 10 } }
    : {}),
})

export function podSpec(random: Random): DraftObject {
  const account = random.pick(['', '', '', 'default', 'app'])
  return {
    containers: [container(random, 'main'), ...(random.chance(0.3) ? [container(random, 'side')] : [])],
    ...(random.chance(0.15) ? { initContainers: [container(random, 'init')] } : {}),
    restartPolicy: 'Always',
    terminationGracePeriodSeconds: 30,
    dnsPolicy: 'ClusterFirst',
    schedulerName: 'default-scheduler',
    securityContext: random.chance(0.2) ? { runAsUser: 1000 } : {},
    ...(account === '' ? {} : { serviceAccountName: account, serviceAccount: account }),
    ...(random.chance(0.2) ? { volumes: [{ name: 'tmp', emptyDir: {} }] } : {}),
    ...(random.chance(0.1) ? { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data' } }] } : {}),
  }
}

const template = (random: Random): DraftObject => ({
  metadata: { labels: { app: 'web', ...(random.chance(0.3) ? { track: 'live' } : {}) } },
  spec: podSpec(random),
})
const replicas = (random: Random): number => random.pick([1, 2, 3, 3, 4, 5, 10, 100])
const scaled = (random: Random): DraftObject => {
  const count = replicas(random)
  return {
    spec: {
      replicas: count,
      selector: { matchLabels: { app: 'web' } },
      template: template(random),
      revisionHistoryLimit: 10,
    },
    status: { replicas: count, readyReplicas: count, availableReplicas: count, observedGeneration: 1 },
  }
}
const CLAIM: DraftObject = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } }
const stateful = (random: Random): DraftObject => {
  const whole = scaled(random)
  Object.assign(whole['spec'] as DraftObject, {
    serviceName: 'web',
    podManagementPolicy: 'OrderedReady',
    persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Retain', whenScaled: 'Retain' },
    updateStrategy: { type: 'RollingUpdate' },
    ...(random.chance(0.3) ? { volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: CLAIM }] } : {}),
  })
  return whole
}
const job = (random: Random): DraftObject => ({
  parallelism: 2,
  completions: 2,
  backoffLimit: 6,
  suspend: random.chance(0.3),
  selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': 'u' } },
  template: { metadata: { labels: { app: 'web' } }, spec: { ...podSpec(random), restartPolicy: 'Never' } },
})
const jobStatus = (random: Random): DraftObject =>
  random.chance(0.5)
    ? { active: 2 }
    : { succeeded: 2, conditions: [{ type: random.pick(['Complete', 'Failed', 'Suspended']), status: 'True' }] }

const built = (
  group: string,
  versions: readonly string[],
  resource: string,
  kind: string,
  body: Kind['body'],
  more: Partial<Kind> = {},
): Kind => ({ group, versions, resource, kind, isNamespaced: true, body, subs: [], ...more })
const wide = { isNamespaced: false }
const spec =
  (of: (random: Random) => DraftObject): Kind['body'] =>
  (random) => ({ spec: of(random), status: {} })

const rules: Draft = [{ apiGroups: [''], resources: ['pods'], verbs: ['get', 'list'] }]
const binding = (): DraftObject => ({
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'reader' },
  subjects: [{ kind: 'User', name: 'alice', apiGroup: 'rbac.authorization.k8s.io' }],
})
const webhook = (): DraftObject => ({
  webhooks: [{ name: 'a.example', failurePolicy: 'Fail', sideEffects: 'None', admissionReviewVersions: ['v1'] }],
})

const WORKLOADS: readonly Kind[] = [
  built('apps', ['v1', 'v1beta2'], 'deployments', 'Deployment', scaled, { subs: ['status'], isScaled: true }),
  built('apps', ['v1', 'v1beta1'], 'statefulsets', 'StatefulSet', stateful, { subs: ['status'], isScaled: true }),
  built('apps', ['v1'], 'replicasets', 'ReplicaSet', scaled, { subs: ['status'], isScaled: true }),
  built(
    'apps',
    ['v1'],
    'daemonsets',
    'DaemonSet',
    (random) => ({
      spec: {
        selector: { matchLabels: { app: 'web' } },
        template: template(random),
        revisionHistoryLimit: 10,
        updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: 1, maxSurge: 0 } },
      },
      status: {},
    }),
    { subs: ['status'] },
  ),
  built(
    '',
    ['v1'],
    'replicationcontrollers',
    'ReplicationController',
    (random) => ({
      spec: { replicas: replicas(random), selector: { app: 'web' }, template: template(random) },
      status: {},
    }),
    { subs: ['status'], isScaled: true },
  ),
  built(
    '',
    ['v1'],
    'pods',
    'Pod',
    (random) => ({
      spec: { serviceAccountName: 'default', serviceAccount: 'default', nodeName: 'node-a', ...podSpec(random) },
      status: { phase: random.pick(['Running', 'Running', 'Pending', 'Succeeded', 'Failed']) },
    }),
    { subs: ['status', 'ephemeralcontainers', 'resize'] },
  ),
  built('batch', ['v1'], 'jobs', 'Job', (random) => ({ spec: job(random), status: jobStatus(random) }), {
    subs: ['status'],
  }),
  built(
    'batch',
    ['v1', 'v1beta1'],
    'cronjobs',
    'CronJob',
    (random) => ({
      spec: {
        schedule: '*/5 * * * *',
        suspend: random.chance(0.3),
        concurrencyPolicy: 'Allow',
        successfulJobsHistoryLimit: 3,
        failedJobsHistoryLimit: 1,
        jobTemplate: { spec: job(random) },
      },
      status: {},
    }),
    { subs: ['status'] },
  ),
  built('', ['v1'], 'podtemplates', 'PodTemplate', (random) => ({ template: template(random) })),
]

const ORDINARY: readonly Kind[] = [
  built('', ['v1'], 'configmaps', 'ConfigMap', () => ({ data: { plain: 'one', plainb: 'two' } })),
  built('', ['v1'], 'secrets', 'Secret', (random) => {
    const type = random.pick([
      'Opaque',
      'Opaque',
      'kubernetes.io/service-account-token',
      'kubernetes.io/tls',
      'bootstrap.kubernetes.io/token',
      'helm.sh/release.v1',
    ])
    return { type, data: { plain: 'b25l' } }
  }),
  built(
    '',
    ['v1'],
    'services',
    'Service',
    () => ({
      spec: {
        type: 'ClusterIP',
        clusterIP: '10.0.0.7',
        selector: { app: 'web' },
        ports: [{ name: 'http', port: 80, targetPort: 8080, protocol: 'TCP' }],
      },
      status: { loadBalancer: {} },
    }),
    { subs: ['status'] },
  ),
  built('', ['v1'], 'serviceaccounts', 'ServiceAccount', (random) =>
    random.chance(0.5) ? { imagePullSecrets: [{ name: 'registry' }] } : {},
  ),
  built(
    '',
    ['v1'],
    'persistentvolumeclaims',
    'PersistentVolumeClaim',
    () => ({
      spec: {
        accessModes: ['ReadWriteOnce'],
        storageClassName: 'fast',
        volumeName: 'pv-1',
        resources: { requests: { storage: '1Gi' } },
      },
      status: { phase: 'Bound', capacity: { storage: '1Gi' } },
    }),
    { subs: ['status'] },
  ),
  built('', ['v1'], 'resourcequotas', 'ResourceQuota', () => ({ spec: { hard: { pods: '10' } }, status: {} }), {
    subs: ['status'],
  }),
  built('', ['v1'], 'limitranges', 'LimitRange', () => ({
    spec: { limits: [{ type: 'Container', default: { cpu: '1' } }] },
  })),
  built('', ['v1'], 'endpoints', 'Endpoints', () => ({
    subsets: [{ addresses: [{ ip: '10.1.1.1' }], ports: [{ port: 80 }] }],
  })),
  built('discovery.k8s.io', ['v1'], 'endpointslices', 'EndpointSlice', () => ({
    addressType: 'IPv4',
    endpoints: [{ addresses: ['10.1.1.1'] }],
    ports: [{ port: 80 }],
  })),
  built(
    'autoscaling',
    ['v2', 'v1'],
    'horizontalpodautoscalers',
    'HorizontalPodAutoscaler',
    (random) => ({
      spec: {
        scaleTargetRef: { kind: 'Deployment', name: 'web', apiVersion: 'apps/v1' },
        minReplicas: 3,
        maxReplicas: 6,
        metrics: [
          { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } },
        ],
      },
      status: { currentReplicas: random.pick([3, 6]), desiredReplicas: 3 },
    }),
    { subs: ['status'] },
  ),
  built(
    'policy',
    ['v1', 'v1beta1'],
    'poddisruptionbudgets',
    'PodDisruptionBudget',
    (random) => ({
      spec: {
        ...(random.chance(0.7) ? { minAvailable: random.pick<Draft>([1, 2, '50%']) } : { maxUnavailable: 1 }),
        selector: { matchLabels: { app: 'web' } },
      },
      status: { disruptionsAllowed: 0, expectedPods: 3 },
    }),
    { subs: ['status'] },
  ),
  built(
    'networking.k8s.io',
    ['v1'],
    'networkpolicies',
    'NetworkPolicy',
    spec(() => ({
      podSelector: {},
      policyTypes: ['Ingress'],
      ingress: [{ from: [{ podSelector: { matchLabels: { app: 'web' } } }] }],
    })),
  ),
  built(
    'networking.k8s.io',
    ['v1', 'v1beta1'],
    'ingresses',
    'Ingress',
    spec(() => ({
      ingressClassName: 'nginx',
      rules: [
        {
          host: 'shop.example',
          http: {
            paths: [{ path: '/', pathType: 'Prefix', backend: { service: { name: 'web', port: { number: 80 } } } }],
          },
        },
      ],
    })),
    { subs: ['status'] },
  ),
  built('coordination.k8s.io', ['v1'], 'leases', 'Lease', (random) => ({
    spec: {
      holderIdentity: random.pick(['', 'sre-bot', 'other', 'sre-bot-pod']),
      leaseDurationSeconds: 15,
      renewTime: '2026-11-20T07:59:59.000000Z',
    },
  })),
  built('', ['v1'], 'events', 'Event', () => ({
    reason: 'Seen',
    message: 'm',
    type: 'Normal',
    involvedObject: { kind: 'Pod', name: 'web' },
  })),
  built('events.k8s.io', ['v1'], 'events', 'Event', () => ({
    reason: 'Seen',
    note: 'm',
    type: 'Normal',
    regarding: { kind: 'Pod', name: 'web' },
  })),
]

const CLUSTER: readonly Kind[] = [
  built(
    '',
    ['v1'],
    'nodes',
    'Node',
    (random) => ({
      spec: {
        podCIDR: '10.2.0.0/24',
        ...(random.chance(0.4) ? { unschedulable: true } : {}),
        ...(random.chance(0.4) ? { taints: [{ key: 'team.example/busy', effect: 'NoSchedule' }] } : {}),
      },
      status: { conditions: [{ type: 'Ready', status: 'True' }], capacity: { cpu: '4' } },
    }),
    { ...wide, subs: ['status'] },
  ),
  built(
    '',
    ['v1'],
    'namespaces',
    'Namespace',
    () => ({ spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } }),
    { ...wide, subs: ['status', 'finalize'] },
  ),
  built(
    '',
    ['v1'],
    'persistentvolumes',
    'PersistentVolume',
    (random) => ({
      spec: {
        capacity: { storage: '1Gi' },
        accessModes: ['ReadWriteOnce'],
        persistentVolumeReclaimPolicy: random.pick(['Retain', 'Delete']),
        csi: { driver: 'd.example', volumeHandle: 'h' },
        claimRef: { namespace: 'shop', name: 'data', uid: 'u' },
      },
      status: { phase: 'Bound' },
    }),
    { ...wide, subs: ['status'] },
  ),
  built(
    'storage.k8s.io',
    ['v1'],
    'storageclasses',
    'StorageClass',
    () => ({ provisioner: 'd.example', reclaimPolicy: 'Retain', volumeBindingMode: 'Immediate' }),
    wide,
  ),
  built(
    'scheduling.k8s.io',
    ['v1'],
    'priorityclasses',
    'PriorityClass',
    () => ({ value: 100, globalDefault: false }),
    wide,
  ),
  built('rbac.authorization.k8s.io', ['v1'], 'clusterroles', 'ClusterRole', () => ({ rules }), wide),
  built('rbac.authorization.k8s.io', ['v1'], 'clusterrolebindings', 'ClusterRoleBinding', binding, wide),
  built('rbac.authorization.k8s.io', ['v1', 'v1beta1'], 'roles', 'Role', () => ({ rules })),
  built('rbac.authorization.k8s.io', ['v1'], 'rolebindings', 'RoleBinding', binding),
  built(
    'certificates.k8s.io',
    ['v1'],
    'certificatesigningrequests',
    'CertificateSigningRequest',
    () => ({
      spec: { request: 'TFM=', signerName: 'kubernetes.io/kube-apiserver-client', usages: ['client auth'] },
      status: {},
    }),
    { ...wide, subs: ['status', 'approval'] },
  ),
  built(
    'apiextensions.k8s.io',
    ['v1'],
    'customresourcedefinitions',
    'CustomResourceDefinition',
    () => ({
      spec: {
        group: 'lab.dev',
        names: { kind: 'Widget', plural: 'widgets' },
        scope: 'Namespaced',
        conversion: { strategy: 'None' },
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
          },
        ],
      },
      status: { storedVersions: ['v1'] },
    }),
    { ...wide, subs: ['status'] },
  ),
  built(
    'apiregistration.k8s.io',
    ['v1'],
    'apiservices',
    'APIService',
    spec(() => ({ group: 'metrics.k8s.io', version: 'v1beta1', groupPriorityMinimum: 100, versionPriority: 100 })),
    { ...wide, subs: ['status'] },
  ),
  built(
    'admissionregistration.k8s.io',
    ['v1'],
    'validatingwebhookconfigurations',
    'ValidatingWebhookConfiguration',
    webhook,
    wide,
  ),
  built(
    'admissionregistration.k8s.io',
    ['v1'],
    'mutatingwebhookconfigurations',
    'MutatingWebhookConfiguration',
    webhook,
    wide,
  ),
  built(
    'admissionregistration.k8s.io',
    ['v1', 'v1beta1'],
    'validatingadmissionpolicies',
    'ValidatingAdmissionPolicy',
    spec(() => ({ failurePolicy: 'Fail', validations: [{ expression: 'true' }] })),
    { ...wide, subs: ['status'] },
  ),
  built(
    'admissionregistration.k8s.io',
    ['v1'],
    'validatingadmissionpolicybindings',
    'ValidatingAdmissionPolicyBinding',
    spec(() => ({ policyName: 'p', validationActions: ['Deny'] })),
    wide,
  ),
  built(
    'flowcontrol.apiserver.k8s.io',
    ['v1', 'v1beta3'],
    'flowschemas',
    'FlowSchema',
    spec(() => ({ matchingPrecedence: 100, priorityLevelConfiguration: { name: 'global-default' } })),
    { ...wide, subs: ['status'] },
  ),
  built(
    'flowcontrol.apiserver.k8s.io',
    ['v1'],
    'prioritylevelconfigurations',
    'PriorityLevelConfiguration',
    spec(() => ({ type: 'Limited', limited: { nominalConcurrencyShares: 10 } })),
    { ...wide, subs: ['status'] },
  ),
]

const OURS: readonly Kind[] = [
  built(
    'obstat.dev',
    ['v1alpha1'],
    'governedagents',
    'GovernedAgent',
    spec(() => ({ subjects: [{ kind: 'User', name: 'bot' }], trustPhase: 'Shadow' })),
    { ...wide, subs: ['status'] },
  ),
  built(
    'obstat.dev',
    ['v1alpha1'],
    'approvers',
    'Approver',
    spec(() => ({ keys: [], roles: ['platform'] })),
    { ...wide, subs: ['status'] },
  ),
  built(
    'obstat.dev',
    ['v1alpha1'],
    'approvalrequests',
    'ApprovalRequest',
    spec(() => ({ agent: 'sre-bot', decisions: [] })),
    { ...wide, subs: ['status'] },
  ),
  built(
    'obstat.dev',
    ['v1alpha1'],
    'actionpolicies',
    'ActionPolicy',
    spec(() => ({ scaleDown: { maxPercent: 30 } })),
    { ...wide, subs: ['status'] },
  ),
]

const CUSTOM: readonly Kind[] = [
  built(
    'lab.dev',
    ['v1', 'v1beta1'],
    'widgets',
    'Widget',
    (random) => ({
      spec: { replicas: replicas(random), size: 'big', tags: ['a', 'b'], nested: { on: true, note: 'n' } },
      status: { ready: true },
    }),
    { subs: ['status'], isScaled: true },
  ),
  built(
    'lab.dev',
    ['v1'],
    'gadgets',
    'Gadget',
    (random) => ({ spec: { podTemplate: template(random), instances: 3 } }),
    { subs: ['status'] },
  ),
  built('lab.example', ['v1'], 'tools', 'Tool', () => ({ spec: { mode: 'x', count: 2 }, status: {} }), {
    subs: ['status'],
  }),
  built(
    'lab.dev',
    ['v1'],
    'clusterwidgets',
    'ClusterWidget',
    spec(() => ({ size: 'big' })),
    { ...wide, subs: ['status'] },
  ),
]

/** Weighted by how much there is to get wrong. */
export const KINDS: readonly Kind[] = [
  ...WORKLOADS,
  ...WORKLOADS,
  ...WORKLOADS,
  ...ORDINARY,
  ...ORDINARY,
  ...CLUSTER,
  ...OURS,
  ...CUSTOM,
  ...CUSTOM,
  ...OPERATORS,
]

export const DEPLOYMENT = WORKLOADS[0]!
