import type { Rule } from '../rule.ts'
import { found } from '../rule.ts'
import { titleOf } from '../objects/metadata.ts'

/**
 * What stands between a request and its effect. A write there changes other people's requests, or takes obstat out of
 * the way. Groups by what they do:
 */
const GROUPS: ReadonlyMap<string, string> = new Map([
  // k8s.io/api: webhook configurations, ValidatingAdmissionPolicy, MutatingAdmissionPolicy and their bindings
  ['admissionregistration.k8s.io', 'decides what may be written'],
  // kube-aggregator: who serves an API group
  ['apiregistration.k8s.io', 'decides who serves an API group'],
  // API priority and fairness: whose requests are served, and who waits
  ['flowcontrol.apiserver.k8s.io', 'decides whose requests are served'],
])

/**
 * Webhook configurations and admission policies, APIServices and flow control: any verb, any subresource
 * (apiservices/status has its own writer). Reads the API group alone. Webhook
 * configurations and admission policies never reach a webhook; the generated policy and RBAC hold there, this rule
 * holds for `explain` and audit-log replay.
 */
export const requestPath: Rule = {
  id: 'request-path',
  remedy: 'Ask a person: what decides about requests is not for agents.',
  raises: 'Tampering',
  matches: [...GROUPS.keys()].map((group) => ({ operations: '*', group, resource: '*/*' })),
  find: (request) =>
    found(`writes ${titleOf(request)}, which ${GROUPS.get(request.group) ?? 'decides about requests'}`),
}
