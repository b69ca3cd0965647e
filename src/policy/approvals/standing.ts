import type { ActionPolicy, ApprovalRequest, Approver, GovernedAgent } from '../../api/objects.ts'
import { asksPresence } from '../action-policy.ts'
import type { Agent } from '../agents.ts'
import { agentNamed } from '../agents.ts'
import type { Bound, Refused } from './bind.ts'
import { benchOf, bind } from './bind.ts'
import type { Facts } from '../facts.ts'
import { Answers } from '../read.ts'
import { absentRoles, peopleOf, strictest } from './tally.ts'

/** What became of a request so far. Recommended: no signature opens it in the trust phase that its agent has now. */
export const STATES = ['Pending', 'Recommended', 'Approved', 'Denied', 'Expired', 'Used'] as const
export type State = (typeof STATES)[number]

export interface Standing {
  readonly state: State
  /** One a decision, in their order: what it is worth now. */
  readonly decisions: readonly (Bound | Refused)[]
  /** Names of the Approvers whose Approve counts. */
  readonly signed: readonly string[]
  /** Roles of which somebody has yet to sign. */
  readonly missingRoles: readonly string[]
  /** How many people must sign. */
  readonly count: number
  /** Must each of them touch a security key or a passkey? */
  readonly needsPresence: boolean
}

/** What standings are judged by, read once for all requests. */
export interface People {
  readonly approvers: readonly Approver[]
  readonly agents: readonly GovernedAgent[]
  readonly policy: ActionPolicy | null
}

/** Where a request stands, by its signatures themselves: nothing in its status is believed but the uses. */
export function standingOf(request: ApprovalRequest, known: People, now: Date): Standing {
  const facts = factsOf(request, known, now)
  const agent = agentNamed(facts, request.spec.agent)
  const name = request.metadata.name
  const bench = benchOf(facts, agent, [request.spec.review.requester.username], null)
  const decisions = request.spec.decisions.map(({ envelope }) =>
    bind(bench, { request: name, where: name, envelope, unreadable: '' }),
  )
  const bound = decisions.filter((decision) => decision.kind === 'bound')
  const people = peopleOf(bound.filter(({ statement }) => statement.decision === 'Approve'))
  const required = strictest({ count: agent.required, roles: agent.roles }, request.spec.required)
  const missingRoles = absentRoles(people, required)
  const isDenied = bound.some(({ statement }) => statement.decision === 'Deny')
  const isSigned = people.length >= required.count && missingRoles.length === 0
  const namespaces = request.spec.acts.map((act) => act.namespace)
  return {
    state: stateOf(request, now, isDenied, isSigned, agent),
    decisions,
    signed: people.map((person) => person.names.join(' and ')),
    missingRoles,
    count: required.count,
    needsPresence: asksPresence(known.policy, request.spec.review.class, namespaces),
  }
}

function stateOf(request: ApprovalRequest, now: Date, isDenied: boolean, isSigned: boolean, agent: Agent): State {
  const uses = new Set(request.status?.uses?.map(({ act }) => act))
  if (uses.size >= request.spec.acts.length) return 'Used'
  if (isDenied) return 'Denied'
  if (isSigned) return 'Approved'
  if (Date.parse(request.spec.expiresAt) <= now.getTime()) return 'Expired'
  const isKnown = agent.name !== ''
  return isKnown && NO_APPROVAL.has(agent.phase) ? 'Recommended' : 'Pending'
}

/** Phases in which an approval opens nothing. */
const NO_APPROVAL: ReadonlySet<Agent['phase']> = new Set(['Shadow', 'ReadOnlyAssist'])

const factsOf = (request: ApprovalRequest, { approvers, agents, policy }: People, now: Date): Facts => ({
  now,
  cluster: request.spec.cluster,
  ownNamespace: '',
  ageMs: 0,
  agents,
  policy,
  namespaces: new Map(),
  live: new Answers(new Map()),
  claimed: new Map(),
  approvers,
  approvalRequests: [request],
})
