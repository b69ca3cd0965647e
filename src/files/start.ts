import type { Ledger, Ports, Reader, Snapshot, State } from '../admission/ports.ts'
import { TURN_MS } from '../admission/ports.ts'
import type { Json } from '../api/json.ts'
import { entries, text } from '../api/json.ts'
import type { ActionPolicy, ApprovalRequest, Approver, GovernedAgent } from '../api/objects.ts'
import type { Labels } from '../policy/facts.ts'
import { policyOf } from '../policy/action-policy.ts'
import type { Read } from '../policy/read.ts'
import { keyOf } from '../policy/read.ts'
import { clusterOf } from './folder.ts'
import { BadFolder } from './reading.ts'
import { placeOf, Store } from './store.ts'

/**
 * The ports over a folder of YAML instead of a cluster, for one process. Agents, policy and Namespaces are those at the
 * start; Approvers, ApprovalRequests and everything that rules look at are read from the disk each time. Throws
 * BadFolder.
 */
export function startFiles(directory: string): Pick<Ports, 'state' | 'reader' | 'ledger' | 'turns'> {
  const store = new Store(directory)
  const filed = store.list(placeOf('ApprovalRequest')) as unknown as readonly ApprovalRequest[]
  const requests = new Map(filed.map((request) => [request.metadata.name, request]))
  return {
    state: fileState(store, requests),
    reader: fileReader(store),
    ledger: fileLedger(store, requests),
    turns: ownTurns(),
  }
}

/**
 * Agents, policy and Namespaces as they were at the start: current by definition, since nobody else serves this folder.
 */
export function fileState(store: Store, requests: ReadonlyMap<string, ApprovalRequest>): State {
  const objects = store.all()
  const held = {
    cluster: clusterOf(store.directory, objects),
    agents: [...store.list(placeOf('GovernedAgent'))].sort(byName) as unknown as readonly GovernedAgent[],
    policy: policyOf(store.list(placeOf('ActionPolicy')) as unknown as readonly ActionPolicy[]),
    namespaces: new Map(
      objects
        .filter(({ object }) => text(object, 'apiVersion') === 'v1' && text(object, 'kind') === 'Namespace')
        .map(({ object }) => [text(object, 'metadata', 'name'), labelsOf(object)] as const),
    ),
  }
  return {
    snapshot: (): Snapshot => ({ ...held, provedAt: new Date() }),
    requestsFor: (agent, intentSha256) =>
      [...requests.values()]
        .filter(({ spec }) => spec.agent === agent && spec.acts.some((act) => act.intentSha256 === intentSha256))
        .map(({ metadata }) => ({ name: metadata.name, isOver: false })),
    openRequests: (agent, now) =>
      [...requests.values()]
        .filter(
          ({ spec, status }) =>
            spec.agent === agent &&
            Date.parse(spec.expiresAt) > now.getTime() &&
            (status?.uses ?? []).length < spec.acts.length,
        )
        .map(({ spec }) => spec.acts[0]?.namespace ?? ''),
  }
}

const byName = (a: Json, b: Json): number => (text(a, 'metadata', 'name') < text(b, 'metadata', 'name') ? -1 : 1)

const labelsOf = (namespace: Json): Labels =>
  new Map(
    entries(namespace, 'metadata', 'labels').flatMap(([key, value]) =>
      typeof value === 'string' ? [[key, value] as const] : [],
    ),
  )

/**
 * Reads what is on the disk in this turn of the event loop. A kind that the folder does not hold is a kind of which
 * nothing exists.
 */
export const fileReader = (store: Store): Reader => ({
  read: (reads) =>
    attempt(() => {
      const all = store.thisTurn()
      const answer = (read: Read): Json =>
        read.verb === 'get' ? store.get(read, read.name, all) : store.list(read, all)
      return new Map(reads.map((read) => [keyOf(read), answer(read)]))
    }),
  approvers: () => attempt(() => store.list(placeOf('Approver'), store.thisTurn()) as unknown as readonly Approver[]),
  approvalRequest: (name) =>
    attempt(() => store.get(placeOf('ApprovalRequest'), name, store.thisTurn()) as unknown as ApprovalRequest | null),
})

/** A promise that a fault rejects, as callers of a port expect. */
const attempt = <T>(work: () => T): Promise<T> =>
  new Promise((resolve) => {
    resolve(work())
  })

export const fileLedger = (store: Store, requests: Map<string, ApprovalRequest>): Ledger => ({
  file: async (request) => {
    const filed = await store.create(request)
    if (filed !== null) requests.set(filed.metadata.name, filed)
    return filed
  },
  writeStatus: async ({ metadata, status }) => {
    if (status === undefined) throw new BadFolder(`${metadata.name}: expected a status to write`)
    const written = await store.update(metadata.name, (stored) =>
      stored.metadata.resourceVersion === metadata.resourceVersion ? { ...stored, status } : null,
    )
    if (written !== null) requests.set(metadata.name, written)
    return written !== null
  },
})

/** Turns of the one process that there is. */
function ownTurns(): Ports['turns'] {
  const held = new Map<string, { readonly item: string; readonly until: number }>()
  return {
    take: ({ key, item }, after, now) => {
      const turn = held.get(key)
      const isFree = turn === undefined || turn.item === item || turn.item === after || turn.until <= now.getTime()
      if (isFree) held.set(key, { item, until: now.getTime() + TURN_MS })
      return Promise.resolve(isFree ? null : turn.item)
    },
  }
}
