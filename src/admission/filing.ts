import { API_VERSION } from '../api/names.ts'
import type { ApprovalRequest } from '../api/objects.ts'
import type { Json } from '../api/json.ts'
import type { SignedAct } from '../signing/act.ts'
import type { Change } from '../signing/diff.ts'
import { canonical, sha256 } from '../signing/canonical.ts'
import type { Spend } from '../policy/approvals/evaluate.ts'
import { openRequest } from '../policy/approvals/evaluate.ts'
import type { Deny } from '../policy/decision.ts'
import type { Facts } from '../policy/facts.ts'
import { touchesProtected } from '../policy/protection.ts'
import type { Request } from '../policy/request.ts'
import { quote } from '../policy/rule.ts'
import type { Background } from './card.ts'
import { readBackground } from './card.ts'
import { what } from './encode.ts'
import type { ApprovalEvent, Ports } from './ports.ts'

/**
 * A flood fills nothing: an agent with this many open requests in one namespace gets refusals without a new one there,
 * and can still ask elsewhere; with this many in all, nowhere.
 */
export const MAX_OPEN_IN_NAMESPACE = 50
export const MAX_OPEN_REQUESTS = 2000
/** Requests of the same act that are over keep their numbers until retention removes them. */
const MAX_NUMBERS = 1000

/** Where a refusal sends its agent. */
export interface Filing {
  /** Name of the open request; '' when the agent has too many open ones for another. */
  readonly name: string
  readonly events: readonly ApprovalEvent[]
  /** A request of that name was there, and the facts did not know it: everything is to be judged again with it. */
  readonly isUnseen?: boolean
}

/** The open request for this act, filed if there is none. `parent` is the live parent of a subresource. */
export async function file(
  request: Request,
  decision: Deny,
  facts: Facts,
  parent: Json,
  ports: Ports,
  signal: AbortSignal,
): Promise<Filing> {
  const { agent, intentSha256 } = decision
  const open = openRequest(facts, agent.name, intentSha256)
  if (open !== undefined) return { name: open.metadata.name, events: [] }
  const hasTooMany = (): boolean => isFlooded(ports.state.openRequests(agent.name, facts.now), request.namespace)
  if (hasTooMany()) return { name: '', events: ['Withheld'] }
  // Before anything is waited for: a request that another review files meanwhile has the name that this one gets.
  const taken = takenNames(agent.name, intentSha256, facts, ports)
  const background = await readBackground(request, parent, agent.name, facts, ports.reader, signal)
  // Others were filed while the card was read.
  if (hasTooMany()) return { name: '', events: ['Withheld'] }
  const spec = specOf(request, decision, facts, background)
  for (let number = 0; number < MAX_NUMBERS; number++) {
    const name = nameOf(agent.name, intentSha256, number)
    if (taken.has(name)) continue
    const filed = await ports.ledger.file(
      { apiVersion: API_VERSION, kind: 'ApprovalRequest', metadata: { name }, spec },
      signal,
    )
    return filed === null ? { name, events: [], isUnseen: true } : { name, events: ['Filed'] }
  }
  throw new NoRequestName(intentSha256)
}

const takenNames = (agent: string, intentSha256: string, facts: Facts, { state }: Ports): ReadonlySet<string> =>
  new Set([
    ...state.requestsFor(agent, intentSha256, facts.now).map(({ name }) => name),
    ...facts.approvalRequests.map((one) => one.metadata.name),
  ])

/**
 * The request for this act that the caches have not heard of, if there is one. It has the name that would come next,
 * and may hold somebody's Deny: so an approval from elsewhere is not used before it was looked for.
 */
export async function unseenRequests(
  agent: string,
  intentSha256: string,
  facts: Facts,
  ports: Ports,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const taken = takenNames(agent, intentSha256, facts, ports)
  for (let number = 0; number < MAX_NUMBERS; number++) {
    const name = nameOf(agent, intentSha256, number)
    if (!taken.has(name)) return (await ports.reader.approvalRequest(name, signal)) === null ? [] : [name]
  }
  return []
}

const isFlooded = (namespaces: readonly string[], namespace: string): boolean =>
  namespaces.length >= MAX_OPEN_REQUESTS ||
  namespaces.filter((other) => other === namespace).length >= MAX_OPEN_IN_NAMESPACE

/** All numbers for one act are taken by requests that are over. */
export class NoRequestName extends Error {
  override readonly name = 'NoRequestName'
  readonly code = 'NoRequestName'
  constructor(intentSha256: string) {
    super(`no free name for a request of act ${intentSha256}: retention has not removed the old ones`)
  }
}

/**
 * The same act gets the same name on every replica, so that two of them file one request. Base 32 without 0, 1, 8 and
 * 9.
 */
function nameOf(agent: string, intentSha256: string, number: number): string {
  const digest = sha256(canonical([agent, intentSha256, number]))
  return `ar-${Array.from(digest.subarray(0, 8), (byte) => 'abcdefghijklmnopqrstuvwxyz234567'[byte & 31]).join('')}`
}

function specOf(request: Request, decision: Deny, facts: Facts, background: Background): ApprovalRequest['spec'] {
  const { agent, act, intentSha256 } = decision
  if (act === null) throw new TypeError('a request is filed for an act')
  const isProtected = touchesProtected(facts, request)
  return {
    cluster: facts.cluster,
    agent: agent.name,
    acts: [plain({ ...act, intentSha256 })],
    ordered: false,
    review: reviewOf(request, decision, facts, background),
    required: { count: isProtected ? agent.requiredProtected : agent.required, roles: agent.roles },
    expiresAt: wholeSeconds(new Date(facts.now.getTime() + agent.requestTtlSeconds * 1000)),
    decisions: [],
  }
}

/** The act as it is stored: its markers become ordinary objects. */
const plain = (act: SignedAct): SignedAct => JSON.parse(canonical(act)) as SignedAct

/** What the person is shown, and signs by its digest. Text that the agent wrote is quoted. */
function reviewOf(
  request: Request,
  decision: Deny,
  facts: Facts,
  { impact, claims, job }: Background,
): ApprovalRequest['spec']['review'] {
  const { classification, act } = decision
  const pod = request.user.extra.get('authentication.kubernetes.io/pod-name')?.[0]
  const isRecommendation = decision.filing === 'recommend'
  return {
    class: classification.class,
    findings: classification.findings
      .slice(0, 16)
      .map((finding) => ({ ...finding, what: finding.what.slice(0, 1000) })),
    requester: {
      username: request.user.username,
      ...(request.user.uid === '' ? {} : { uid: request.user.uid }),
      ...(pod === undefined ? {} : { pod }),
      ...(job === '' ? {} : { job: job.slice(0, 1024) }),
    },
    claims,
    // Names of requests recur; a review never does, so an old signature fits no new request.
    filedAt: facts.now.toISOString(),
    summary: `${isRecommendation ? 'recommended: ' : ''}${what(request)}`.slice(0, 1000),
    change: (act?.change ?? []).slice(0, 50).map(lineOf),
    impact,
  }
}

/** One changed path in words, cut at 500 characters. */
const lineOf = ({ path, from, to }: Change): string => {
  const side = (value: Json | undefined): string =>
    value === undefined ? '(none)' : quote(canonical(value)).slice(1, -1)
  return `${quote(path === '' ? '/' : path).slice(1, -1)}: ${side(from)} -> ${side(to)}`.slice(0, 500)
}

/** RFC 3339 in UTC with whole seconds, as statements have it. */
export const wholeSeconds = (date: Date): string => `${date.toISOString().slice(0, 19)}Z`

/** The record that a pre-approval's uses stand in, made at its first use. */
export const recordOfPreApproval = (request: Request, spend: Spend): ApprovalRequest => ({
  apiVersion: API_VERSION,
  kind: 'ApprovalRequest',
  metadata: { name: spend.name },
  spec: {
    cluster: spend.statement.cluster,
    agent: spend.statement.agent,
    acts: spend.statement.acts.map(plain),
    ordered: spend.statement.ordered,
    review: {
      class: 'Change',
      findings: [],
      requester: { username: request.user.username },
      claims: {},
      summary: `pre-approved by ${spend.approvers.join(', ')}: ${what(request)}`.slice(0, 1000),
      change: [],
      impact: {},
    },
    required: { count: 1, roles: [] },
    expiresAt: spend.statement.notAfter,
    decisions: [],
  },
})
