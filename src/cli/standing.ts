import type { ApprovalRequest, Approver, GovernedAgent } from '../api/objects.ts'
import { agentNamed } from '../policy/agents.ts'
import type { Bound, Refused } from '../policy/approvals/bind.ts'
import { benchOf, bind } from '../policy/approvals/bind.ts'
import type { Facts } from '../policy/facts.ts'
import { Live } from '../policy/read.ts'
import { agentsOf, approversOf } from './objects.ts'
import type { Cluster } from './ports.ts'

/** What became of a request so far. */
export const STATES = ['Pending', 'Approved', 'Denied', 'Expired', 'Used'] as const
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
}

/** What standings are judged by, read once for all requests. */
export interface People {
  readonly approvers: readonly Approver[]
  readonly agents: readonly GovernedAgent[]
}

export const readPeople = async (cluster: Cluster): Promise<People> => {
  const [approvers, agents] = await Promise.all([approversOf(cluster), agentsOf(cluster)])
  return { approvers, agents }
}

/** Where a request stands, by its signatures themselves: nothing in its status is believed but the uses. */
export function standingOf(request: ApprovalRequest, people: People, now: Date): Standing {
  const facts = factsOf(request, people, now)
  const agent = agentNamed(facts, request.spec.agent)
  const name = request.metadata.name
  const bench = benchOf(facts, agent, [request.spec.review.requester.username])
  const decisions = request.spec.decisions.map(({ envelope }) =>
    bind(bench, { request: name, where: name, envelope, unreadable: '' }),
  )
  const bound = decisions.filter((decision) => decision.kind === 'bound')
  const approving = peopleIn(bound.filter(({ statement }) => statement.decision === 'Approve'))
  const held = new Set(approving.flatMap(({ approver }) => approver.spec.roles ?? []))
  const count = Math.max(request.spec.required.count, agent.required)
  const missingRoles = [...new Set([...request.spec.required.roles, ...agent.roles])].filter((role) => !held.has(role))
  const isDenied = bound.some(({ statement }) => statement.decision === 'Deny')
  const isSigned = approving.length >= count && missingRoles.length === 0
  return {
    state: stateOf(request, now, isDenied, isSigned),
    decisions,
    signed: approving.map(({ approver }) => approver.metadata.name),
    missingRoles,
    count,
  }
}

function stateOf(request: ApprovalRequest, now: Date, isDenied: boolean, isSigned: boolean): State {
  const uses = new Set(request.status?.uses?.map(({ act }) => act))
  if (uses.size >= request.spec.acts.length) return 'Used'
  if (isDenied) return 'Denied'
  if (isSigned) return 'Approved'
  return Date.parse(request.spec.expiresAt) <= now.getTime() ? 'Expired' : 'Pending'
}

/** One of each person: Approvers that share a key or a username are the same. */
const peopleIn = (bound: readonly Bound[]): readonly Bound[] =>
  bound.reduce<readonly Bound[]>(
    (people, one) =>
      people.some(({ marks }) => marks.some((mark) => one.marks.includes(mark))) ? people : [...people, one],
    [],
  )

const factsOf = (request: ApprovalRequest, { approvers, agents }: People, now: Date): Facts => ({
  now,
  cluster: request.spec.cluster,
  ownNamespace: '',
  ageMs: 0,
  agents,
  namespaces: new Map(),
  live: new Live(new Map()),
  claimed: new Map(),
  approvers,
  approvalRequests: [request],
})
