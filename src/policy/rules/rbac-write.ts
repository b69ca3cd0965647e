import { titleOf } from '../objects/metadata.ts'
import type { Rule } from '../rule.ts'
import { found } from '../rule.ts'

/** Groups that say who may do what. OpenShift keeps users, grants and security constraints in groups of its own. */
const GROUPS: readonly string[] = [
  'rbac.authorization.k8s.io',
  'authorization.openshift.io',
  'oauth.openshift.io',
  'user.openshift.io',
  'security.openshift.io',
]

/** Virtual resources of authorization.openshift.io that only ask. */
const REVIEW = /reviews$/

/**
 * Rights: every write, whichever verb. Even a label counts (`rbac.authorization.k8s.io/aggregate-to-view` hands a
 * ClusterRole's rules to everybody), and a delete takes people's rights away. Reads the group alone.
 */
export const rbacWrite: Rule = {
  id: 'rbac-write',
  remedy: 'Ask a person to change roles and bindings.',
  raises: 'Escalation',
  matches: GROUPS.map((group) => ({ operations: '*', group, resource: '*/*' })),
  find: (request) => (REVIEW.test(request.resource) ? null : found(`writes ${titleOf(request)}, which grants rights`)),
}
