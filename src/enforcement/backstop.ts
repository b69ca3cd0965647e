import type { JsonObject } from '../api/json.ts'
import { isStandbyName, standbyBinding, standbyName, standbyPolicy } from './standby.ts'
import { OWN_LABELS, agentExpressions } from './webhooks.ts'
import type { Source } from './webhooks.ts'

const API_VERSION = 'admissionregistration.k8s.io/v1'

/**
 * Names of the policies below, and of their bindings; the leader removes numbered ones that are not needed any more.
 */
export const isBackstopName = (name: string): boolean =>
  /^agents-webhooks(-\d+)?\.obstat\.dev$/.test(name) || isStandbyName(name)

/**
 * Webhook configurations never reach a webhook, so a policy in the API server keeps agents off them, obstat alive or
 * not. Its refusal is final and obstat never hears of it: nothing that a person may approve belongs here, but in the
 * second policy, which stands by. The agents stand in the policies themselves; a parameter object would lock everybody
 * out when it is missing.
 */
export interface Backstop {
  readonly policies: readonly JsonObject[]
  /** One for each policy, of the same name. */
  readonly bindings: readonly JsonObject[]
}

export function backstopPolicies(source: Source): Backstop {
  const expressions = agentExpressions(source)
  const standby = expressions.map((expression, i) => ({ name: standbyName(i), expression }))
  const named = expressions.map((expression, i) => ({
    name: i === 0 ? 'agents-webhooks.obstat.dev' : `agents-webhooks-${i + 1}.obstat.dev`,
    expression,
  }))
  return {
    policies: [
      ...named.map(({ name, expression }) => policy(name, expression)),
      ...standby.map(({ name, expression }) => standbyPolicy(name, expression, source.ownNamespace)),
    ],
    bindings: [
      ...named.map(({ name }) => ({
        apiVersion: API_VERSION,
        kind: 'ValidatingAdmissionPolicyBinding',
        metadata: { name, labels: OWN_LABELS },
        spec: { policyName: name, validationActions: ['Deny'] },
      })),
      // The second ones as they are in the beginning: what lives may say otherwise (standbyMode).
      ...standby.map(({ name }) => standbyBinding(name, 'Waiting')),
    ],
  }
}

const policy = (name: string, expression: string): JsonObject => ({
  apiVersion: API_VERSION,
  kind: 'ValidatingAdmissionPolicy',
  metadata: { name, labels: OWN_LABELS },
  spec: {
    failurePolicy: 'Fail',
    matchConstraints: {
      matchPolicy: 'Equivalent',
      namespaceSelector: {},
      objectSelector: {},
      resourceRules: [
        {
          apiGroups: ['admissionregistration.k8s.io'],
          apiVersions: ['*'],
          operations: ['CREATE', 'UPDATE', 'DELETE'],
          resources: ['validatingwebhookconfigurations', 'mutatingwebhookconfigurations'],
          scope: '*',
        },
      ],
    },
    matchConditions: [{ name: 'agents', expression }],
    validations: [
      {
        expression: 'false',
        // Without a reason the API server answers 422 Invalid, which clients hide.
        reason: 'Forbidden',
        message:
          'NeverAllowed: agents do not write webhook configurations; ask a person to do it with their own rights',
      },
    ],
  },
})
