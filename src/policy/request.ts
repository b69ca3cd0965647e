import type { Json } from '../api/json.ts'

/** The operations of admission/v1 that obstat knows; decode refuses any other. */
export const OPERATIONS = ['CREATE', 'UPDATE', 'DELETE', 'CONNECT'] as const
export type Operation = (typeof OPERATIONS)[number]

/** Who asks (authentication/v1 UserInfo). An impersonated ServiceAccount has no uid. */
export interface User {
  readonly username: string
  readonly uid: string
  readonly groups: readonly string[]
  /** Keys as sent, such as `authentication.kubernetes.io/pod-name`. */
  readonly extra: ReadonlyMap<string, readonly string[]>
}

/**
 * One AdmissionReview request (admission/v1) as our own frozen copy. The API server controls the envelope, the agent
 * controls `object` and `options`. A missing text is '', a missing object null.
 */
export interface Request {
  readonly uid: string
  readonly operation: Operation
  /**
   * Of `requestResource`, as the caller spelt it; `group` of Events in events.k8s.io is that. The version is for reads
   * only: no rule matches it.
   */
  readonly group: string
  readonly version: string
  readonly resource: string
  readonly subresource: string
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string }
  /** '' for cluster-scoped kinds. A Namespace's own requests carry its own name here, as the API server sends them. */
  readonly namespace: string
  /**
   * From `oldObject.metadata` where the request has none (deletecollection). '' for a virtual resource such as a
   * review.
   */
  readonly name: string
  /** True when the request itself had no name: one item of a deletecollection. */
  readonly isCollectionItem: boolean
  readonly user: User
  readonly isDryRun: boolean
  /** null for DELETE. For CONNECT it is the options object (PodExecOptions and the like). */
  readonly object: Json
  /** null for CREATE and CONNECT. */
  readonly oldObject: Json
  /** CreateOptions, UpdateOptions or DeleteOptions; null when absent. */
  readonly options: Json
}

/** `deployments/scale`, `deployments`. */
export const resourceName = (request: Request): string =>
  request.subresource === '' ? request.resource : `${request.resource}/${request.subresource}`

/** The same with its group, as kubectl has it: `deployments/scale.apps`, `pods`. */
export const groupedResource = (request: Request): string =>
  request.group === '' ? resourceName(request) : `${resourceName(request)}.${request.group}`

/** What a rule reads when it asks about the object: the new one, or the stored one of a DELETE. */
export const subject = (request: Request): Json => (request.operation === 'DELETE' ? request.oldObject : request.object)
