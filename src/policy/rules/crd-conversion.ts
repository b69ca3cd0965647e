import type { Json } from '../../api/json.ts'
import { field } from '../../api/json.ts'
import { isSame } from '../objects/equal.ts'
import { titleOf } from '../objects/metadata.ts'
import type { Rule } from '../rule.ts'
import { found } from '../rule.ts'

/**
 * A conversion webhook runs after admission, on the way to storage: what obstat was shown need not be what is stored.
 * Reads `spec.conversion` (apiextensions.k8s.io/v1 CustomResourceConversion) of both sides; absent is strategy None.
 */
export const crdConversion: Rule = {
  id: 'crd-conversion',
  remedy: 'Leave the conversion of custom resources to people; serve one version.',
  raises: 'Tampering',
  matches: [{ operations: ['CREATE', 'UPDATE'], group: 'apiextensions.k8s.io', resource: '*/*' }],
  find: (request) => {
    const before = conversionOf(request.oldObject)
    const after = conversionOf(request.object)
    const isSameThing = before === null || after === null ? before === after : isSame(before, after)
    return isSameThing ? null : found(`sets or changes how the objects of ${titleOf(request)} are converted`)
  },
}

/** null for strategy None, in whatever spelling. */
function conversionOf(definition: Json): Json {
  const conversion = field(definition, 'spec', 'conversion') ?? null
  const strategy = field(conversion, 'strategy') ?? ''
  const isNone = (strategy === '' || strategy === 'None') && (field(conversion, 'webhook') ?? null) === null
  return isNone ? null : conversion
}
