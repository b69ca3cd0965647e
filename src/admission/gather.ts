import type { Json } from '../api/json.ts'
import { text } from '../api/json.ts'
import { actOf, intentSha256 } from '../signing/act.ts'
import { namedRequests, annotated } from '../policy/approvals/carriers.ts'
import { writesApproval } from '../policy/approvals/annotation.ts'
import { peek } from '../policy/approvals/peek.ts'
import type { Assessment } from '../policy/assess.ts'
import type { Catalogue } from '../policy/classify.ts'
import { needs } from '../policy/classify.ts'
import type { Intent } from '../policy/decide.ts'
import type { Facts, FactsSoFar, Labels } from '../policy/facts.ts'
import { canGetWorse } from '../policy/impact/impact.ts'
import { labelsOf } from '../policy/objects/selectors.ts'
import { isClusterScoped } from '../policy/protection.ts'
import type { Read } from '../policy/read.ts'
import { Answers, get, keyOf } from '../policy/read.ts'
import type { Request } from '../policy/request.ts'
import { readBinding } from './impact.ts'
import type { Ports, Snapshot } from './ports.ts'

/** Rounds of reads: an object, its owner, and what the owner holds. */
const MAX_ROUNDS = 3
/** Statements may name requests; nobody needs more than a few. */
const MAX_REQUESTS = 32

/** The facts of the caches, without any live read. */
export const factsOf = (snapshot: Snapshot, ownNamespace: string, now: Date): Facts => ({
  now,
  cluster: snapshot.cluster,
  ownNamespace,
  ageMs: Math.max(0, now.getTime() - snapshot.provedAt.getTime()),
  agents: snapshot.agents,
  policy: snapshot.policy,
  namespaces: snapshot.namespaces,
  live: new Answers(new Map()),
  claimed: new Map(),
  approvers: [],
  approvalRequests: [],
})

/** Reads what the rules ask for about this request, until they ask for nothing new. */
export async function gather(
  request: Request,
  facts: Facts,
  catalogue: Catalogue,
  ports: Ports,
  signal: AbortSignal,
): Promise<FactsSoFar> {
  const known = await withNamespace(request, facts, ports, signal)
  let answers: ReadonlyMap<string, Json> = new Map()
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const current = { ...known, live: new Answers(answers) }
    const missing = unread(needs(request, current, catalogue), answers)
    if (missing.length === 0) return current
    answers = new Map([...answers, ...(await ports.reader.read(missing, signal))])
  }
  return { ...known, live: new Answers(answers) }
}

/** A Namespace that was made a moment ago is not in the caches yet, and would count as protected: it is read. */
async function withNamespace(request: Request, facts: Facts, ports: Ports, signal: AbortSignal): Promise<Facts> {
  const { namespace } = request
  if (isClusterScoped(request) || facts.namespaces.has(namespace)) return facts
  const read = get('', 'v1', 'namespaces', '', namespace)
  const found = (await ports.reader.read([read], signal)).get(keyOf(read)) ?? null
  return found === null ? facts : { ...facts, namespaces: new Map([...facts.namespaces, [namespace, labelsOf(found)]]) }
}

/** The entry of the request's own Namespace: [] when it is not known. */
export function readNamespace({ namespace }: Request, { namespaces }: Facts): readonly (readonly [string, Labels])[] {
  const labels = namespaces.get(namespace)
  return labels === undefined ? [] : [[namespace, labels]]
}

function unread(reads: readonly Read[], answers: ReadonlyMap<string, Json>): readonly Read[] {
  const missing = new Map(reads.map((read) => [keyOf(read), read]))
  return [...missing].flatMap(([key, read]) => (answers.has(key) ? [] : [read]))
}

/**
 * Does the decision turn on an approval, is one written, or is a recommendation filed? Only then its act, its parent
 * and the approvals are read.
 */
export const asksPerson = (request: Request, { gate }: Assessment): boolean =>
  gate.kind === 'sign' || (gate.kind === 'refuse' && gate.isRecommended) || writesApproval(request)

/** The act of the request, with the uid of its live parent. */
export async function intentOf(request: Request, ports: Ports, signal: AbortSignal): Promise<Intent> {
  const parent = await parentOf(request, ports, signal)
  const act = actOf({
    ...request,
    parent,
    parentUid: text(parent, 'metadata', 'uid') || text(request.oldObject, 'metadata', 'uid'),
  })
  return { act, intentSha256: intentSha256(act), parent }
}

/** Groups whose objects obstat may read whole; a custom resource's own review carries uid and generation. */
const READABLE = new Set(['', 'apps', 'batch', 'autoscaling', 'policy'])

async function parentOf(request: Request, ports: Ports, signal: AbortSignal): Promise<Json> {
  if (
    request.subresource === '' ||
    request.name === '' ||
    !READABLE.has(request.group) ||
    request.resource === 'secrets'
  )
    return null
  const namespace = request.resource === 'namespaces' ? '' : request.namespace
  const read = get(request.group, request.version, request.resource, namespace, request.name)
  return (await ports.reader.read([read], signal)).get(keyOf(read)) ?? null
}

/** Approvers and ApprovalRequests as they stand now: those of the act, and those that the carriers' statements name. */
export async function gatherApprovals(
  request: Request,
  facts: Facts,
  intent: Intent,
  agent: string,
  unseen: readonly string[],
  ports: Ports,
  signal: AbortSignal,
): Promise<Facts> {
  const carriers = annotated(request, intent.parent)
  const named = namedRequests(carriers, peek)
  const known = ports.state.requestsFor(agent, intent.intentSha256, facts.now)
  const own = known.flatMap(({ name, isOver }) => (isOver ? [] : [name]))
  const names = [...new Set([...unseen, ...named, ...own])].slice(0, MAX_REQUESTS)
  const read = await Promise.all(names.map((name) => ports.reader.approvalRequest(name, signal)))
  const approvalRequests = read.filter((one) => one !== null)
  const isSigned =
    carriers.length > 0 || writesApproval(request) || approvalRequests.some(({ spec }) => spec.decisions.length > 0)
  const approvers = isSigned ? await ports.reader.approvers(signal) : []
  // Enough may have signed, in the request or on the object: only then what was shown is held against what is.
  const isShown = approvalRequests.some(
    ({ spec }) =>
      canGetWorse(spec.review.impact) && (carriers.length > 0 || spec.decisions.length >= spec.required.count),
  )
  if (!isShown) return { ...facts, approvers, approvalRequests }
  const now = await readBinding(request, intent.parent, ports.reader, signal)
  return { ...facts, approvers, approvalRequests, binding: { intentSha256: intent.intentSha256, now } }
}
