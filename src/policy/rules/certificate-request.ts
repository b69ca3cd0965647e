import { titleOf } from '../objects/metadata.ts'
import type { Rule } from '../rule.ts'
import { found } from '../rule.ts'

/**
 * A signed certificate is an identity that nothing revokes: kube-apiserver-client makes any user, kubelet signers a
 * node. Asking, approving, denying (nodes then cannot renew) and writing the status all count, whichever the signer;
 * trust bundles say which CA pods believe. Reads the group alone (certificates.k8s.io), or the
 * kind of cert-manager, whose approval is a condition in the status. A delete is Destructive by verb.
 */
export const certificateRequest: Rule = {
  id: 'certificate-request',
  remedy: 'Ask a person to request or approve the certificate.',
  raises: 'Escalation',
  matches: [
    { operations: ['CREATE', 'UPDATE'], group: 'certificates.k8s.io', resource: '*/*' },
    { operations: ['CREATE', 'UPDATE'], group: 'cert-manager.io', resource: 'certificaterequests' },
    { operations: ['CREATE', 'UPDATE'], group: 'cert-manager.io', resource: 'certificaterequests/*' },
  ],
  find: (request) => found(`writes ${titleOf(request)}, from which an identity is made`),
}
