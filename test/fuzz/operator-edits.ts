import type { Draft, DraftObject } from './draft.ts'
import { at, isDraftObject, listAt, set } from './draft.ts'
import type { Edit } from './edits.ts'
import type { Random } from './random.ts'

type Row = readonly [
  resources: string,
  name: string,
  apply: (object: DraftObject, random: Random) => void,
  /** Where others write the same; else nobody does. */
  area?: string,
]

/** Writes one of these values at a path of maps. */
const write =
  (path: string, ...values: readonly Draft[]): Edit['apply'] =>
  (object, random) => {
    const keys = path.split('>')
    set(at(object, ...keys.slice(0, -1)), keys.at(-1) ?? '', structuredClone(random.pick(values)))
  }
/** Adds one of these to a list. */
const add =
  (path: string, ...values: readonly Draft[]): Edit['apply'] =>
  (object, random) => {
    listAt(object, ...path.split('>')).push(structuredClone(random.pick(values)))
  }
const first = (object: DraftObject, ...path: readonly string[]): DraftObject => {
  const one = listAt(object, ...path)[0]
  return isDraftObject(one) ? one : {}
}
const remove =
  (path: string): Edit['apply'] =>
  (object) => {
    const keys = path.split('>')
    Reflect.deleteProperty(at(object, ...keys.slice(0, -1)), keys.at(-1) ?? '')
  }

const ROLLED = 'deployments,statefulsets,daemonsets'

const ROWS: readonly Row[] = [
  ['applications', 'git source', write('spec>source>path', 'empty', 'prod', 'staging')],
  ['applications', 'git revision', write('spec>source>targetRevision', 'main', 'agent')],
  ['applications', 'git destination', write('spec>destination>namespace', 'vault', 'shop')],
  ['applications', 'prune', write('spec>syncPolicy>automated>prune', true, false)],
  [
    'applications',
    'sync',
    write(
      'operation>sync',
      { revision: 'main' },
      { revision: 'agent' },
      { prune: true },
      { manifests: ['{}'] },
      { syncStrategy: { apply: { force: true } } },
      {},
    ),
  ],
  ['kustomizations', 'git path', write('spec>path', './prod', './empty')],
  ['kustomizations', 'git prune', write('spec>prune', true, false)],
  ['kustomizations', 'pace', write('spec>interval', '1m', '1h')],
  ['kustomizations', 'inventory', add('status>inventory>entries', { id: 'shop_db_apps_StatefulSet', v: 'v1' })],
  ['gitrepositories', 'branch', write('spec>ref>branch', 'main', 'agent')],
  ['gitrepositories', 'pace', write('spec>interval', '1m', '1h')],
  ['schedules', 'when', write('spec>schedule', '0 1 * * *', '0 0 31 2 *')],
  ['schedules', 'what', write('spec>template>includedNamespaces', ['shop'], ['lab'], [])],
  ['schedules', 'how long', write('spec>template>ttl', '720h0m0s', '1h0m0s', '1000h0m0s')],
  ['schedules', 'paused', write('spec>paused', true)],
  ['backups', 'hooks', write('spec>hooks>resources', [{ name: 'h', pre: [{ exec: { command: ['sh'] } }] }])],
  ['backupstoragelocations', 'bucket', write('spec>objectStorage>bucket', 'ours', 'theirs')],
  ['backupstoragelocations', 'read-only', write('spec>accessMode', 'ReadOnly')],
  ['podchaos', 'aim', write('spec>mode', 'one', 'all')],
  ['clusterpolicies', 'audit only', write('spec>validationFailureAction', 'Enforce', 'Audit')],
  ['policyexceptions', 'exception', add('spec>exceptions', { policyName: 'q', ruleNames: ['*'] })],
  [
    'prometheusrules',
    'alert',
    (object, random) => {
      const rules = listAt(first(object, 'spec', 'groups'), 'rules')
      const rule = rules[0]
      if (random.chance(0.3)) rules.shift()
      else if (random.chance(0.3)) rules.push({ alert: 'More', expr: 'x > 1' })
      else if (isDraftObject(rule)) rule['expr'] = random.pick(['up == 0', 'up == 2'])
    },
  ],
  ['scaledobjects', 'paused', write('metadata>annotations>autoscaling.keda.sh/paused', 'true', 'false')],
  ['scaledobjects', 'paused at', write('metadata>annotations>autoscaling.keda.sh/paused-replicas', '0', '3')],
  ['scaledobjects', 'bounds', write('spec>minReplicaCount', 0, 1, 2, 4)],
  ['verticalpodautoscalers', 'mode', write('spec>updatePolicy>updateMode', 'Off', 'Recreate', 'Auto'), 'mode'],
  ['verticalpodautoscalers', 'no mode', remove('spec>updatePolicy'), 'mode'],
  ['machinedeployments', 'machine version', write('spec>template>spec>version', 'v1.36.2', 'v1.36.3')],
  [
    'httproutes',
    'backend',
    (object, random) => {
      const refs = listAt(first(object, 'spec', 'rules'), 'backendRefs')
      if (random.chance(0.5)) refs[0] = { name: random.pick(['web', 'evil']), port: 80 }
      else refs.push({ name: 'more', port: 80, weight: 0 })
    },
  ],
  ['httproutes', 'host', write('spec>hostnames', ['shop.example'], ['other.example'])],
  ['sealedsecrets', 'sealed key', write('spec>encryptedData>more', 'AgC')],
  ['sealedsecrets', 'sealed key out', remove('spec>encryptedData>password')],
  ['externalsecrets', 'secret target', write('spec>target>name', 'db', 'other')],
  ['externalsecrets', 'store', write('spec>secretStoreRef>name', 'vault', 'theirs')],
  ['externalsecrets', 'pace', write('spec>refreshInterval', '1h', '5m')],
  [
    'tasks',
    'step',
    (object, random) => {
      const step = first(object, 'spec', 'steps')
      if (random.chance(0.2)) delete step['command']
      else step['command'] = [random.pick(['backup', 'wipe'])]
    },
  ],
  [
    'tasks',
    'step secret',
    (object) => {
      const valueFrom = { secretKeyRef: { name: 'db', key: 'password' } }
      listAt(first(object, 'spec', 'steps'), 'env').push({ name: 'PASSWORD', valueFrom })
    },
  ],
  ['csidrivers', 'driver tokens', add('spec>tokenRequests', { audience: 'vault' })],
  ['volumeattachments', 'detached', write('status>attached', true, false)],
  ['resourceclaims', 'withdrawn', remove('status>allocation')],
  [
    'resourceclaims',
    'admin access',
    (object) => {
      set(at(first(object, 'spec', 'devices', 'requests'), 'exactly'), 'adminAccess', true)
    },
  ],
  ['devicetaintrules', 'device taint', write('spec>taint>effect', 'NoExecute', 'NoSchedule')],
  [
    'storageclasses',
    'default class',
    write('metadata>annotations>storageclass.kubernetes.io/is-default-class', 'true', 'false'),
  ],
  ['serviceaccounts', 'pull secret', add('imagePullSecrets', { name: 'more' }), 'pull secrets'],
  ['serviceaccounts', 'pull secrets out', remove('imagePullSecrets'), 'pull secrets'],
  ['serviceaccounts', 'no token', write('automountServiceAccountToken', true, false)],
  ['serviceaccounts', 'cloud role', write('metadata>annotations>eks.amazonaws.com/role-arn', 'arn:aws:iam::1:role/x')],
  [ROLLED, 'cloud role of pods', write('spec>template>metadata>annotations>iam.amazonaws.com/role', 'admin', 'reader')],
  ['deployments', 'strategy', write('spec>strategy>type', 'Recreate', 'RollingUpdate')],
  [ROLLED, 'template grace', write('spec>template>spec>terminationGracePeriodSeconds', 0, 5, 30, 60)],
  ['deployments', 'track', write('spec>template>metadata>labels>track', 'live', 'old'), 'template labels'],
  ['deployments', 'off track', remove('spec>template>metadata>labels>track'), 'template labels'],
  ['gadgets', 'members', write('spec>instances', 0, 1, 2, 3, 5)],
  ['widgets,gadgets,tools', 'stop', write('spec>suspend', true, false)],
  ['widgets,gadgets', 'pause', write('spec>paused', true, false)],
  ['cronjobs', 'when', write('spec>schedule', '*/5 * * * *', '0 * * * *', '0 0 31 2 *')],
  ['cronjobs', 'one at a time', write('spec>concurrencyPolicy', 'Allow', 'Forbid', 'Replace')],
  ['priorityclasses', 'default priority', write('globalDefault', true, false)],
  ['resourcequotas', 'quota', write('spec>hard>pods', '1', '10', '20')],
  ['resourcequotas', 'used', write('status>used>pods', '10')],
  ['nodes', 'zone', write('metadata>labels>topology.kubernetes.io/zone', 'a', 'b'), 'labels'],
  [
    'nodes',
    'out of balancers',
    write('metadata>labels>node.kubernetes.io/exclude-from-external-load-balancers', 'true'),
    'labels',
  ],
  ['nodes', 'addresses', write('spec>podCIDR', '10.2.0.0/24', '10.3.0.0/24')],
  ['services', 'type', write('spec>type', 'ClusterIP', 'NodePort')],
  ['services', 'port', write('spec>ports', [{ name: 'http', port: 81, targetPort: 8080, protocol: 'TCP' }])],
  ['ingresses', 'class', write('spec>ingressClassName', 'nginx', 'other')],
  [
    'ingresses',
    'host',
    (object, random) => {
      first(object, 'spec', 'rules')['host'] = random.pick(['shop.example', 'other.example'])
    },
  ],
  ['networkpolicies', 'loosened', add('spec>ingress', {})],
  ['networkpolicies', 'aim', write('spec>podSelector>matchLabels>app', 'web')],
  ['persistentvolumes', 'claim of a volume', remove('spec>claimRef')],
  ['persistentvolumeclaims', 'forged phase', write('status>phase', 'Bound', 'Lost')],
  ['pods', 'deadline', write('spec>activeDeadlineSeconds', 1, 600)],
  [ROLLED, 'priority', write('spec>template>spec>priorityClassName', 'system-cluster-critical', 'team')],
  ['secrets,configmaps', 'copied', write('metadata>annotations>replicator.v1.mittwald.de/replicate-from', 'vault/db')],
  ['secrets', 'argo label', write('metadata>labels>argocd.argoproj.io/secret-type', 'cluster', 'repository'), 'labels'],
  [
    'ingresses',
    'snippet',
    write('metadata>annotations>nginx.ingress.kubernetes.io/configuration-snippet', 'return 503;'),
  ],
  [
    'ingresses',
    'allow list',
    write('metadata>annotations>nginx.ingress.kubernetes.io/whitelist-source-range', '192.0.2.1/32'),
  ],
  ['ingresses', 'proxy timeout', write('metadata>annotations>nginx.ingress.kubernetes.io/proxy-read-timeout', '90')],
  [
    'persistentvolumes',
    'other disk',
    (object, random) => {
      const disk = random.pick<DraftObject>([{ hostPath: { path: '/' } }, { local: { path: '/mnt/disk' } }])
      delete at(object, 'spec')['csi']
      Object.assign(at(object, 'spec'), disk)
    },
  ],
  [
    'horizontalpodautoscalers',
    'target',
    (object, random) => {
      set(
        at(first(object, 'spec', 'metrics'), 'resource', 'target'),
        'averageUtilization',
        random.pick([50, 80, 100, 900]),
      )
    },
  ],
]

export const OPERATOR_EDITS: readonly Edit[] = ROWS.map(([resources, name, apply, area]) => ({
  name,
  area: area ?? `${resources} ${name}`,
  fits: (kind) => resources.split(',').includes(kind.resource),
  apply,
}))
