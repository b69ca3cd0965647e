import { field, list } from '../../api/json.ts'
import { agentOf } from '../agents.ts'
import type { Facts } from '../facts.ts'
import { isUnder } from '../objects/custom-resource.ts'
import { isHelmRelease } from '../objects/helm.ts'
import type { Request } from '../request.ts'
import type { Rule } from '../rule.ts'
import { found, quote } from '../rule.ts'

/**
 * Some objects are kept to be read or gone back to: Events and policy reports say what happened, a ReplicaSet of zero
 * and a ControllerRevision are what `rollout undo` returns to, a Helm release Secret is what `helm rollback` does. An
 * agent's own releases, in its home namespace, are excepted.
 */
export const evidenceDelete: Rule = {
  id: 'evidence-delete',
  remedy: 'Leave them to expire; their controllers keep a bounded number.',
  raises: 'Destructive',
  matches: [{ operations: ['DELETE'], group: '*', resource: '*' }],
  find: (request, facts) => {
    const kept = keptFor(request, facts)
    return kept === null ? null : found(`deletes ${quote(request.name)}, ${kept}`)
  },
}

function keptFor(request: Request, facts: Facts): string | null {
  const { group, resource, oldObject, namespace } = request
  switch (`${group}/${resource}`) {
    case '/events':
    case 'events.k8s.io/events':
      return 'a record of what happened'
    case 'apps/controllerrevisions':
      return 'a revision to roll back to'
    case 'apps/replicasets':
      return isOldRevision(request) ? 'a revision to roll back to' : null
    case '/secrets':
    case '/configmaps':
      return isHelmRelease(oldObject) && namespace !== agentOf(facts, request.user).homeNamespace
        ? 'a release to roll back to'
        : null
    default:
      return REPORTS.some((domain) => isUnder(group, domain)) && resource.endsWith('reports')
        ? 'a record of what was found'
        : null
  }
}

/** A Deployment keeps its former revisions as ReplicaSets of zero. */
const isOldRevision = ({ oldObject }: Request): boolean =>
  field(oldObject, 'spec', 'replicas') === 0 && list(oldObject, 'metadata', 'ownerReferences').length > 0

/** Groups whose `…reports` hold findings: the policy working group's and its successor, Trivy operator's, Kyverno's. */
const REPORTS: readonly string[] = ['wgpolicyk8s.io', 'openreports.io', 'aquasecurity.github.io', 'kyverno.io']
