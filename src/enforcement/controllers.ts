/**
 * Usernames of what Kubernetes itself runs: they carry out what somebody else was allowed to ask for. The accounts are
 * those of kube-controller-manager with --use-service-account-credentials
 * (kubernetes/cmd/kube-controller-manager/names), and the three that it, the scheduler and the API server use
 * themselves.
 */
export const CONTROLLERS: readonly string[] = [
  'system:apiserver',
  'system:kube-controller-manager',
  'system:kube-scheduler',
  ...[
    'certificate-controller',
    'cronjob-controller',
    'daemon-set-controller',
    'deployment-controller',
    'disruption-controller',
    'endpoint-controller',
    'endpointslice-controller',
    'endpointslicemirroring-controller',
    'ephemeral-volume-controller',
    'generic-garbage-collector',
    'horizontal-pod-autoscaler',
    'job-controller',
    'legacy-service-account-token-cleaner',
    'namespace-controller',
    'node-controller',
    'persistent-volume-binder',
    'pod-garbage-collector',
    'pv-protection-controller',
    'pvc-protection-controller',
    'replicaset-controller',
    'replication-controller',
    'resourcequota-controller',
    'root-ca-cert-publisher',
    'service-account-controller',
    'service-cidrs-controller',
    'service-controller',
    'statefulset-controller',
    'storage-version-migrator-controller',
    'taint-eviction-controller',
    'ttl-after-finished-controller',
    'ttl-controller',
    'validatingadmissionpolicy-status-controller',
    'volume-attachment-controller',
  ].map((name) => `system:serviceaccount:kube-system:${name}`),
]
