import type { Json } from '../api/json.ts'
import { entries, field, isObject, list, text } from '../api/json.ts'
import type { Operation, Request, User } from '../policy/request.ts'
import { OPERATIONS } from '../policy/request.ts'
import { sharing } from './sharing.ts'

/** A review that cannot be judged: answered as a refusal, since it has a uid. */
export class UnknownReview extends Error {
  override readonly name = 'UnknownReview'
  readonly code = 'UnknownReview'
}

/**
 * uid of an AdmissionReview (admission.k8s.io/v1), or '' when the body is not one: only then the answer is an HTTP
 * error.
 */
export const uidOf = (body: Json): string => text(body, 'request', 'uid')

/** The request of an AdmissionReview as our own frozen copy. Throws UnknownReview on what obstat cannot judge. */
export function decode(body: Json): Request {
  if (text(body, 'apiVersion') !== 'admission.k8s.io/v1' || text(body, 'kind') !== 'AdmissionReview')
    throw new UnknownReview('expected an AdmissionReview of admission.k8s.io/v1')
  const request = field(body, 'request') ?? null
  const operation = OPERATIONS.find((known) => known === text(request, 'operation'))
  if (operation === undefined) throw new UnknownReview('request.operation: expected CREATE, UPDATE, DELETE or CONNECT')
  const called = field(request, 'requestResource') ?? field(request, 'resource') ?? null
  if (text(called, 'resource') === '') throw new UnknownReview('request.resource: expected a resource')
  const oldObject = objectAt(request, 'oldObject')
  const object = sharing(oldObject, objectAt(request, 'object'))
  checkSides(operation, object, oldObject)
  const own = text(request, 'name')
  const named = oldObject ?? object
  return Object.freeze({
    uid: text(request, 'uid'),
    operation,
    group: text(called, 'group'),
    version: text(called, 'version'),
    resource: text(called, 'resource'),
    subresource: text(request, 'requestSubResource') || text(request, 'subResource'),
    kind: kindOf(field(request, 'kind') ?? null),
    namespace: text(request, 'namespace'),
    name: own !== '' ? own : text(named, 'metadata', 'name'),
    isCollectionItem: own === '' && operation === 'DELETE',
    user: userOf(field(request, 'userInfo') ?? null),
    isDryRun: field(request, 'dryRun') === true,
    object,
    oldObject,
    options: field(request, 'options') ?? null,
  })
}

function objectAt(request: Json, key: string): Json {
  const value = field(request, key) ?? null
  if (value !== null && !isObject(value)) throw new UnknownReview(`request.${key}: expected an object`)
  return value
}

function checkSides(operation: Operation, object: Json, oldObject: Json): void {
  if ((operation === 'CREATE' || operation === 'UPDATE') && object === null)
    throw new UnknownReview(`request.object: expected an object for ${operation}`)
  if ((operation === 'UPDATE' || operation === 'DELETE') && oldObject === null)
    throw new UnknownReview(`request.oldObject: expected an object for ${operation}`)
}

const kindOf = (kind: Json): Request['kind'] => ({
  group: text(kind, 'group'),
  version: text(kind, 'version'),
  kind: text(kind, 'kind'),
})

function userOf(user: Json): User {
  const username = text(user, 'username')
  if (username === '') throw new UnknownReview('request.userInfo.username: expected a name')
  return {
    username,
    uid: text(user, 'uid'),
    groups: strings(list(user, 'groups')),
    extra: new Map(entries(user, 'extra').map(([key, values]) => [key, strings(Array.isArray(values) ? values : [])])),
  }
}

const strings = (values: readonly Json[]): readonly string[] => values.filter((value) => typeof value === 'string')
