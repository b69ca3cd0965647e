import type { Json } from '../../api/json.ts'
import { field, list, text } from '../../api/json.ts'
import { agentOf } from '../agents.ts'
import type { Facts } from '../facts.ts'
import type { ListRead } from '../read.ts'
import { listOf } from '../read.ts'
import type { Request } from '../request.ts'
import type { Harmless } from '../rule.ts'
import { found, quote } from '../rule.ts'

/** Every Namespace has it; pods trust the API server by it. */
const ROOT_CA = 'kube-root-ca.crt'

/**
 * An agent tidies up after itself. Proved by its home namespace, one object named in the request, and what that is: a
 * ConfigMap, a Job that has finished, a Secret that is nobody's token, none of them the owner of workloads or claims,
 * which the garbage collector would take along (read live).
 */
export const homeCleanup: Harmless = {
  id: 'home-cleanup',
  lowersTo: 'Change',
  matches: [
    { operations: ['DELETE'], group: '', resource: 'configmaps' },
    { operations: ['DELETE'], group: '', resource: 'secrets' },
    { operations: ['DELETE'], group: 'batch', resource: 'jobs' },
  ],
  needs: (request, facts) => (isAtHome(request, facts) ? dependentsOf(request) : []),
  proves: (request, facts) => {
    if (!isAtHome(request, facts) || ownsSomething(request, facts)) return null
    return isSpent(request) ? found(`tidies ${quote(request.name)} up in its home namespace`) : null
  },
}

function isAtHome(request: Request, facts: Facts): boolean {
  const home = agentOf(facts, request.user).homeNamespace
  return home !== '' && request.namespace === home && !request.isCollectionItem
}

/** What of a Namespace is worth more than what may own it. A finished Job's own pods go with it. */
const dependentsOf = ({ namespace }: Request): readonly ListRead[] => [
  ...['deployments', 'statefulsets', 'daemonsets'].map((resource) => listOf('apps', 'v1', resource, namespace)),
  ...['cronjobs', 'jobs'].map((resource) => listOf('batch', 'v1', resource, namespace)),
  listOf('', 'v1', 'persistentvolumeclaims', namespace),
]

function ownsSomething(request: Request, facts: Facts): boolean {
  const uid = text(request.oldObject, 'metadata', 'uid')
  return dependentsOf(request)
    .flatMap((read) => facts.live.list(read))
    .some((one) => list(one, 'metadata', 'ownerReferences').some((owner) => text(owner, 'uid') === uid))
}

function isSpent({ resource, name, oldObject }: Request): boolean {
  switch (resource) {
    case 'configmaps':
      return name !== ROOT_CA
    case 'secrets':
      return !isToken(oldObject)
    case 'jobs':
      return hasFinished(oldObject)
    // The matches above name no other.
    default:
      return false
  }
}

/** Types and annotations of Secrets that hold tokens (core/v1 SecretType). */
const isToken = (secret: Json): boolean =>
  /^(kubernetes\.io\/service-account-token|bootstrap\.kubernetes\.io\/token|)$/.test(text(secret, 'type')) ||
  field(secret, 'metadata', 'annotations', 'kubernetes.io/service-account.name') !== undefined

/** batch/v1 JobStatus: Complete or Failed. */
const hasFinished = (job: Json): boolean =>
  list(job, 'status', 'conditions').some(
    (condition) => ['Complete', 'Failed'].includes(text(condition, 'type')) && text(condition, 'status') === 'True',
  )
