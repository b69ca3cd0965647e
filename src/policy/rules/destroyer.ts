import { field, list, text } from '../../api/json.ts'
import { isCustomResource, isUnder } from '../objects/custom-resource.ts'
import { isSame } from '../objects/equal.ts'
import { titleOf } from '../objects/metadata.ts'
import type { Request } from '../request.ts'
import type { Rule } from '../rule.ts'
import { found } from '../rule.ts'

/**
 * Objects that exist to destroy, overwrite or take out of service: chaos experiments, cleanup policies, delete
 * requests, restores over live objects, node maintenance and remediation, SQL, commands in pods. Kinds that are not
 * known go by their names. Creating one, or changing what one aims at, is the act.
 * Source: API references of Chaos Mesh, LitmusChaos, Kyverno, Velero, K8up, Stash, medik8s, system-upgrade-controller.
 */
export const destroyer: Rule = {
  id: 'destroyer',
  remedy: 'Ask a person to run this.',
  raises: 'Destructive',
  matches: [{ operations: ['CREATE', 'UPDATE'], group: '*', resource: '*' }],
  find: (request) => {
    const purpose = purposeOf(request)
    if (purpose === undefined) return null
    if (request.operation === 'UPDATE' && isSame(field(request.oldObject, 'spec'), field(request.object, 'spec')))
      return null
    return found(`${request.operation === 'CREATE' ? 'creates' : 'changes'} ${titleOf(request)}, which ${purpose}`)
  },
}

const purposeOf = (request: Request): string | undefined =>
  DESTROYERS.find(([domain, resources]) => isUnder(request.group, domain) && resources.test(request.resource))?.[2] ??
  (isCustomResource(request) ? (purposeByName(request.resource) ?? purposeBySpec(request)) : undefined)

/** What a kind that nobody has heard of is called says what its objects are made for. */
const purposeByName = (resource: string): string | undefined => NAMES.find(([name]) => name.test(resource))?.[1]

const NAMES: readonly (readonly [RegExp, string])[] = [
  [/restore(job|session|action|request)?s$/, 'writes old state over what is there'],
  [/(purge|wipe|decommission|cleanup|deletion)(job|task|request|policie)?s$/, 'deletes what it names'],
  [/(failover|fencing|eviction|drain|reboot)(job|task|request|operation)?s$/, 'takes something out of service'],
  [/nodemaintenances$/, 'drains nodes'],
]

/** What an object says it is for, where its kind has harmless ones as well. */
function purposeBySpec(request: Request): string | undefined {
  if (isTakenAway(request)) return 'takes away what it names'
  if (endsJob(request)) return 'ends what a job has under way'
  if (dropsMessages(request)) return 'drops queues and messages'
  if (isBrokersOwn(request)) return 'takes over what the brokers keep for themselves'
  return isAdopted(request) ? 'takes over what is there outside and changes it' : undefined
}

/**
 * What a new object names shall not be: an operator drops the database, whoever made it. Argo Rollouts scales a
 * Deployment away.
 */
const isTakenAway = ({ operation, object }: Request): boolean =>
  (operation === 'CREATE' && text(object, 'spec', 'ensure') === 'absent') ||
  /^(onsuccess|progressively)$/.test(text(object, 'spec', 'workloadRef', 'scaleDown'))

const endsJob = ({ group, resource, object }: Request): boolean =>
  group === 'bus.volcano.sh' && resource === 'commands' && text(object, 'action') !== 'ResumeJob'

/**
 * Strimzi gives a topic that is there the settings of a new KafkaTopic: how long to keep it, too. Which topics are
 * there isn't known to the API; those of the brokers themselves are (Kafka's names begin with two underscores).
 */
const isBrokersOwn = ({ operation, group, resource, object }: Request): boolean =>
  operation === 'CREATE' &&
  group === 'kafka.strimzi.io' &&
  resource === 'kafkatopics' &&
  text(object, 'spec', 'topicName').startsWith('__')

const EXPIRES = ['expires', 'message-ttl', 'max-length', 'max-length-bytes']

/** A policy of RabbitMQ by which queues and messages go. */
const dropsMessages = ({ group, resource, object }: Request): boolean =>
  group === 'rabbitmq.com' &&
  /^(operator)?policies$/.test(resource) &&
  EXPIRES.some((key) => field(object, 'spec', 'definition', key) !== undefined)

/**
 * Crossplane and AWS Controllers for Kubernetes: an object for what somebody else made; merely looking at it is
 * harmless.
 */
function isAdopted({ operation, object }: Request): boolean {
  if (operation !== 'CREATE') return false
  const [external, adoption, readOnly] = [
    'crossplane.io/external-name',
    'services.k8s.aws/adoption-policy',
    'services.k8s.aws/read-only',
  ].map((key) => text(object, 'metadata', 'annotations', key))
  const policies = list(object, 'spec', 'managementPolicies')
  const isLook = policies.length === 1 && policies[0] === 'Observe'
  return (external !== '' && !isLook) || (adoption !== '' && readOnly !== 'true')
}

/** Group, plurals, what its controller does. */
const DESTROYERS: readonly (readonly [string, RegExp, string])[] = [
  ['chaos-mesh.org', /./, 'breaks pods, networks, disks or clocks on purpose'],
  ['litmuschaos.io', /./, 'breaks pods, networks or nodes on purpose'],
  ['chaosblade.io', /./, 'breaks pods, networks or nodes on purpose'],
  ['chaos.datadoghq.com', /./, 'breaks pods, networks or nodes on purpose'],
  ['powerfulseal.io', /./, 'kills pods on purpose'],
  ['kyverno.io', /cleanuppolicies$|deletingpolicies$/, 'deletes what it matches'],
  ['velero.io', /^deletebackuprequests$/, 'deletes a backup and its snapshots'],
  ['velero.io', /^(restores|podvolumerestores|datadownloads)$/, 'writes old state into the cluster'],
  ['k8up.io', /^(restores|prunes)$/, 'overwrites or deletes stored data'],
  ['stash.appscode.com', /^restore/, 'overwrites data'],
  ['core.kubestash.com', /^restoresessions$/, 'overwrites data'],
  ['volsync.backube', /^replicationdestinations$/, 'overwrites a claim'],
  [
    'csiaddons.openshift.io',
    /^(networkfences|volumereplications|reclaimspacejobs)$/,
    'fences, demotes or trims storage',
  ],
  ['medik8s.io', /./, 'fences, drains or reboots nodes'],
  ['upgrade.cattle.io', /^plans$/, 'drains and upgrades nodes'],
  ['operator.openshift.io', /^kubedeschedulers$/, 'evicts pods'],
  ['gatekeeper.sh', /^(assign|assignmetadata|modifyset|assignimage)$/, 'rewrites other objects as they are written'],
  ['kyverno.io', /^(updaterequests|generaterequests)$/, 'has Kyverno write or delete objects'],
  ['ops.kubeblocks.io', /./, 'has an operator stop, rebuild or restore a database'],
  ['operations.kubeblocks.io', /./, 'has an operator stop, rebuild or restore a database'],
  ['ops.kubedb.com', /./, 'has an operator restart or reconfigure a database'],
  ['pgv2.percona.com', /^perconapgrestores$/, 'overwrites a database'],
  ['psmdb.percona.com', /restores$/, 'overwrites a database'],
  ['pxc.percona.com', /restores$/, 'overwrites a database'],
  ['mariadb.mmontes.io', /^restores$/, 'overwrites a database'],
  ['k8s.mariadb.com', /^restores$/, 'overwrites a database'],
  ['snapshot.kubevirt.io', /restores$/, 'overwrites the disks of a virtual machine'],
  ['replication.storage.openshift.io', /^volume(group)?replications$/, 'demotes or resyncs a volume'],
  ['ramendr.openshift.io', /^(drplacementcontrols|volumereplicationgroups)$/, 'moves workloads between clusters'],
  ['stork.libopenstorage.org', /^(applicationclones|migrations|clusterdomainupdates)$/, 'moves or fences data'],
  ['trident.netapp.io', /^tridentmirrorrelationships$/, 'promotes or overwrites a volume'],
  ['cr.kanister.io', /^(actionsets|blueprints)$/, 'runs commands on a workload and its data'],
  ['control.k8ssandra.io', /tasks$/, 'rebuilds, replaces or moves members of a database'],
  ['k8s.mariadb.com', /^sqljobs$/, 'runs SQL on a database'],
  ['db.atlasgo.io', /./, 'changes the schema of a database'],
  ['opensearch.opster.io', /^opensearchismpolicies$/, 'deletes indices by their age'],
  ['kube-green.com', /^sleepinfos$/, 'scales workloads to zero by the clock'],
  ['autoscaling.alibabacloud.com', /cron/, 'scales workloads by the clock'],
  ['flagger.app', /^canaries$/, 'takes a workload over and scales it to zero'],
  [
    'apps.kruise.io',
    /^(ephemeraljobs|podprobemarkers|containerrecreaterequests)$/,
    'runs commands in or restarts containers of running pods',
  ],
  ['apps.kruise.io', /^workloadspreads$/, 'patches the pods of another workload'],
  ['export.kubevirt.io', /./, 'lets disks be downloaded'],
  ['retina.sh', /^captures$/, 'records what pods send and receive'],
  ['migrations.kubevirt.io', /^migrationpolicies$/, 'moves virtual machines'],
]
