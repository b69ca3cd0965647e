import { uidOf } from '../../src/admission/decode.ts'
import type { Answer } from '../../src/admission/encode.ts'
import type { Ports } from '../../src/admission/ports.ts'
import { review } from '../../src/admission/review.ts'
import type { Json, JsonObject } from '../../src/api/json.ts'
import { text } from '../../src/api/json.ts'
import type { ApprovalRequest, GovernedAgent } from '../../src/api/objects.ts'
import { parseObject } from '../../src/api/parse.ts'
import { harmless } from '../../src/policy/harmless/index.ts'
import { keyOf } from '../../src/policy/read.ts'
import type { Read } from '../../src/policy/read.ts'
import { rules } from '../../src/policy/rules/index.ts'
import { decodeUtf8, parseJson } from '../../src/signing/json.ts'
import { MemoryCluster } from '../admission/memory.ts'
import type { Case, LiveObject, World } from './world.ts'
import { OWN_NAMESPACE } from './world.ts'

/** What obstat said, and everything that went wrong on the way. */
export interface Said {
  readonly allowed: boolean
  readonly class: string
  readonly reason: string
  readonly rules: string
  readonly response: Answer['response']
  readonly faults: readonly unknown[]
}

const catalogue = { rules, harmless }
/** No API server nests deeper than 10,000; obstat must take what it takes. */
const DEEP = '{"a":'.repeat(9000) + '1' + '}'.repeat(9000)

/** The bytes of a review. `§…§` stands for what JSON.stringify cannot write: numbers beyond 2^53, and depth. */
export const bytesOf = (request: JsonObject): Buffer =>
  Buffer.from(unmarked(JSON.stringify({ kind: 'AdmissionReview', apiVersion: 'admission.k8s.io/v1', request })))

const unmarked = (text: string): string =>
  text.includes('§') ? text.replaceAll('"§deep§"', DEEP).replace(/"§(-?\d+)§"/g, '$1') : text

/** Asks obstat as the API server would: bytes in, the production rules, ports in memory. */
export const ask = (it: Case): Promise<Said> => askBytes(bytesOf(it.request), it.world)

export async function askBytes(bytes: Buffer, world: World): Promise<Said> {
  const faults: unknown[] = []
  const body = parseJson(decodeUtf8(bytes))
  const fault = (_: string, cause: unknown): void => void faults.push(cause)
  const { response } = await review(
    uidOf(body),
    body,
    { ports: portsOf(world), catalogue, ownNamespace: OWN_NAMESPACE, fault },
    new AbortController().signal,
  )
  const noted = response.auditAnnotations ?? {}
  return {
    allowed: response.allowed,
    class: noted['class'] ?? '',
    reason: noted['reason'] ?? response.status?.reason ?? '',
    rules: noted['rules'] ?? '',
    response,
    faults,
  }
}

function portsOf(world: World): Ports {
  const cluster = new MemoryCluster()
  cluster.agents = world.agents.map(
    ({ name, ...spec }) =>
      ({
        apiVersion: 'obstat.dev/v1alpha1',
        kind: 'GovernedAgent',
        metadata: { name },
        spec,
      }) as unknown as GovernedAgent,
  )
  cluster.policy = policyOf(world.policy)
  cluster.namespaces = new Map(
    Object.entries(world.namespaces).map(([name, labels]) => [name, new Map(Object.entries(labels))]),
  )
  cluster.provedAt = new Date(cluster.time.getTime() - world.ageMs)
  return Object.assign(cluster, {
    ledger: { ...cluster.ledger, file: (request: ApprovalRequest) => Promise.resolve(request) },
    reader: {
      read: (reads: readonly Read[]) =>
        Promise.resolve(new Map(reads.map((read): [string, Json] => [keyOf(read), answer(read, world.live)]))),
      approvers: () => Promise.resolve([]),
      approvalRequest: (name: string) => Promise.resolve(cluster.requests.get(name) ?? null),
    },
  })
}

function policyOf(spec: JsonObject | null): MemoryCluster['policy'] {
  if (spec === null) return null
  const read = parseObject('ActionPolicy', {
    apiVersion: 'obstat.dev/v1alpha1',
    kind: 'ActionPolicy',
    metadata: { name: 'cluster' },
    spec,
  })
  if (!read.ok) throw new Error(JSON.stringify(read.issues))
  return read.value
}

/** As the API server would answer: any version of the group gives the same objects. */
function answer(read: Read, live: readonly LiveObject[]): Json {
  const found = live
    .filter(({ group, resource }) => group === read.group && resource === read.resource)
    .map(({ object }) => object)
    .filter(
      (object) =>
        (read.verb === 'list' && read.namespace === '') || text(object, 'metadata', 'namespace') === read.namespace,
    )
  return read.verb === 'list' ? found : (found.find((object) => text(object, 'metadata', 'name') === read.name) ?? null)
}
