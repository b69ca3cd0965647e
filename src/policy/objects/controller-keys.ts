import type { Json } from '../../api/json.ts'

/**
 * Labels and annotations that some controller acts on. `set`: harm in adding or changing it (to something that isn't
 * off). `lost`: harm in removing or changing it. `any`: harm in every change of it.
 */
export interface ControllerKey {
  /** The whole key, or with a `/` at its end every key under that prefix. */
  readonly key: string
  readonly when: 'set' | 'lost' | 'any'
  /** What the controller does then, as the end of a sentence. */
  readonly harm: string
}

const keys = (when: ControllerKey['when'], harm: string, ...names: readonly string[]): readonly ControllerKey[] =>
  names.map((key) => ({ key, when, harm }))

/** Those that delete the object by themselves, sooner or later, once it carries them. */
const DELETING: readonly ControllerKey[] = [
  // codeberg.org/hjacobs/kube-janitor
  ...keys('set', 'kube-janitor deletes it then', 'janitor/ttl', 'janitor/expires'),
  // kyverno.io, cleanup controller
  ...keys('set', 'Kyverno deletes it then', 'cleanup.kyverno.io/ttl'),
  // github.com/TwiN/k8s-ttl-controller
  ...keys('set', 'a TTL controller deletes it then', 'k8s-ttl-controller.twin.sh/ttl'),
  // github.com/zalando/postgres-operator: confirms the deletion of a database cluster
  ...keys('set', 'it confirms that the database may be deleted', 'delete-date', 'delete-clustername'),
  // strimzi.io
  ...keys('set', 'Strimzi deletes the pod and its claim', 'strimzi.io/delete-pod-and-pvc'),
  // cluster-api.sigs.k8s.io, machine-api of OpenShift
  ...keys(
    'set',
    'a machine is deleted',
    'machine.openshift.io/delete-machine',
    'machine.openshift.io/cluster-api-delete-machine',
  ),
]

/** What its own projects document, one line a project. */
export const CONTROLLER_KEYS: readonly ControllerKey[] = [
  // --- deletes the object after a while
  ...DELETING,
  // cluster-api.sigs.k8s.io: deletes, remediates, pauses, leaves out the drain; most of them count by being there
  ...keys('any', 'Cluster API deletes or repairs machines by this', 'cluster.x-k8s.io/', 'machine.cluster.x-k8s.io/'),
  // book.metal3.io: reboots, powers off, detaches
  ...keys(
    'any',
    'the machine is rebooted or let go by this',
    'reboot.metal3.io',
    'reboot.metal3.io/',
    'baremetalhost.metal3.io/',
  ),
  // github.com/asobti/kube-monkey, github.com/linki/chaoskube, litmuschaos.io
  ...keys(
    'any',
    'something kills its pods on purpose by this',
    'kube-monkey/',
    'chaos.alpha.kubernetes.io/enabled',
    'litmuschaos.io/chaos',
  ),
  // --- takes the object over, so that its next prune, upgrade or uninstall deletes it
  ...keys('any', 'a deployment tool owns it by this', 'app.kubernetes.io/instance', 'app.kubernetes.io/managed-by'),
  // argo-cd.readthedocs.io: all but the two that ask for a look
  ...keys('any', 'Argo CD syncs and prunes by this', 'argocd.argoproj.io/'),
  ...keys('any', 'Argo CD Image Updater deploys other images by this', 'argocd-image-updater.argoproj.io/'),
  ...keys(
    'any',
    'the Sealed Secrets controller overwrites it',
    'sealedsecrets.bitnami.com/managed',
    'sealedsecrets.bitnami.com/patch',
  ),
  // azure.github.io/azure-service-operator, atlas-operator
  ...keys('any', 'the cloud resource is managed, or deleted, by this', 'serviceoperator.azure.com/reconcile-policy'),
  ...keys('lost', 'the cloud resource goes with it', 'mongodb.com/atlas-resource-policy'),
  // helm.sh
  ...keys('any', 'Helm upgrades and uninstalls by this', 'meta.helm.sh/', 'helm.sh/hook', 'helm.sh/hook-delete-policy'),
  ...keys('lost', 'Helm deletes it with its release', 'helm.sh/resource-policy'),
  // fluxcd.io; reconcile.fluxcd.io/requestedAt only asks for a look
  ...keys('any', 'Flux reconciles and prunes by this', 'kustomize.toolkit.fluxcd.io/', 'helm.toolkit.fluxcd.io/'),
  ...keys('set', 'Flux replaces what it can not patch', 'reconcile.fluxcd.io/forceAt', 'reconcile.fluxcd.io/resetAt'),
  // kubectl apply --prune, KEP-3659; kubernetes-sigs/cli-utils
  ...keys(
    'any',
    'a prune deletes by this',
    'applyset.kubernetes.io/',
    'config.k8s.io/owning-inventory',
    'cli-utils.sigs.k8s.io/',
    'client.lifecycle.config.k8s.io/',
  ),
  // --- switches the workload off, or its controller
  // codeberg.org/hjacobs/kube-downscaler, github.com/caas-team/GoKubeDownscaler
  ...keys(
    'set',
    'kube-downscaler scales it down',
    'downscaler/force-downtime',
    'downscaler/downtime',
    'downscaler/downtime-replicas',
    'downscaler/downscale-period',
  ),
  ...keys('any', 'kube-downscaler lets it run by this', 'downscaler/uptime', 'downscaler/upscale-period'),
  ...keys(
    'lost',
    'kube-downscaler may scale it down',
    'downscaler/exclude',
    'downscaler/exclude-until',
    'downscaler/force-uptime',
  ),
  // cloudnative-pg.io
  ...keys('set', 'CloudNativePG shuts instances down', 'cnpg.io/hibernation', 'cnpg.io/fencedInstances'),
  ...keys('set', 'its operator stops repairing it', 'cnpg.io/reconciliationLoop', 'cnpg.io/skipEmptyWalArchiveCheck'),
  // elastic.co/guide/en/cloud-on-k8s
  ...keys('any', 'ECK manages it or not by this', 'eck.k8s.elastic.co/managed', 'common.k8s.elastic.co/pause'),
  // kubeflow.org: notebook controller
  ...keys('set', 'the notebook is stopped', 'kubeflow-resource-stopped'),
  // kueue.sigs.k8s.io: suspends a running Job until it is admitted
  ...keys('any', 'Kueue suspends it until there is quota', 'kueue.x-k8s.io/'),
  // docs.crossplane.io
  ...keys('any', 'Crossplane manages another resource by this', 'crossplane.io/external-name'),
  // --- makes nodes and pods go
  // kubernetes/autoscaler FAQ
  ...keys('lost', 'the cluster autoscaler may remove it', 'cluster-autoscaler.kubernetes.io/scale-down-disabled'),
  ...keys(
    'any',
    'the cluster autoscaler evicts by this',
    'cluster-autoscaler.kubernetes.io/safe-to-evict',
    'cluster-autoscaler.kubernetes.io/safe-to-evict-local-volumes',
    'cluster-autoscaler.kubernetes.io/enable-ds-eviction',
    'cluster.x-k8s.io/cluster-api-autoscaler-node-group-min-size',
    'cluster.x-k8s.io/cluster-api-autoscaler-node-group-max-size',
  ),
  // karpenter.sh
  ...keys(
    'lost',
    'Karpenter may disrupt it',
    'karpenter.sh/do-not-disrupt',
    'karpenter.sh/do-not-evict',
    'karpenter.sh/do-not-consolidate',
  ),
  // kubernetes-sigs/descheduler
  ...keys('set', 'the descheduler evicts it', 'descheduler.alpha.kubernetes.io/evict'),
  ...keys('lost', 'the descheduler may evict it', 'descheduler.alpha.kubernetes.io/prefer-no-eviction'),
  // kured.dev
  ...keys(
    'any',
    'kured reboots nodes by this',
    'weave.works/kured-node-lock',
    'kured.dev/kured-node-lock',
    'weave.works/kured-reboot-in-progress',
    'kured.dev/kured-reboot-in-progress',
  ),
  // github.com/openshift/machine-config-operator
  ...keys('any', 'the machine config operator reboots the node', 'machineconfiguration.openshift.io/'),
  // --- takes traffic away
  // kubernetes.io/docs/reference/labels-annotations-taints
  ...keys(
    'any',
    'kube-proxy serves it or does not by this',
    'service.kubernetes.io/',
    'endpointslice.kubernetes.io/',
    'endpoints.kubernetes.io/',
  ),
  ...keys(
    'any',
    'cloud controllers make the load balancer anew by this',
    'service.beta.kubernetes.io/',
    'service.alpha.kubernetes.io/',
    'service.cloud.google.com/',
    'cloud.google.com/',
    'networking.gke.io/',
    'loadbalancer.openstack.org/',
    'metallb.io/',
    'metallb.universe.tf/',
    'lbipam.cilium.io/',
    'io.cilium/',
    'kube-vip.io/',
  ),
  // kubernetes-sigs/external-dns
  ...keys('any', 'ExternalDNS writes or removes records by this', 'external-dns.alpha.kubernetes.io/'),
  // istio.io, linkerd.io: with the sidecar go routing and mutual TLS
  ...keys(
    'any',
    'the mesh takes it in or leaves it out by this',
    'istio-injection',
    'istio.io/',
    'sidecar.istio.io/',
    'traffic.sidecar.istio.io/',
    'linkerd.io/',
    'config.linkerd.io/',
  ),
  // --- takes protection away
  // kubernetes.io/docs/concepts/security/pod-security-admission
  ...keys(
    'any',
    'pod security is enforced by this',
    'pod-security.kubernetes.io/',
    'security.openshift.io/',
    'openshift.io/sa.scc.mcs',
    'openshift.io/sa.scc.uid-range',
    'openshift.io/sa.scc.supplemental-groups',
    'openshift.io/node-selector',
  ),
  // KEP-5018: access to devices that are in use
  ...keys(
    'any',
    'it opens devices that others use',
    'resource.kubernetes.io/admin-access',
    'resource.k8s.io/admin-access',
  ),
  ...keys(
    'any',
    'an admission controller looks away by this',
    'admission.gatekeeper.sh/',
    'cert-manager.io/disable-validation',
    'kubernetes.io/enforce-mountable-secrets',
  ),
  // PodNodeSelector and PodTolerationRestriction admission: every pod of the Namespace
  ...keys('any', 'every pod of the namespace is placed by this', 'scheduler.alpha.kubernetes.io/'),
  // cert-manager.io
  ...keys(
    'any',
    'cert-manager issues or injects by this',
    'cert-manager.io/cluster-issuer',
    'cert-manager.io/issuer',
    'cert-manager.io/inject-ca-from',
    'cert-manager.io/inject-ca-from-secret',
    'cert-manager.io/inject-apiserver-ca',
    'cert-manager.io/allow-direct-injection',
    'acme.cert-manager.io/',
  ),
  // amazon-eks-pod-identity-webhook, GKE and Azure workload identity: setting them is an Escalation of its own
  ...keys(
    'lost',
    'its pods lose who they are outside the cluster',
    'eks.amazonaws.com/role-arn',
    'iam.gke.io/gcp-service-account',
    'azure.workload.identity/client-id',
    'azure.workload.identity/use',
    'iam.amazonaws.com/role',
  ),
  // developer.hashicorp.com/vault/docs/deploy/kubernetes/injector, bank-vaults.dev: which secrets the pods are given
  ...keys('any', 'its pods are given other secrets by this', 'vault.hashicorp.com/', 'vault.security.banzaicloud.io/'),
  // --- takes evidence away
  ...keys('set', 'its logs are no longer collected', 'fluentbit.io/exclude'),
  ...keys('lost', 'its metrics are no longer collected', 'prometheus.io/scrape'),
  // --- loses data or backups
  // kubernetes/pkg/volume/persistentvolume, external-provisioner, external-snapshotter
  ...keys(
    'any',
    'volume controllers bind and delete by this',
    'pv.kubernetes.io/',
    'volume.kubernetes.io/',
    'volume.beta.kubernetes.io/',
    'snapshot.storage.kubernetes.io/',
  ),
  // kubevirt.io, Containerized Data Importer: imports over the claim, or adopts it
  ...keys('any', 'CDI imports over the claim, or adopts it, by this', 'cdi.kubevirt.io/'),
  // strimzi.io: where a connector goes on reading; a CA whose key nobody has
  ...keys(
    'set',
    'Strimzi loses the place of a connector, or makes a CA anew',
    'strimzi.io/connector-offsets',
    'strimzi.io/force-replace',
  ),
  // velero.io: left out of backups; hooks are commands in the pod
  ...keys(
    'set',
    'Velero leaves it out of backups',
    'velero.io/exclude-from-backup',
    'backup.velero.io/backup-volumes-excludes',
  ),
  ...keys('lost', 'Velero leaves the volume out of backups', 'backup.velero.io/backup-volumes'),
  ...keys(
    'any',
    'Velero runs commands in the pod by this',
    'pre.hook.backup.velero.io/',
    'post.hook.backup.velero.io/',
    'post.hook.restore.velero.io/',
    'init.hook.restore.velero.io/',
  ),
]

/** Keys under a prefix above that only ask a controller to look again. */
export const LOOK_AGAIN: ReadonlySet<string> = new Set([
  'argocd.argoproj.io/refresh',
  'argocd.argoproj.io/application-set-refresh',
])

/** The part after the slash of keys that say the same for whoever reads them: goes by itself, or is switched off. */
export const EXPIRY_NAMES =
  /^(ttl|time-to-live|expires?|expires-(at|on|after|in)|expiry|expiration|delete-(after|at|on|by|in|date)|deletion-date|auto-?delete|force-(delete|deletion|downtime))$/i
export const OFF_SWITCH_NAMES =
  /^(paused?|pause-reconcil(e|iation)|reconcile-paused|suspend(ed)?|hibernat(e|ed|ion)|shutdown|stopped|force-stop|maintenance-mode|skip-reconcil(e|iation))$/i
/** The part after the slash of keys that keep something from being deleted. */
export const SHIELD_NAMES =
  /^(keep|retain|protect(ed|ion)?|(deletion|delete)-protect(ed|ion)?|do-not-(delete|evict|disrupt|prune)|prevent-(deletion|destroy)|resource-policy|prune|safe-to-evict)$/i

/** Values that switch a key off. */
export const OFF: ReadonlySet<string> = new Set(['false', 'no', 'off', 'disabled', 'never', 'none'])

/** What a controller does to an object that carries this already, where that is to delete it; '' otherwise. */
export function deletionHarm(key: string, value: Json): string {
  if (typeof value !== 'string' || OFF.has(value.toLowerCase())) return ''
  const known = DELETING.find((entry) => entry.key === key)
  if (known !== undefined) return known.harm
  return EXPIRY_NAMES.test(key.slice(key.indexOf('/') + 1)) ? 'a controller may delete it then' : ''
}
