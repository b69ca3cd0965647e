import type { Json, JsonObject } from '../api/json.ts'
import { list, text } from '../api/json.ts'
import { STANDBY_ANNOTATION } from '../api/names.ts'
import type { StandbyMode } from '../api/names.ts'
import { observeVariables } from './observe.ts'
import { OWN_LABELS } from './webhooks.ts'

export const isStandbyName = (name: string): boolean => /^agents-standby(-\d+)?\.obstat\.dev$/.test(name)

export const standbyName = (index: number): string =>
  index === 0 ? 'agents-standby.obstat.dev' : `agents-standby-${index + 1}.obstat.dev`

/**
 * What a live binding says. A person need only write `Deny`: the leader's own has `Audit` beside it and the annotation,
 * so whatever a person changes about it makes it theirs, which the leader lets stand.
 */
export function standbyMode(binding: Json): StandbyMode {
  const actions = list(binding, 'spec', 'validationActions')
  if (!actions.includes('Deny')) return 'Waiting'
  const isLeaders =
    actions.includes('Audit') && text(binding, 'metadata', 'annotations', STANDBY_ANNOTATION) === 'EnforcedByLeader'
  return isLeaders ? 'EnforcedByLeader' : 'EnforcedByPerson'
}

/**
 * Nobody serves this group. A binding that waits matches nothing: it would otherwise leave an annotation in the audit
 * log at each write of an agent, and have the API server convert the objects of everybody's writes for nothing.
 */
const NOTHING: JsonObject = {
  matchPolicy: 'Equivalent',
  namespaceSelector: {},
  objectSelector: {},
  resourceRules: [
    { apiGroups: ['standby.obstat.dev'], apiVersions: ['*'], operations: ['*'], resources: ['*'], scope: '*' },
  ],
}

const BOUND: Readonly<Record<StandbyMode, JsonObject>> = {
  Waiting: { validationActions: ['Audit'], matchResources: NOTHING },
  EnforcedByLeader: { validationActions: ['Deny', 'Audit'] },
  EnforcedByPerson: { validationActions: ['Deny'] },
}

export const standbyBinding = (name: string, mode: StandbyMode): JsonObject => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingAdmissionPolicyBinding',
  metadata: { name, labels: OWN_LABELS, annotations: { [STANDBY_ANNOTATION]: mode } },
  spec: { policyName: name, ...BOUND[mode] },
})

/**
 * Everything but Observe is refused to these agents, whatever their phase, by the API server itself: for when obstat or
 * what leads to it is gone. It does nothing until its binding says so. Whoever is no agent is let go by the match
 * condition; what is dear, or could go wrong, stands behind it.
 */
export const standbyPolicy = (name: string, agents: string, ownNamespace: string): JsonObject => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingAdmissionPolicy',
  metadata: { name, labels: OWN_LABELS },
  spec: {
    failurePolicy: 'Fail',
    matchConstraints: {
      matchPolicy: 'Equivalent',
      namespaceSelector: {},
      objectSelector: {},
      resourceRules: [{ apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['*/*'], scope: '*' }],
    },
    matchConditions: [{ name: 'agents', expression: agents }],
    variables: observeVariables(ownNamespace).map((variable) => ({ ...variable })),
    validations: [
      {
        expression: 'variables.isObserved',
        reason: 'Forbidden',
        message:
          'NeverAllowed: agents may only read now, and no approval opens this; stop and wait, do not vary the request,' +
          ' until a person lifts it (kubectl obstat resume --all)',
      },
    ],
  },
})
