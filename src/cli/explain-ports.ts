import { rules } from '../policy/rules/index.ts'
import { harmless } from '../policy/harmless/index.ts'
import type { Ports } from '../admission/ports.ts'
import type { Reviewer } from '../admission/review.ts'
import type { Json } from '../api/json.ts'
import { text } from '../api/json.ts'
import { DEFAULT_NAMESPACE } from '../api/names.ts'
import { collectionPath, objectPath } from '../cluster/paths.ts'
import { labelsOf } from '../policy/objects/selectors.ts'
import type { Read } from '../policy/read.ts'
import { keyOf } from '../policy/read.ts'
import { approversOf, asRequest, pathOf, requestsOf } from './objects.ts'
import { readPeople } from './people.ts'
import type { Cluster, World } from './ports.ts'
import { statusOf } from './ports.ts'

/** What the webhook judges by, read once with the rights of the person who asks; it writes nothing. */
export async function readOnlyReviewer(cluster: Cluster, world: World): Promise<Omit<Reviewer, 'fault'>> {
  const [people, requests, namespaces] = await Promise.all([
    readPeople(cluster),
    requestsOf(cluster),
    cluster.list('/api/v1/namespaces'),
  ])
  const nameOf = (object: Json): string => text(object, 'metadata', 'name')
  const system = namespaces.items.find((one) => nameOf(one) === 'kube-system') ?? null
  const snapshot = {
    cluster: text(system, 'metadata', 'uid'),
    agents: people.agents,
    policy: people.policy,
    namespaces: new Map(namespaces.items.map((one) => [nameOf(one), labelsOf(one)])),
    provedAt: world.now(),
  }
  const ports: Ports = {
    state: {
      snapshot: () => ({ ...snapshot, provedAt: world.now() }),
      requestsFor: (agent, intent) =>
        requests
          .filter(({ spec }) => spec.agent === agent && spec.acts.some((act) => act.intentSha256 === intent))
          .map(({ metadata }) => ({ name: metadata.name, isOver: false })),
      openRequests: () => [],
    },
    reader: readerOf(cluster),
    ledger: { file: () => unused('file'), writeStatus: () => unused('writeStatus') },
    turns: { take: () => unused('take') },
    audit: { record: () => undefined, recordGuarded: () => undefined },
    clock: { now: world.now, monotonicMs: () => 0 },
  }
  return { ports, catalogue: { rules, harmless }, ownNamespace: DEFAULT_NAMESPACE }
}

const unused = (what: string): Promise<never> => Promise.reject(new TypeError(`an explanation does not ${what}`))

const readerOf = (cluster: Cluster): Ports['reader'] => ({
  read: async (reads) =>
    new Map(await Promise.all(reads.map(async (read) => [keyOf(read), await readOne(cluster, read)] as const))),
  approvers: () => approversOf(cluster),
  approvalRequest: async (name) => asRequest(await orElse(cluster.get(pathOf('ApprovalRequest', name)), null)),
})

async function readOne(cluster: Cluster, read: Read): Promise<Json> {
  if (read.verb === 'get') return orElse(cluster.get(objectPath(read, read.name)), null)
  const query = read.fields === undefined ? '' : `?fieldSelector=${encodeURIComponent(read.fields)}`
  const { items } = await orElse(cluster.list(`${collectionPath(read)}${query}`), { items: [], resourceVersion: '' })
  return items
}

/** What is not there is nothing. */
async function orElse<T>(answer: Promise<T>, otherwise: T): Promise<T> {
  try {
    return await answer
  } catch (cause) {
    if (statusOf(cause) === 404) return otherwise
    throw cause
  }
}
