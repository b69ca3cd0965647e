import type { DraftObject } from './draft.ts'
import type { Kind } from './kinds.ts'
import type { Random } from './random.ts'

const kind = (group: string, version: string, resource: string, name: string, body: Kind['body']): Kind => ({
  group,
  versions: [version],
  resource,
  kind: name,
  isNamespaced: true,
  body,
  subs: ['status'],
})
const wide = (one: Kind): Kind => ({ ...one, isNamespaced: false })
const spec =
  (of: (random: Random) => DraftObject): Kind['body'] =>
  (random) => ({ spec: of(random), status: {} })

const GITOPS: readonly Kind[] = [
  kind(
    'argoproj.io',
    'v1alpha1',
    'applications',
    'Application',
    spec((random) => ({
      project: 'default',
      source: { repoURL: 'https://git.example/shop', path: 'prod', targetRevision: 'main' },
      destination: { server: 'https://kubernetes.default.svc', namespace: 'shop' },
      ...(random.chance(0.5) ? { syncPolicy: { automated: { selfHeal: true } } } : {}),
    })),
  ),
  kind('kustomize.toolkit.fluxcd.io', 'v1', 'kustomizations', 'Kustomization', () => ({
    spec: { path: './prod', prune: false, interval: '10m', sourceRef: { kind: 'GitRepository', name: 'shop' } },
    status: { inventory: { entries: [{ id: 'shop_web_apps_Deployment', v: 'v1' }] } },
  })),
  kind(
    'source.toolkit.fluxcd.io',
    'v1',
    'gitrepositories',
    'GitRepository',
    spec(() => ({ url: 'https://git.example/shop', ref: { branch: 'main' }, interval: '5m' })),
  ),
]

const BACKUPS: readonly Kind[] = [
  kind(
    'velero.io',
    'v1',
    'schedules',
    'Schedule',
    spec(() => ({ schedule: '0 1 * * *', template: { includedNamespaces: ['shop'], ttl: '720h0m0s' } })),
  ),
  kind(
    'velero.io',
    'v1',
    'backups',
    'Backup',
    spec(() => ({ includedNamespaces: ['shop'] })),
  ),
  kind(
    'velero.io',
    'v1',
    'backupstoragelocations',
    'BackupStorageLocation',
    spec(() => ({ provider: 'aws', objectStorage: { bucket: 'ours' } })),
  ),
  kind(
    'velero.io',
    'v1',
    'deletebackuprequests',
    'DeleteBackupRequest',
    spec(() => ({ backupName: 'nightly' })),
  ),
  kind(
    'velero.io',
    'v1',
    'restores',
    'Restore',
    spec(() => ({ backupName: 'nightly' })),
  ),
  kind(
    'chaos-mesh.org',
    'v1alpha1',
    'podchaos',
    'PodChaos',
    spec(() => ({ action: 'pod-kill', mode: 'one', selector: { namespaces: ['shop'] } })),
  ),
]

const GUARDS: readonly Kind[] = [
  wide(
    kind(
      'kyverno.io',
      'v1',
      'clusterpolicies',
      'ClusterPolicy',
      spec(() => ({ validationFailureAction: 'Enforce', rules: [{ name: 'r', validate: { message: 'no' } }] })),
    ),
  ),
  kind(
    'kyverno.io',
    'v2',
    'policyexceptions',
    'PolicyException',
    spec(() => ({ exceptions: [{ policyName: 'p', ruleNames: ['r'] }] })),
  ),
  kind('monitoring.coreos.com', 'v1', 'prometheusrules', 'PrometheusRule', () => ({
    spec: {
      groups: [
        {
          name: 'g',
          rules: [
            { alert: 'Down', expr: 'up == 0', for: '5m' },
            { alert: 'Slow', expr: 'latency > 1' },
          ],
        },
      ],
    },
  })),
]

const SCALERS: readonly Kind[] = [
  kind(
    'keda.sh',
    'v1alpha1',
    'scaledobjects',
    'ScaledObject',
    spec(() => ({ scaleTargetRef: { name: 'web' }, minReplicaCount: 2, maxReplicaCount: 6 })),
  ),
  kind(
    'autoscaling.k8s.io',
    'v1',
    'verticalpodautoscalers',
    'VerticalPodAutoscaler',
    spec((random) => ({
      targetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
      updatePolicy: { updateMode: random.pick(['Off', 'Off', 'Initial', 'Recreate']) },
    })),
  ),
  {
    ...kind('cluster.x-k8s.io', 'v1beta1', 'machinedeployments', 'MachineDeployment', (random) => ({
      spec: {
        clusterName: 'c',
        replicas: random.pick([2, 3, 5]),
        template: { spec: { clusterName: 'c', version: 'v1.36.2' } },
      },
      status: {},
    })),
    isScaled: true,
  },
]

const ROUTES_AND_SECRETS: readonly Kind[] = [
  kind(
    'gateway.networking.k8s.io',
    'v1',
    'httproutes',
    'HTTPRoute',
    spec(() => ({
      parentRefs: [{ name: 'gate' }],
      hostnames: ['shop.example'],
      rules: [{ backendRefs: [{ name: 'web', port: 80 }] }],
    })),
  ),
  kind(
    'bitnami.com',
    'v1alpha1',
    'sealedsecrets',
    'SealedSecret',
    spec(() => ({ encryptedData: { user: 'AgA', password: 'AgB' } })),
  ),
  kind(
    'external-secrets.io',
    'v1',
    'externalsecrets',
    'ExternalSecret',
    spec(() => ({
      refreshInterval: '1h',
      secretStoreRef: { name: 'vault', kind: 'SecretStore' },
      target: { name: 'db' },
      data: [{ secretKey: 'password', remoteRef: { key: 'db' } }],
    })),
  ),
  kind(
    'tekton.dev',
    'v1',
    'tasks',
    'Task',
    spec(() => ({ steps: [{ name: 'a', image: 'registry.example/team/web:1', command: ['backup'] }] })),
  ),
]

const DEVICES: readonly Kind[] = [
  wide(
    kind(
      'storage.k8s.io',
      'v1',
      'csidrivers',
      'CSIDriver',
      spec(() => ({ attachRequired: true, podInfoOnMount: true })),
    ),
  ),
  wide(
    kind('storage.k8s.io', 'v1', 'volumeattachments', 'VolumeAttachment', () => ({
      spec: { attacher: 'd.example', nodeName: 'node-a', source: { persistentVolumeName: 'pv-1' } },
      status: { attached: true },
    })),
  ),
  kind('resource.k8s.io', 'v1', 'resourceclaims', 'ResourceClaim', () => ({
    spec: { devices: { requests: [{ name: 'r', exactly: { deviceClassName: 'gpu', count: 1 } }] } },
    status: { allocation: { devices: { results: [{ request: 'r', driver: 'd', pool: 'p', device: 'g' }] } } },
  })),
  wide(
    kind(
      'resource.k8s.io',
      'v1beta2',
      'devicetaintrules',
      'DeviceTaintRule',
      spec(() => ({ taint: { key: 'm', effect: 'NoSchedule' } })),
    ),
  ),
]

/** Kinds of operators and clouds, and built-in ones that few write: a controller acts on each of them. */
export const OPERATORS: readonly Kind[] = [
  ...GITOPS,
  ...BACKUPS,
  ...GUARDS,
  ...SCALERS,
  ...ROUTES_AND_SECRETS,
  ...DEVICES,
]
