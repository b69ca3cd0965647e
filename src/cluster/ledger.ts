import type { Ledger } from '../admission/ports.ts'
import type { ApprovalRequest } from '../api/objects.ts'
import type { Client } from './client.ts'
import { ApiError, isConflict } from './errors.ts'
import { approvalRequestOf } from './objects.ts'
import { ownCollection, ownStatus } from './paths.ts'

/** Who counts what is being filed, since a watch tells of it only afterwards. */
export interface Filed {
  readonly expect: (request: ApprovalRequest) => void
  readonly forget: (name: string) => void
}

/** obstat's own writes to the API server. */
export const clusterLedger = (client: Client, filed: Filed): Ledger => ({
  file: async (request, signal) => {
    filed.expect(request)
    try {
      return approvalRequestOf(await client.create(ownCollection('ApprovalRequest'), request, { signal }))
    } catch (cause) {
      // Without an answer nobody knows: it may be there.
      if (cause instanceof ApiError) filed.forget(request.metadata.name)
      if (isConflict(cause)) return null
      throw cause
    }
  },
  // A PUT with the resourceVersion that was read is the compare-and-swap: of two replicas one wins. A JSON patch
  // with a test would answer 422 to the loser, and an update without resourceVersion is not one at all.
  writeStatus: async (request, signal) => {
    if (request.metadata.resourceVersion === undefined)
      throw new TypeError(`ApprovalRequest ${request.metadata.name}: expected the resourceVersion that was read`)
    try {
      await client.replace(ownStatus('ApprovalRequest', request.metadata.name), request, { signal })
      return true
    } catch (cause) {
      if (isConflict(cause)) return false
      throw cause
    }
  },
})
