import type { Json } from '../../api/json.ts'
import { field } from '../../api/json.ts'
import { titleOf } from '../objects/metadata.ts'
import type { Rule } from '../rule.ts'
import { found } from '../rule.ts'

/**
 * A signed certificate is an identity that nothing revokes: kube-apiserver-client makes any user, kubelet signers a
 * node. Asking, approving, denying (nodes then cannot renew) and writing the status all count, whichever the signer;
 * trust bundles say which CA pods believe. Reads the group alone (certificates.k8s.io), or the
 * kind of cert-manager, whose approval is a condition in the status. A cert-manager
 * Certificate is an ordinary change, unless it is one that signs others (`isCA`). A delete is Destructive by verb.
 */
export const certificateRequest: Rule = {
  id: 'certificate-request',
  remedy: 'Ask a person to request or approve the certificate.',
  raises: 'Escalation',
  matches: [
    { operations: ['CREATE', 'UPDATE'], group: 'certificates.k8s.io', resource: '*/*' },
    { operations: ['CREATE', 'UPDATE'], group: 'cert-manager.io', resource: 'certificaterequests' },
    { operations: ['CREATE', 'UPDATE'], group: 'cert-manager.io', resource: 'certificaterequests/*' },
    { operations: ['CREATE', 'UPDATE'], group: 'cert-manager.io', resource: 'certificates' },
  ],
  find: (request) =>
    request.resource !== 'certificates' || (isAuthority(request.object) && !isAuthority(request.oldObject))
      ? found(`writes ${titleOf(request)}, from which an identity is made`)
      : null,
}

const isAuthority = (certificate: Json): boolean => field(certificate, 'spec', 'isCA') === true
