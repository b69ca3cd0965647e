import { createHash } from 'node:crypto'
import type { Turns } from '../admission/ports.ts'
import { TURN_MS } from '../admission/ports.ts'
import type { Json } from '../api/json.ts'
import { isObject, text } from '../api/json.ts'
import type { Claim } from '../policy/rule.ts'
import type { Client } from './client.ts'
import { isConflict, isNotFound } from './errors.ts'
import { collectionPath, objectPath } from './paths.ts'

/** Which objects are turns, for whoever tidies up. */
export const TURN_LABEL = 'obstat.dev/turn'

/** How often two replicas may get in each other's way over one Lease. */
const MAX_TRIES = 5

/** Turns as Leases in obstat's own namespace, taken by compare-and-swap: of two requests at once, one gets it. */
export function clusterTurns(client: Client, namespace: string): Turns {
  const place = { group: 'coordination.k8s.io', version: 'v1', resource: 'leases', namespace }
  const attempt = async (
    claim: Claim,
    after: string,
    now: Date,
    signal: AbortSignal,
  ): Promise<string | null | undefined> => {
    const name = nameOf(claim)
    const lease = await found(client, objectPath(place, name), signal)
    const holder = text(lease, 'spec', 'holderIdentity')
    const isHeld = holder !== '' && holder !== claim.item && holder !== after
    if (isHeld && now.getTime() - Date.parse(text(lease, 'spec', 'renewTime')) < TURN_MS) return holder
    try {
      if (lease === null) await client.create(collectionPath(place), leaseOf(name, namespace, claim, now), { signal })
      else await client.replace(objectPath(place, name), renewed(lease, claim, now), { signal })
      return null
    } catch (cause) {
      if (isConflict(cause) || isNotFound(cause)) return undefined
      throw cause
    }
  }
  return {
    take: async (claim, after, now, signal) => {
      for (let tries = 0; tries < MAX_TRIES; tries++) {
        const holder = await attempt(claim, after, now, signal)
        if (holder !== undefined) return holder
      }
      throw new TurnContended(claim.key)
    },
  }
}

/** Others wrote the Lease each time in between. */
export class TurnContended extends Error {
  override readonly name = 'TurnContended'
  readonly code = 'TurnContended'
  constructor(key: string) {
    super(`the turn of ${key} could not be taken`)
  }
}

async function found(client: Client, path: string, signal: AbortSignal): Promise<Json> {
  try {
    return await client.get(path, { signal })
  } catch (cause) {
    if (isNotFound(cause)) return null
    throw cause
  }
}

/** A uid is the API server's, but it comes in an agent's object: its digest makes a name of anything. */
const nameOf = ({ key }: Claim): string => `turn-${createHash('sha256').update(key).digest('hex').slice(0, 32)}`

const specOf = ({ item }: Claim, now: Date): object => ({
  holderIdentity: item,
  leaseDurationSeconds: TURN_MS / 1000,
  renewTime: now.toISOString().replace('Z', '000Z'),
})

const leaseOf = (name: string, namespace: string, claim: Claim, now: Date): object => ({
  apiVersion: 'coordination.k8s.io/v1',
  kind: 'Lease',
  metadata: { name, namespace, labels: { [TURN_LABEL]: 'true' } },
  spec: specOf(claim, now),
})

const renewed = (lease: Json, claim: Claim, now: Date): object => ({
  ...(isObject(lease) ? lease : {}),
  spec: specOf(claim, now),
})
