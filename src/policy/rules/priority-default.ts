import type { Json } from '../../api/json.ts'
import { field, text } from '../../api/json.ts'
import { isLowered } from '../objects/quantity.ts'
import { titleOf } from '../objects/metadata.ts'
import type { Rule } from '../rule.ts'
import { found } from '../rule.ts'

/**
 * Pods of a higher PriorityClass push others off their nodes, and the default class is that of every pod that names
 * none. Reads `value`, `globalDefault` and `preemptionPolicy` (scheduling.k8s.io/v1); one that can't push anybody, as
 * its value is not above 0 or it never preempts, counts only as a default.
 */
export const priorityDefault: Rule = {
  id: 'priority-default',
  remedy: 'Use a PriorityClass that is there, or one with preemptionPolicy Never.',
  raises: 'Destructive',
  matches: [{ operations: ['CREATE', 'UPDATE'], group: 'scheduling.k8s.io', resource: 'priorityclasses' }],
  find: (request) => {
    const { oldObject, object } = request
    if (isDefault(object) !== isDefault(oldObject))
      return found(`changes which pods ${titleOf(request)} is for: all by default`)
    return canPreempt(object) && !canPreempt(oldObject)
      ? found(`makes ${titleOf(request)}, whose pods push others off their nodes`)
      : null
  },
}

const isDefault = (object: Json): boolean => field(object, 'globalDefault') === true

const canPreempt = (object: Json): boolean =>
  object !== null && text(object, 'preemptionPolicy') !== 'Never' && isLowered(field(object, 'value') ?? 0, 0)
