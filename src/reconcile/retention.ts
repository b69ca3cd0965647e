import { MAX_OPEN_IN_NAMESPACE } from '../admission/filing.ts'
import type { ApprovalEvent } from '../admission/ports.ts'
import { text } from '../api/json.ts'
import type { ApprovalRequest } from '../api/objects.ts'
import type { Client } from '../cluster/client.ts'
import { isConflict, isNotFound } from '../cluster/errors.ts'
import { approvalRequestOf } from '../cluster/objects.ts'
import { collectionPath, ownObject, ownStatus } from '../cluster/paths.ts'
import { TURN_LABEL } from '../cluster/turns.ts'
import { summaryOf } from '../cluster/request-index.ts'
import type { RequestSummary } from '../cluster/request-index.ts'

/** Decided and expired requests stay this long, for people to look at. */
export const RETENTION_MS = 24 * 3_600_000
/** An approval can be used to its last second, and clocks differ. */
const MARGIN_MS = 60_000

export type Step = 'expire' | 'remove' | null

/** When the next step in a request's life is due, in milliseconds since the epoch, if nobody touches it before. */
export function dueAt(request: RequestSummary, retentionMs = RETENTION_MS): number {
  if (!request.isClosed) return request.expiresAt
  // A use is remembered as long as the approval could be used again, a Deny as long as it holds.
  return Math.max(request.closedAt + retentionMs, request.expiresAt + MARGIN_MS, request.usableUntil + MARGIN_MS)
}

/** What is to be done with a request now. */
export function stepFor(request: RequestSummary, now: Date, retentionMs = RETENTION_MS): Step {
  if (now.getTime() < dueAt(request, retentionMs)) return null
  return request.isClosed ? 'remove' : 'expire'
}

/**
 * The youngest open requests beyond the most that an agent may have in one namespace: replicas that file at the same
 * moment do not know of each other yet. One on which somebody has decided stays.
 */
export function surplusOf(
  requests: Iterable<RequestSummary>,
  now: Date,
  most = MAX_OPEN_IN_NAMESPACE,
): readonly RequestSummary[] {
  const places = Map.groupBy(
    [...requests].filter(({ isClosed, expiresAt }) => !isClosed && expiresAt > now.getTime()),
    ({ agent, namespace }) => JSON.stringify([agent, namespace]),
  )
  return [...places.values()].flatMap((open) =>
    open
      .sort((a, b) => a.filedAt - b.filedAt || (a.name < b.name ? -1 : 1))
      .slice(most)
      .filter(({ decisions }) => decisions === 0),
  )
}

/** Removes what is surplus, unless somebody has touched it since. */
export async function removeSurplus(
  client: Client,
  requests: Iterable<RequestSummary>,
  log: (message: string) => void,
  signal: AbortSignal,
): Promise<void> {
  for (const { name, agent, namespace } of surplusOf(requests, new Date())) {
    try {
      const live = approvalRequestOf(await client.get(ownObject('ApprovalRequest', name), { signal }))
      const { isClosed, decisions } = summaryOf(live)
      if (isClosed || decisions > 0) continue
      await client.delete(ownObject('ApprovalRequest', name), unchanged(live), { signal })
      const where = namespace === '' ? 'no namespace' : `namespace ${namespace}`
      log(`ApprovalRequest ${name}: removed, ${MAX_OPEN_IN_NAMESPACE} older ones of ${agent} wait in ${where}`)
    } catch (cause) {
      if (!isConflict(cause) && !isNotFound(cause)) throw cause
    }
  }
}

/** Does what is due, each on the object as it is stored now, and tells of each request that expired. */
export async function tidy(
  client: Client,
  requests: Iterable<RequestSummary>,
  log: (message: string) => void,
  tell: (event: ApprovalEvent) => void,
  signal: AbortSignal,
): Promise<void> {
  const due = [...requests].filter((request) => stepFor(request, new Date()) !== null)
  for (const { name } of due) {
    try {
      const live = approvalRequestOf(await client.get(ownObject('ApprovalRequest', name), { signal }))
      const step = stepFor(summaryOf(live), new Date())
      if (step === 'expire') {
        await client.replace(ownStatus('ApprovalRequest', name), expired(live, new Date()), { signal })
        tell('Expired')
      }
      if (step === 'remove') await client.delete(ownObject('ApprovalRequest', name), unchanged(live), { signal })
      if (step !== null)
        log(`ApprovalRequest ${name}: ${step === 'expire' ? 'nobody answered in time' : 'removed after its retention'}`)
    } catch (cause) {
      // Somebody decided, used or removed it meanwhile: it is looked at again in the next round.
      if (!isConflict(cause) && !isNotFound(cause)) throw cause
    }
  }
}

function expired(request: ApprovalRequest, now: Date): ApprovalRequest {
  const conditions = (request.status?.conditions ?? []).filter((condition) => condition.type !== 'Expired')
  return {
    ...request,
    status: {
      ...request.status,
      conditions: [
        ...conditions,
        {
          type: 'Expired',
          status: 'True',
          reason: 'NoAnswer',
          message: `nobody answered before ${request.spec.expiresAt}; no answer in time is a refusal`,
          lastTransitionTime: `${now.toISOString().slice(0, 19)}Z`,
          ...(request.metadata.generation === undefined ? {} : { observedGeneration: request.metadata.generation }),
        },
      ],
    },
  }
}

/** DeleteOptions that hold only for the object as it was read. */
const unchanged = (request: ApprovalRequest): object => ({
  apiVersion: 'v1',
  kind: 'DeleteOptions',
  preconditions: { uid: request.metadata.uid, resourceVersion: request.metadata.resourceVersion },
})

/** Turns are short; one Lease a workload stays for a while, since the next turn writes it again. */
const TURN_RETENTION_MS = 3_600_000

/** Removes the Leases of workloads that no agent has touched for an hour. */
export async function tidyTurns(client: Client, namespace: string, signal: AbortSignal): Promise<void> {
  const path = collectionPath({ group: 'coordination.k8s.io', version: 'v1', resource: 'leases', namespace })
  const { items } = await client.list(`${path}?labelSelector=${encodeURIComponent(TURN_LABEL)}`, { signal })
  for (const lease of items) {
    if (Date.now() - Date.parse(text(lease, 'spec', 'renewTime')) < TURN_RETENTION_MS) continue
    const resourceVersion = text(lease, 'metadata', 'resourceVersion')
    const body = { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { resourceVersion } }
    try {
      await client.delete(`${path}/${text(lease, 'metadata', 'name')}`, body, { signal })
    } catch (cause) {
      if (!isConflict(cause) && !isNotFound(cause)) throw cause
    }
  }
}
