import type { Json } from '../../api/json.ts'
import { entries, field, list, text } from '../../api/json.ts'
import { isAlike } from '../objects/equal.ts'
import { titleOf } from '../objects/metadata.ts'
import { isLowered, isRaised } from '../objects/quantity.ts'
import { given } from '../objects/walk.ts'
import type { Request } from '../request.ts'
import type { Rule } from '../rule.ts'
import { found, quote } from '../rule.ts'

/**
 * What pods there can still be. A ResourceQuota or LimitRange decides which pods a Namespace can still make: a new or
 * narrower one lets nothing that dies come back, and `status.used` is what admission counts with. Reads `spec.hard`,
 * scopes and `spec.limits` (core/v1) of both sides as quantities, and the status. Raising what is there is an ordinary
 * repair. A CSIStorageCapacity (storage.k8s.io/v1) is where a driver has room: with less, or none known, no pod with a
 * new claim is placed there.
 */
export const namespaceLimits: Rule = {
  id: 'namespace-limits',
  remedy: 'Raise a limit, or change the workload that runs into it.',
  raises: 'Destructive',
  matches: [
    { operations: ['CREATE', 'UPDATE'], group: '', resource: 'resourcequotas' },
    { operations: ['CREATE', 'UPDATE'], group: '', resource: 'resourcequotas/*' },
    { operations: ['CREATE', 'UPDATE'], group: '', resource: 'limitranges' },
    { operations: ['UPDATE'], group: 'storage.k8s.io', resource: 'csistoragecapacities' },
  ],
  find: (request) => {
    if (request.operation === 'CREATE')
      return found(`creates ${titleOf(request)}: it bounds what this namespace can run`)
    const narrowed = (NARROWED.get(request.resource) ?? quotaOf)(request)
    return narrowed === '' ? null : found(`narrows ${titleOf(request)}: ${narrowed}`)
  },
}

const NARROWED: ReadonlyMap<string, (request: Request) => string> = new Map([
  ['limitranges', rangeOf],
  ['csistoragecapacities', roomOf],
])

function quotaOf({ oldObject, object }: Request): string {
  if (!isAlike(field(oldObject, 'status'), field(object, 'status'))) return 'its status'
  for (const key of ['scopes', 'scopeSelector'])
    if (!isAlike(field(oldObject, 'spec', key), field(object, 'spec', key))) return `spec.${key}`
  return ceilings(field(oldObject, 'spec', 'hard'), field(object, 'spec', 'hard'))
}

/** No capacity is none that is known; no maximum is that of the capacity. */
function roomOf({ oldObject, object }: Request): string {
  const [had, has] = [given(oldObject, 'capacity'), given(object, 'capacity')]
  const [most, mostNow] = [oldObject, object].map((side) => given(side, 'maximumVolumeSize'))
  if (had !== undefined && (has === undefined || isLowered(had, has))) return 'its capacity'
  return mostNow !== undefined && (most === undefined || isLowered(most, mostNow)) ? 'the largest volume it takes' : ''
}

/** LimitRange items go by type; two of one type are not told apart. */
function rangeOf({ oldObject, object }: Request): string {
  const before = Map.groupBy(list(oldObject, 'spec', 'limits'), (old) => text(old, 'type'))
  for (const item of list(object, 'spec', 'limits')) {
    const type = text(item, 'type')
    const [old = null, ...more] = before.get(type) ?? []
    if (old === null || more.length > 0) return `limits for ${quote(type)}`
    const narrowed = bounds(old, item)
    if (narrowed !== '') return `${narrowed} for ${quote(type)}`
  }
  return ''
}

const bounds = (before: Json, after: Json): string =>
  ceilings(field(before, 'max'), field(after, 'max')) ||
  ceilings(field(before, 'maxLimitRequestRatio'), field(after, 'maxLimitRequestRatio')) ||
  ceilings(field(before, 'default'), field(after, 'default')) ||
  floors(field(before, 'min'), field(after, 'min')) ||
  (isFilledIn(before) && isFilledIn(after)
    ? ''
    : floors(field(before, 'defaultRequest'), field(after, 'defaultRequest')))

/**
 * Where nobody says what containers ask for by default, the API server puts what they may have at most (core/v1
 * defaults).
 */
const isFilledIn = (item: Json): boolean => isAlike(field(item, 'defaultRequest'), field(item, 'max'))

/** The first bound from above that is new or lower, or ''. */
function ceilings(before: Json | undefined, after: Json | undefined): string {
  for (const [key, value] of entries(after)) {
    const old = field(before, key)
    if (old === undefined || isLowered(old, value)) return quote(key)
  }
  return ''
}

/** The first bound from below that is new or higher, or ''. What can't be read counts. */
function floors(before: Json | undefined, after: Json | undefined): string {
  for (const [key, value] of entries(after)) {
    const old = field(before, key)
    if (old === undefined || isRaised(old, value) || (isLowered(old, value) && !isRaised(value, old))) return quote(key)
  }
  return ''
}
