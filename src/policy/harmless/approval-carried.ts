import type { Json } from '../../api/json.ts'
import { entries, field, isObject, list, text } from '../../api/json.ts'
import { APPROVAL_ANNOTATION } from '../../api/names.ts'
import { actOf } from '../../signing/act.ts'
import { writesApproval } from '../approvals/annotation.ts'
import { isSame } from '../objects/equal.ts'
import type { Request } from '../request.ts'
import type { Harmless } from '../rule.ts'
import { found } from '../rule.ts'

/**
 * An agent puts an approval onto an object and changes nothing else: the way of the annotation `obstat.dev/approval`
 * into a protected place. Whether that approval holds for this object is asked in `decide`; one that does not is
 * refused. Proved by the act that would be signed, which leaves the annotation out and is then empty, and by
 * managedFields, in which nobody may lose a field.
 */
export const approvalCarried: Harmless = {
  id: 'approval-carried',
  lowersTo: 'Observe',
  matches: [{ operations: ['UPDATE'], group: '*', resource: '*' }],
  proves: (request) =>
    writesApproval(request) &&
    actOf({ ...request, parentUid: '' }).change.length === 0 &&
    keepsAnnotations(request) &&
    keepsOwnership(request)
      ? found('writes only the approval')
      : null,
}

/**
 * The act leaves out every annotation under obstat.dev, and what was last applied; here only the one annotation may
 * differ.
 */
function keepsAnnotations(request: Request): boolean {
  const rest = (object: Json): Json =>
    Object.fromEntries(entries(object, 'metadata', 'annotations').filter(([key]) => key !== APPROVAL_ANNOTATION))
  return isSame(rest(request.oldObject), rest(request.object))
}

/** Every entry of managedFields is still there, with at least the fields that it had. */
function keepsOwnership(request: Request): boolean {
  const after = list(request.object, 'metadata', 'managedFields')
  return list(request.oldObject, 'metadata', 'managedFields').every((before) =>
    after.some((entry) => isSameManager(before, entry) && holds(field(entry, 'fieldsV1'), field(before, 'fieldsV1'))),
  )
}

const isSameManager = (a: Json, b: Json): boolean =>
  ['manager', 'operation', 'apiVersion', 'subresource'].every((key) => text(a, key) === text(b, key))

/**
 * Is every key of `part` in `whole`, at every depth? FieldsV1 is a set of paths, kept as nested objects, the last ones
 * empty.
 */
function holds(whole: Json | undefined, part: Json | undefined): boolean {
  const waiting = [{ whole, part }]
  for (let here = waiting.pop(); here !== undefined; here = waiting.pop()) {
    const { whole, part } = here
    if (!isObject(whole) || !isObject(part)) return false
    for (const [key, inner] of Object.entries(part)) waiting.push({ whole: field(whole, key), part: inner })
  }
  return true
}
