import type { Harmless } from '../rule.ts'
import { found } from '../rule.ts'

const AUTHORIZATION: readonly string[] = [
  'selfsubjectaccessreviews',
  'selfsubjectrulesreviews',
  'subjectaccessreviews',
  'localsubjectaccessreviews',
]
const AUTHENTICATION: readonly string[] = ['selfsubjectreviews', 'tokenreviews']

/**
 * Reviews ask who somebody is and what they may do; nothing is stored (authorization.k8s.io/v1,
 * authentication.k8s.io/v1). Proved by group and resource alone. TokenRequests live elsewhere and are not among them.
 */
export const accessReview: Harmless = {
  id: 'access-review',
  lowersTo: 'Observe',
  matches: [
    ...AUTHORIZATION.map((resource) => ({ operations: ['CREATE'] as const, group: 'authorization.k8s.io', resource })),
    ...AUTHENTICATION.map((resource) => ({
      operations: ['CREATE'] as const,
      group: 'authentication.k8s.io',
      resource,
    })),
  ],
  proves: () => found('asks what somebody may do'),
}
