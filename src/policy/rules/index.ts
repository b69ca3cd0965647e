import type { Rule } from '../rule.ts'
import { agentIdentity } from './agent-identity.ts'
import { alertSilenced } from './alert-silenced.ts'
import { autoscalerBounds } from './autoscaler-bounds.ts'
import { autoscalerPaused } from './autoscaler-paused.ts'
import { autoscalerTarget } from './autoscaler-target.ts'
import { backupWeakened } from './backup-weakened.ts'
import { bulkDelete } from './bulk-delete.ts'
import { cascadingDelete } from './cascading-delete.ts'
import { certificateRequest } from './certificate-request.ts'
import { claimRetention } from './claim-retention.ts'
import { claimTakenOver } from './claim-taken-over.ts'
import { cloudIdentity } from './cloud-identity.ts'
import { commandInPod } from './command-in-pod.ts'
import { configKeys } from './config-keys.ts'
import { containerCommand } from './container-command.ts'
import { controllerKey } from './controller-key.ts'
import { crdConversion } from './crd-conversion.ts'
import { crdDelete } from './crd-delete.ts'
import { csiTokens } from './csi-tokens.ts'
import { customCommand } from './custom-command.ts'
import { customMount } from './custom-mount.ts'
import { daemonSetNarrowed } from './daemon-set-narrowed.ts'
import { destroyer } from './destroyer.ts'
import { destructiveSwitch } from './destructive-switch.ts'
import { deviceAdminAccess } from './device-admin-access.ts'
import { deviceWithdrawn } from './device-withdrawn.ts'
import { disruptionBudgetWeakened } from './disruption-budget-weakened.ts'
import { endpoints } from './endpoints.ts'
import { ephemeralContainer } from './ephemeral-container.ts'
import { evidenceDelete } from './evidence-delete.ts'
import { finalizers } from './finalizers.ts'
import { forcedDelete } from './forced-delete.ts'
import { gitopsCredentials } from './gitops-credentials.ts'
import { gitopsSource } from './gitops-source.ts'
import { gitopsSync } from './gitops-sync.ts'
import { haltingSwitch } from './halting-switch.ts'
import { helmHistory } from './helm-history.ts'
import { historyLimitLowered } from './history-limit-lowered.ts'
import { hostAccess } from './host-access.ts'
import { hostPathVolume } from './host-path-volume.ts'
import { identityConfig } from './identity-config.ts'
import { imageRepository } from './image-repository.ts'
import { ingressAnnotation } from './ingress-annotation.ts'
import { ingressRouting } from './ingress-routing.ts'
import { jobCutShort } from './job-cut-short.ts'
import { leaseTakeover } from './lease-takeover.ts'
import { limitsLowered } from './limits-lowered.ts'
import { localVolume } from './local-volume.ts'
import { machineChange } from './machine-change.ts'
import { memberCut } from './member-cut.ts'
import { namespaceDelete } from './namespace-delete.ts'
import { namespaceFinalize } from './namespace-finalize.ts'
import { namespaceLimits } from './namespace-limits.ts'
import { nestedTooDeep } from './nested-too-deep.ts'
import { networkPolicy } from './network-policy.ts'
import { nodeCordon } from './node-cordon.ts'
import { nodeCreate } from './node-create.ts'
import { nodeMetadata } from './node-metadata.ts'
import { nodeSpec } from './node-spec.ts'
import { nodeStatus } from './node-status.ts'
import { nodeTaint } from './node-taint.ts'
import { obstatKeys } from './obstat-keys.ts'
import { obstatNamespace } from './obstat-namespace.ts'
import { obstatObjects } from './obstat-objects.ts'
import { openConnection } from './open-connection.ts'
import { ordinalsMoved } from './ordinals-moved.ts'
import { orphaningDelete } from './orphaning-delete.ts'
import { outsideRights } from './outside-rights.ts'
import { ownerReferences } from './owner-references.ts'
import { podBinding } from './pod-binding.ts'
import { podEndsSooner } from './pod-ends-sooner.ts'
import { podEviction } from './pod-eviction.ts'
import { podRelabelled } from './pod-relabelled.ts'
import { policyRaised } from './policy-raised.ts'
import { policyWeakened } from './policy-weakened.ts'
import { priorityDefault } from './priority-default.ts'
import { priorityRaised } from './priority-raised.ts'
import { rbacWrite } from './rbac-write.ts'
import { requestPath } from './request-path.ts'
import { retentionCut } from './retention-cut.ts'
import { revisionForged } from './revision-forged.ts'
import { rolloutAtOnce } from './rollout-at-once.ts'
import { routeChange } from './route-change.ts'
import { scaleDownDrastic } from './scale-down-drastic.ts'
import { scaleToZero } from './scale-to-zero.ts'
import { scheduleThinned } from './schedule-thinned.ts'
import { secretCopied } from './secret-copied.ts'
import { secretOrClaim } from './secret-or-claim.ts'
import { secretSource } from './secret-source.ts'
import { securityContext } from './security-context.ts'
import { selectorAdopts } from './selector-adopts.ts'
import { serviceAccountChange } from './service-account-change.ts'
import { serviceAccountSet } from './service-account-set.ts'
import { serviceAddress } from './service-address.ts'
import { serviceRouting } from './service-routing.ts'
import { storageDefault } from './storage-default.ts'
import { suspended } from './suspended.ts'
import { templateRelabelled } from './template-relabelled.ts'
import { terminatingObject } from './terminating-object.ts'
import { tokenRequest } from './token-request.ts'
import { tokenSecret } from './token-secret.ts'
import { verticalAutoscaler } from './vertical-autoscaler.ts'
import { volumeAttachment } from './volume-attachment.ts'
import { volumeBinding } from './volume-binding.ts'
import { volumeDelete } from './volume-delete.ts'
import { volumeReclaim } from './volume-reclaim.ts'
import { workloadStatus } from './workload-status.ts'

/** Every act that is worse than its verb, in order of id. */
export const rules: readonly Rule[] = [
  agentIdentity,
  alertSilenced,
  autoscalerBounds,
  autoscalerPaused,
  autoscalerTarget,
  backupWeakened,
  bulkDelete,
  cascadingDelete,
  certificateRequest,
  claimRetention,
  claimTakenOver,
  cloudIdentity,
  commandInPod,
  configKeys,
  containerCommand,
  controllerKey,
  crdConversion,
  crdDelete,
  csiTokens,
  customCommand,
  customMount,
  daemonSetNarrowed,
  destroyer,
  destructiveSwitch,
  deviceAdminAccess,
  deviceWithdrawn,
  disruptionBudgetWeakened,
  endpoints,
  ephemeralContainer,
  evidenceDelete,
  finalizers,
  forcedDelete,
  gitopsCredentials,
  gitopsSource,
  gitopsSync,
  haltingSwitch,
  helmHistory,
  historyLimitLowered,
  hostAccess,
  hostPathVolume,
  identityConfig,
  imageRepository,
  ingressAnnotation,
  ingressRouting,
  jobCutShort,
  leaseTakeover,
  limitsLowered,
  localVolume,
  machineChange,
  memberCut,
  namespaceDelete,
  namespaceFinalize,
  namespaceLimits,
  nestedTooDeep,
  networkPolicy,
  nodeCordon,
  nodeCreate,
  nodeMetadata,
  nodeSpec,
  nodeStatus,
  nodeTaint,
  obstatKeys,
  obstatNamespace,
  obstatObjects,
  openConnection,
  ordinalsMoved,
  orphaningDelete,
  outsideRights,
  ownerReferences,
  podBinding,
  podEndsSooner,
  podEviction,
  podRelabelled,
  policyRaised,
  policyWeakened,
  priorityDefault,
  priorityRaised,
  rbacWrite,
  requestPath,
  retentionCut,
  revisionForged,
  rolloutAtOnce,
  routeChange,
  scaleDownDrastic,
  scaleToZero,
  scheduleThinned,
  secretCopied,
  secretOrClaim,
  secretSource,
  securityContext,
  selectorAdopts,
  serviceAccountChange,
  serviceAccountSet,
  serviceAddress,
  serviceRouting,
  storageDefault,
  suspended,
  templateRelabelled,
  terminatingObject,
  tokenRequest,
  tokenSecret,
  verticalAutoscaler,
  volumeAttachment,
  volumeBinding,
  volumeDelete,
  volumeReclaim,
  workloadStatus,
]
