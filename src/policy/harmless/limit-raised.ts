import { named } from '../objects/named.ts'
import { onlyChanges } from '../objects/only-changes.ts'
import { isRaised } from '../objects/quantity.ts'
import type { Harmless } from '../rule.ts'
import { found } from '../rule.ts'

/**
 * Limits that only hold something back: bounds of autoscalers, history, deadlines, quotas, and resources of containers.
 */
const SPEC_LIMIT =
  /^\/spec\/((min|max)Replica(s|Count)|revisionHistoryLimit|progressDeadlineSeconds|activeDeadlineSeconds|backoffLimit|(successful|failed)JobsHistoryLimit)$/
const QUOTA = /^\/spec\/hard\/[^/]+$/
const RESOURCES =
  /^\/spec\/(template\/spec\/)?(initContainers|containers)\/[0-9]+\/resources\/(limits|requests)\/[^/]+$/

/**
 * A raised limit gives more room and is taken back by the same command (a grown claim is not: it never shrinks). Proved
 * by the whole change: every value that differs is a limit, was there before, and is higher by value.
 */
export const limitRaised: Harmless = {
  id: 'limit-raised',
  lowersTo: 'Routine',
  matches: [
    { operations: ['UPDATE'], group: '*', resource: '*' },
    { operations: ['UPDATE'], group: '', resource: 'pods/resize' },
  ],
  proves: (request) =>
    onlyChanges(request, ({ path, from, to }) => isLimit(path, request.resource) && isRaised(from, to))
      ? found(`raises limits of ${named(request)}`)
      : null,
}

const isLimit = (path: string, resource: string): boolean =>
  SPEC_LIMIT.test(path) || RESOURCES.test(path) || (resource === 'resourcequotas' && QUOTA.test(path))
