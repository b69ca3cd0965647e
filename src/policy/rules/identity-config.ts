import { isSame } from '../objects/equal.ts'
import { titleOf } from '../objects/metadata.ts'
import type { Rule } from '../rule.ts'
import { found } from '../rule.ts'

/** `namespace/name` of ConfigMaps and Secrets that say who somebody is. */
const NAMES: ReadonlySet<string> = new Set([
  // aws-iam-authenticator: maps cloud roles to groups, system:masters too
  'kube-system/aws-auth',
  // kube-apiserver: the client and front-proxy CAs that extension API servers trust
  'kube-system/extension-apiserver-authentication',
  // bootstrap signer: the CA that joining nodes trust
  'kube-public/cluster-info',
])

/** Names that say it in whichever Namespace the tool was put. */
const ANYWHERE: ReadonlySet<string> = new Set([
  // argo-cd.readthedocs.io: who may sync and delete what, and who logs in
  'argocd-rbac-cm',
  'argocd-cm',
  // the password of its admin, the key of its tokens; whether anybody must log in; whose repositories it believes
  'argocd-secret',
  'argocd-cmd-params-cm',
  'argocd-ssh-known-hosts-cm',
  'argocd-tls-certs-cm',
  'argocd-gpg-keys-cm',
  // istio.io: what is put into every pod of the mesh, and the CA of its identities
  'istio-sidecar-injector',
  'istio-ca-secret',
])

/**
 * Some ConfigMaps and Secrets are rights in disguise: who is who, which CA to believe, what is put into every pod.
 * Reads the name; every verb counts, but an UPDATE that changes nothing.
 */
export const identityConfig: Rule = {
  id: 'identity-config',
  remedy: 'Ask a person to change who is who.',
  raises: 'Escalation',
  matches: [
    { operations: ['CREATE', 'UPDATE', 'DELETE'], group: '', resource: 'configmaps' },
    { operations: ['CREATE', 'UPDATE', 'DELETE'], group: '', resource: 'secrets' },
  ],
  find: (request) => {
    if (request.operation === 'UPDATE' && isSame(request.oldObject, request.object)) return null
    return NAMES.has(`${request.namespace}/${request.name}`) || ANYWHERE.has(request.name)
      ? found(`writes ${titleOf(request)}, which decides who is who`)
      : null
  },
}
