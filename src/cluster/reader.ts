import type { Json } from '../api/json.ts'
import type { Reader } from '../admission/ports.ts'
import type { Read } from '../policy/read.ts'
import { keyOf } from '../policy/read.ts'
import type { Client } from './client.ts'
import { isForbidden, isNotFound } from './errors.ts'
import { approvalRequestOf, approverOf } from './objects.ts'
import { collectionPath, objectPath, ownCollection, ownObject } from './paths.ts'

/** Reads of one review at once: enough to hide latency, few enough that one review cannot take every connection. */
const AT_ONCE = 8

/** Live reads from the API server. */
export const clusterReader = (client: Client): Reader => ({
  read: (reads, signal) => readAll(client, reads, signal),
  approvers: async (signal) => {
    const { items } = await client.list(ownCollection('Approver'), { signal })
    return items.map(approverOf)
  },
  approvalRequest: async (name, signal) => {
    const found = await orNull(client.get(ownObject('ApprovalRequest', name), { signal }))
    return found === null ? null : approvalRequestOf(found)
  },
})

async function readAll(
  client: Client,
  reads: readonly Read[],
  signal: AbortSignal,
): Promise<ReadonlyMap<string, Json>> {
  const waiting = new Map(reads.map((read) => [keyOf(read), read]))
  const answers = new Map<string, Json>()
  // The first failure ends the other reads of this review.
  const failed = new AbortController()
  const both = AbortSignal.any([signal, failed.signal])
  const work = async (): Promise<void> => {
    for (const [key, read] of waiting) {
      waiting.delete(key)
      answers.set(key, await readOne(client, read, both))
    }
  }
  try {
    await Promise.all(Array.from({ length: Math.min(AT_ONCE, waiting.size) }, work))
  } catch (cause) {
    failed.abort(cause)
    throw cause
  }
  return answers
}

async function readOne(client: Client, read: Read, signal: AbortSignal): Promise<Json> {
  if (read.verb === 'get') {
    const isNothing = read.mayBeHidden === true ? isMissingOrHidden : isNotFound
    return orNull(client.get(objectPath(read, read.name), { signal }), isNothing)
  }
  // A list is 404 only where the API itself is not served: nothing of that kind exists.
  const query = read.fields === undefined ? '' : `?fieldSelector=${encodeURIComponent(read.fields)}`
  const listing = await orNull(client.list(`${collectionPath(read)}${query}`, { signal, most: read.most }))
  return listing === null ? [] : listing.items
}

const isMissingOrHidden = (cause: unknown): boolean => isNotFound(cause) || isForbidden(cause)

async function orNull<T>(answer: Promise<T>, isNothing = isNotFound): Promise<T | null> {
  try {
    return await answer
  } catch (cause) {
    if (isNothing(cause)) return null
    throw cause
  }
}
