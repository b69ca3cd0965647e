import type { Json, JsonObject } from '../api/json.ts'
import { field, text } from '../api/json.ts'
import type { Kind } from '../api/names.ts'
import { DEFAULT_NAMESPACE, GROUP } from '../api/names.ts'
import type { ActionPolicy, ApprovalRequest, Approver, GovernedAgent } from '../api/objects.ts'
import { groupOf, pluralOf } from '../api/plural.ts'
import { policyOf } from '../policy/action-policy.ts'
import type { Catalogue } from '../policy/classify.ts'
import { needs } from '../policy/classify.ts'
import type { Facts, FactsSoFar } from '../policy/facts.ts'
import type { Read } from '../policy/read.ts'
import { Answers, keyOf } from '../policy/read.ts'
import { remember } from '../policy/objects/remember.ts'
import { labelsOf } from '../policy/objects/selectors.ts'
import type { Request } from '../policy/request.ts'
import type { CaseFacts } from './case.ts'
import { identityOf } from './existing.ts'
import { parseExisting } from './parse.ts'

/** The time of every case that names none. */
export const NOW = '2026-11-20T08:00:00Z'
/** As many rounds of reads as the webhook makes. */
const ROUNDS = 3

/** The facts that the webhook would gather for a request if these objects were all there is. */
export function factsOf(request: Request, given: CaseFacts, catalogue: Catalogue): Facts {
  const objects = existing(given)
  const answers = new Map<string, Json>()
  const facts: FactsSoFar = { ...standing(given, objects), live: new Answers(answers), claimed: new Map() }
  for (let round = 0; round < ROUNDS; round++)
    for (const read of needs(request, facts, catalogue)) answers.set(keyOf(read), answer(read, objects))
  return facts
}

function standing({ now = NOW, phase }: CaseFacts, objects: readonly JsonObject[]): Omit<Facts, 'live' | 'claimed'> {
  const ours = (kind: Kind): readonly JsonObject[] =>
    objects.filter((object) => text(object, 'kind') === kind && groupOf(text(object, 'apiVersion')) === GROUP)
  const agents = [...(ours('GovernedAgent') as unknown as readonly GovernedAgent[])].sort((a, b) =>
    a.metadata.name < b.metadata.name ? -1 : 1,
  )
  const namespaces = objects.filter(
    (object) => text(object, 'kind') === 'Namespace' && text(object, 'apiVersion') === 'v1',
  )
  const system = namespaces.find((object) => text(object, 'metadata', 'name') === 'kube-system')
  return {
    now: new Date(now),
    cluster: text(system, 'metadata', 'uid') || 'cluster',
    ownNamespace: DEFAULT_NAMESPACE,
    ageMs: 0,
    agents: phase === undefined ? agents : agents.map((agent) => inPhase(agent, phase)),
    policy: policyOf(ours('ActionPolicy') as unknown as readonly ActionPolicy[]),
    namespaces: new Map(namespaces.map((object) => [text(object, 'metadata', 'name'), labelsOf(object)])),
    approvers: ours('Approver') as unknown as readonly Approver[],
    approvalRequests: ours('ApprovalRequest') as unknown as readonly ApprovalRequest[],
  }
}

const inPhase = (agent: GovernedAgent, trustPhase: NonNullable<CaseFacts['phase']>): GovernedAgent => ({
  ...agent,
  spec: { ...agent.spec, trustPhase },
})

/** The last object of each name, as the API server would have stored it. Throws where one was not checked before. */
const existing = ({ objects = [] }: CaseFacts): readonly JsonObject[] => [
  ...new Map(objects.map((object) => [identityOf(object), storedOf(object)])).values(),
]

/** Most cases share most objects. */
const storedOf = remember((object: JsonObject): JsonObject => {
  const read = parseExisting(object)
  if (read.ok) return read.value
  throw new UncheckedObject(`${identityOf(object)}: ${read.issues[0]?.message ?? ''}`)
})

/** An object came to be judged by that the loader did not check: a mistake in the caller. */
export class UncheckedObject extends Error {
  override readonly name = 'UncheckedObject'
  readonly code = 'UncheckedObject'
}

function answer(read: Read, objects: readonly JsonObject[]): Json {
  const there = objects.filter(
    (object) =>
      pluralOf(text(object, 'kind')) === read.resource &&
      groupOf(text(object, 'apiVersion')) === read.group &&
      (text(object, 'metadata', 'namespace') === read.namespace || (read.verb === 'list' && read.namespace === '')),
  )
  return read.verb === 'list'
    ? there
    : (there.find((object) => field(object, 'metadata', 'name') === read.name) ?? null)
}
