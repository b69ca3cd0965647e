import type { Json } from '../api/json.ts'
import { field, text } from '../api/json.ts'

/** The API server answered, and its answer is a failure (meta/v1 Status). */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly code = 'ApiError'
  /** HTTP status code. */
  readonly status: number
  /** `reason` of the Status, such as `NotFound`; '' when the answer was no Status. */
  readonly reason: string

  constructor(status: number, reason: string, message: string) {
    super(message)
    this.status = status
    this.reason = reason
  }
}

/** The API server gave no answer; the message names it and says what to look at. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable'
  readonly code = 'Unreachable'
}

/** Nothing says which cluster to talk to, or what says it cannot be used. */
export class NoCluster extends Error {
  override readonly name = 'NoCluster'
  readonly code = 'NoCluster'
}

/** The failure in an answer that is not 2xx; `body` is null when it was not JSON. */
export function failureOf(call: string, status: number, body: Json): ApiError {
  const message = text(body, 'message')
  return new ApiError(status, text(body, 'reason'), `${call}: ${message === '' ? `HTTP ${status}` : message}`)
}

/** The failure in an ERROR event of a watch: its object is a Status. */
export function failureOfEvent(call: string, object: Json): ApiError {
  const status = field(object, 'code')
  return failureOf(call, typeof status === 'number' ? status : 500, object)
}

export const isNotFound = (cause: unknown): boolean => cause instanceof ApiError && cause.status === 404

/** RBAC or an authorizer does not let us. */
export const isForbidden = (cause: unknown): boolean => cause instanceof ApiError && cause.status === 403

/** Somebody was faster: the object exists already, or changed since it was read. */
export const isConflict = (cause: unknown): boolean => cause instanceof ApiError && cause.status === 409

/** What went wrong, in one line for logs and readiness. */
export const reasonOf = (cause: unknown): string => (cause instanceof Error ? cause.message : String(cause))
