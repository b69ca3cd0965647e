import type { Json, JsonObject } from '../../src/api/json.ts'
import { text } from '../../src/api/json.ts'
import { uidAt } from './objects.ts'

/** Stands where the load client writes a fresh uid into every call. */
export const UID_PLACEHOLDER = '00000000-0000-4000-8000-000000000000'

/** The agent of every review: a ServiceAccount. */
export const AGENT = { namespace: 'agents', name: 'sre-bot' } as const

export interface Asked {
  readonly operation: 'UPDATE' | 'DELETE'
  readonly group: string
  readonly resource: string
  readonly subresource?: string
  readonly object: Json
  readonly oldObject: JsonObject
}

const OPTIONS = {
  UPDATE: { kind: 'UpdateOptions', apiVersion: 'meta.k8s.io/v1', fieldManager: 'sre-bot', fieldValidation: 'Strict' },
  DELETE: { kind: 'DeleteOptions', apiVersion: 'meta.k8s.io/v1', propagationPolicy: 'Background' },
} as const

/** The AdmissionReview of kube-apiserver 1.36 for one request of the agent, its fields in the order of Go's struct. */
export function reviewOf({ operation, group, resource, subresource, object, oldObject }: Asked): JsonObject {
  const [version = ''] = text(oldObject, 'apiVersion').split('/').slice(-1)
  const [kindGroup = ''] = text(oldObject, 'apiVersion').includes('/') ? text(oldObject, 'apiVersion').split('/') : ['']
  const kind = { group: kindGroup, version, kind: text(oldObject, 'kind') }
  const called = { group, version: 'v1', resource }
  return {
    kind: 'AdmissionReview',
    apiVersion: 'admission.k8s.io/v1',
    request: {
      uid: UID_PLACEHOLDER,
      kind,
      resource: called,
      ...(subresource === undefined ? {} : { subResource: subresource }),
      requestKind: kind,
      requestResource: called,
      ...(subresource === undefined ? {} : { requestSubResource: subresource }),
      name: text(oldObject, 'metadata', 'name'),
      namespace: text(oldObject, 'metadata', 'namespace'),
      operation,
      userInfo: userInfo(),
      object,
      oldObject,
      dryRun: false,
      options: OPTIONS[operation],
    },
  }
}

const userInfo = (): JsonObject => ({
  username: `system:serviceaccount:${AGENT.namespace}:${AGENT.name}`,
  uid: uidAt(AGENT),
  groups: ['system:serviceaccounts', `system:serviceaccounts:${AGENT.namespace}`, 'system:authenticated'],
  extra: {
    'authentication.kubernetes.io/credential-id': ['JTI=6f0b8c9e-2a7e-4f33-8b52-6a2f6ff8e1a0'],
  },
})
