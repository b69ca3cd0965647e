import type { Json } from '../../api/json.ts'
import { text } from '../../api/json.ts'
import type { Agent } from '../agents.ts'
import type { Facts } from '../facts.ts'
import type { Request } from '../request.ts'
import type { Bound } from './bind.ts'
import { benchOf, bind } from './bind.ts'
import { approvalOn, envelopesOf } from './carriers.ts'
import { sameJson } from './covers.ts'
import { recordOf } from './evaluate.ts'
import { preApprovalName } from '../../signing/statement.ts'

/** Does this request write `obstat.dev/approval`? */
export const writesApproval = (request: Request): boolean => {
  if (request.operation !== 'CREATE' && request.operation !== 'UPDATE') return false
  if (request.subresource === 'scale' || request.subresource === 'eviction') return false
  return !sameText(approvalOn(request.object), approvalOn(request.oldObject))
}

const sameText = (a: Json | undefined, b: Json | undefined): boolean =>
  a === undefined || b === undefined ? a === b : sameJson(a, b)

/**
 * Why an agent's write of the approval annotation is tampering, or ''. It may add an approval that is good for this
 * very object; used or expired ones may come and go (`rollout undo` brings them back); a live one stays as it is.
 */
export function annotationTampering(request: Request, facts: Facts, agent: Agent): string {
  if (!writesApproval(request)) return ''
  const stored = states(request.oldObject, request, facts, agent)
  if (stored.includes('live')) return 'changes a live approval in the annotation obstat.dev/approval'
  if (approvalOn(request.object) === undefined) return ''
  const sent = states(request.object, request, facts, agent)
  return sent.every((state) => state !== 'bad') && sent.length > 0
    ? ''
    : 'writes an approval into obstat.dev/approval that does not hold for this object'
}

type State = 'live' | 'spent' | 'bad'

const states = (object: Json, request: Request, facts: Facts, agent: Agent): readonly State[] => {
  const bench = benchOf(facts, agent, [request.user.username], null)
  return envelopesOf('annotation', object).map((carrier) => {
    const result = bind(bench, carrier)
    if (result.kind === 'refused') return result.reason === 'ApprovalExpired' ? 'spent' : 'bad'
    if (isUsedUp(facts, result)) return 'spent'
    return isAbout(result, request) ? 'live' : 'bad'
  })
}

const isUsedUp = (facts: Facts, { statement, record }: Bound): boolean => {
  const holder = record ?? recordOf(facts, preApprovalName(statement))
  return (holder?.status?.uses ?? []).length >= statement.acts.length
}

/** On a stored object: an act with its uid. On a new one: an act that creates it. */
const isAbout = ({ statement }: Bound, request: Request): boolean => {
  const uid = text(request.oldObject, 'metadata', 'uid')
  return statement.acts.some((act) =>
    uid === '' ? act.operation === 'CREATE' && act.namespace === request.namespace : act.uid === uid,
  )
}
