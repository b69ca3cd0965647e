import type { Json } from '../api/json.ts'
import { field, isArray, isObject, text } from '../api/json.ts'
import { API_VERSION } from '../api/names.ts'
import type { Kind } from '../api/names.ts'
import type { ActionPolicy, ApprovalRequest, Approver, GovernedAgent } from '../api/objects.ts'

/**
 * A stored object of obstat's own group is not what its schema says: only an API server without our CRDs stores such.
 */
export class Malformed extends Error {
  override readonly name = 'Malformed'
  readonly code = 'Malformed'
}

/** The frozen object. The API server holds it against the structural schema that the types are generated from. */
export function governedAgentOf(object: Json): GovernedAgent {
  check('GovernedAgent', object, isArray(field(object, 'spec', 'subjects')))
  return object as unknown as GovernedAgent
}

export function approverOf(object: Json): Approver {
  check('Approver', object, isArray(field(object, 'spec', 'keys')))
  return object as unknown as Approver
}

export function approvalRequestOf(object: Json): ApprovalRequest {
  const hasLists = isArray(field(object, 'spec', 'acts')) && isArray(field(object, 'spec', 'decisions'))
  check('ApprovalRequest', object, hasLists)
  return object as unknown as ApprovalRequest
}

export function actionPolicyOf(object: Json): ActionPolicy {
  check('ActionPolicy', object, isObject(field(object, 'spec')))
  return object as unknown as ActionPolicy
}

/** Is the object what it is called; frozen from here on. */
function check(kind: Kind, object: Json, hasParts: boolean): void {
  const isNamed = text(object, 'apiVersion') === API_VERSION && text(object, 'kind') === kind
  if (!hasParts || !isNamed || text(object, 'metadata', 'name') === '') throw malformed(kind, object)
  freeze(object)
}

const malformed = (kind: Kind, object: Json): Malformed =>
  new Malformed(`${kind} ${text(object, 'metadata', 'name')} does not follow its schema; apply obstat's CRDs again`)

function freeze(value: Json): void {
  const waiting: Json[] = [value]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (!isObject(next) && !isArray(next)) continue
    Object.freeze(next)
    waiting.push(...Object.values(next))
  }
}
