import type { ApprovalRequest } from '../../api/objects.ts'
import { field } from '../../api/json.ts'
import type { Act } from '../../signing/act.ts'
import type { Request } from '../request.ts'

export type Use = NonNullable<NonNullable<ApprovalRequest['status']>['uses']>[number]

/**
 * What a review says of the object at the moment of use. `generation` is the parent's for `/scale`, 0 where there is
 * none.
 */
export interface UseFacts {
  readonly objectUid: string
  readonly generation: number
  readonly resourceVersion: string
}

/** How long reviews without a better mark count as one request: WebSocket then SPDY, or a conflict retry. */
const CONNECT_WINDOW_MS = 10_000
const CREATE_WINDOW_MS = 10_000
const METADATA_WINDOW_MS = 2000

/**
 * Is this review one more of the request that the use was recorded for? An act is used once, but one request makes many
 * reviews: conflict retries, two-phase deletes, refusals after us by a PodDisruptionBudget or a quota.
 */
export function isSameUse(use: Use, act: Act, request: Request, facts: UseFacts, now: Date): boolean {
  const ageMs = now.getTime() - Date.parse(use.at)
  if (act.operation === 'DELETE' || act.subresource === 'eviction') return use.objectUid === facts.objectUid
  switch (act.operation) {
    case 'UPDATE':
      // The generation moves only with what is neither metadata nor status. Unmoved, the approved change did not
      // happen. Moved by one, somebody else's did: after ours the object would not be as the act says it was, and
      // undoing ours moves it once more. (The API server judges a patch on a cached object first, then again on the
      // newer one.)
      if (facts.generation > 0 && act.change.some(({ path }) => !/^\/(metadata|status)(\/|$)/.test(path)))
        return facts.generation === use.generation || facts.generation === use.generation + 1
      return (use.resourceVersion !== '' && use.resourceVersion === facts.resourceVersion) || ageMs < METADATA_WINDOW_MS
    case 'CREATE':
      if (act.generateName !== undefined) return use.reviewUid === request.uid
      return ageMs < CREATE_WINDOW_MS
    case 'CONNECT':
      return ageMs < CONNECT_WINDOW_MS
  }
}

/** The marks that a use of this review is recorded with. `parent` is the live parent of a subresource. */
export function useFacts(request: Request, act: Act, parent: Parameters<typeof field>[0]): UseFacts {
  const holder = request.subresource === 'scale' ? parent : (request.oldObject ?? parent)
  const generation = field(holder, 'metadata', 'generation')
  const version = field(request.oldObject, 'metadata', 'resourceVersion')
  return {
    objectUid: act.uid,
    generation: typeof generation === 'number' ? generation : 0,
    resourceVersion: typeof version === 'string' ? version : '',
  }
}
