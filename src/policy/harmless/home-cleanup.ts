import type { Json } from '../../api/json.ts'
import { field, list, text } from '../../api/json.ts'
import { agentOf } from '../agents.ts'
import type { Request } from '../request.ts'
import type { Harmless } from '../rule.ts'
import { found, quote } from '../rule.ts'

/** Every Namespace has it; pods trust the API server by it. */
const ROOT_CA = 'kube-root-ca.crt'

/**
 * An agent tidies up after itself. Proved by its home namespace, one object named in the request, and what that is: a
 * ConfigMap, a Job that has finished, a Secret that is nobody's token.
 */
export const homeCleanup: Harmless = {
  id: 'home-cleanup',
  lowersTo: 'Change',
  matches: [
    { operations: ['DELETE'], group: '', resource: 'configmaps' },
    { operations: ['DELETE'], group: '', resource: 'secrets' },
    { operations: ['DELETE'], group: 'batch', resource: 'jobs' },
  ],
  proves: (request, facts) => {
    const home = agentOf(facts, request.user).homeNamespace
    if (home === '' || request.namespace !== home || request.isCollectionItem) return null
    return isSpent(request) ? found(`tidies ${quote(request.name)} up in its home namespace`) : null
  },
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
