import { described, labelChanges } from '../objects/metadata.ts'
import type { Rule } from '../rule.ts'
import { found } from '../rule.ts'

/** Labels and annotations that give pods an identity outside the cluster. */
const KEYS: ReadonlySet<string> = new Set([
  // amazon-eks-pod-identity-webhook
  'eks.amazonaws.com/role-arn',
  'eks.amazonaws.com/audience',
  // kube2iam, kiam
  'iam.amazonaws.com/role',
  'iam.amazonaws.com/permitted',
  'iam.amazonaws.com/allowed-roles',
  // GKE workload identity
  'iam.gke.io/gcp-service-account',
  // azure-workload-identity, aad-pod-identity
  'azure.workload.identity/client-id',
  'azure.workload.identity/tenant-id',
  'azure.workload.identity/use',
  'aadpodidbinding',
  // vault-k8s agent injector
  'vault.hashicorp.com/role',
])

/**
 * The cloud's and Vault's roles are handed out by labels and annotations on ServiceAccounts, Namespaces and pods: who
 * writes them gets these rights. Reads them on the object itself and in its templates; only setting one is meant,
 * taking one away is another rule's.
 */
export const cloudIdentity: Rule = {
  id: 'cloud-identity',
  remedy: 'Ask a person to bind the identity.',
  raises: 'Escalation',
  matches: [{ operations: ['CREATE', 'UPDATE'], group: '*', resource: '*/*' }],
  find: (request) => {
    const set = labelChanges(request, (key) => KEYS.has(key)).find((change) => change.to !== undefined)
    return set === undefined ? null : found(`${described(set)}: an identity outside the cluster`)
  },
}
