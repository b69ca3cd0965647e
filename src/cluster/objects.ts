import type { Json } from '../api/json.ts'
import { field, isArray, isObject, text } from '../api/json.ts'
import { API_VERSION } from '../api/names.ts'
import type { Kind } from '../api/names.ts'
import type { ApprovalRequest, Approver, GovernedAgent } from '../api/objects.ts'

/** A stored object of obstat's own group is not what its schema says: only an API server without our CRDs stores such. */
export class Malformed extends Error {
  override readonly name = 'Malformed'
  readonly code = 'Malformed'
}

/** The frozen object. The API server holds it against the structural schema; this checks that it is what it is called. */
export const governedAgentOf = (object: Json): GovernedAgent => {
  if (!isArray(field(object, 'spec', 'subjects')) || text(object, 'spec', 'trustPhase') === '')
    throw malformed('GovernedAgent', object)
  return own<GovernedAgent>('GovernedAgent', object)
}

export const approverOf = (object: Json): Approver => {
  if (!isArray(field(object, 'spec', 'keys'))) throw malformed('Approver', object)
  return own<Approver>('Approver', object)
}

export const approvalRequestOf = (object: Json): ApprovalRequest => {
  if (!isArray(field(object, 'spec', 'acts')) || !isArray(field(object, 'spec', 'decisions')))
    throw malformed('ApprovalRequest', object)
  return own<ApprovalRequest>('ApprovalRequest', object)
}

function own<T>(kind: Kind, object: Json): T {
  if (text(object, 'apiVersion') !== API_VERSION || text(object, 'kind') !== kind || text(object, 'metadata', 'name') === '')
    throw malformed(kind, object)
  freeze(object)
  // The structural schema that these types are generated from has been checked by the API server.
  return object as unknown as T
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
