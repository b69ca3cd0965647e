import type { GovernedAgent } from '../api/objects.ts'
import { AGENTS_LABEL, PHASES } from '../api/names.ts'
import type { Facts } from './facts.ts'
import { isProtected } from './protection.ts'
import type { User } from './request.ts'

export type Phase = (typeof PHASES)[number]
type Spec = GovernedAgent['spec']
export type Scope = NonNullable<Spec['scope']>[number]
export type Owned = NonNullable<Spec['owns']>[number]

/** What holds for the one who asks: all GovernedAgents that name them, taken together at their strictest. */
export interface Agent {
  /**
   * Of the GovernedAgent that decides the phase; '' for a ServiceAccount that only its Namespace's label makes an
   * agent.
   */
  readonly name: string
  readonly phase: Phase
  /** Why everything is refused, or null. */
  readonly suspended: string | null
  readonly isAudit: boolean
  /** One list a GovernedAgent: a request must be in scope of each. */
  readonly scopes: readonly (readonly Scope[])[]
  readonly owns: readonly Owned[]
  readonly required: number
  readonly requiredProtected: number
  readonly roles: readonly string[]
  readonly requestTtlSeconds: number
  readonly approvalTtlSeconds: number
  readonly preApprovalTtlSeconds: number
  /** Namespace of the agent's ServiceAccount unless it is protected; '' when there is none. */
  readonly homeNamespace: string
}

const SERVICE_ACCOUNT = 'system:serviceaccount:'
const SERVICE_ACCOUNTS = 'system:serviceaccounts:'

/** `{ namespace, name }` of a ServiceAccount's username, or null for any other user. */
export function serviceAccountOf(username: string): { readonly namespace: string; readonly name: string } | null {
  if (!username.startsWith(SERVICE_ACCOUNT)) return null
  const [namespace, name, ...rest] = username.slice(SERVICE_ACCOUNT.length).split(':')
  return namespace === undefined || name === undefined || rest.length > 0 ? null : { namespace, name }
}

/** Does this GovernedAgent name the user, as exactly as RBAC would? */
export const names = (agent: GovernedAgent, user: Pick<User, 'username' | 'groups'>): boolean =>
  agent.spec.subjects.some((subject) => {
    switch (subject.kind) {
      case 'ServiceAccount':
        return user.username === `${SERVICE_ACCOUNT}${subject.namespace ?? ''}:${subject.name}`
      case 'User':
        return user.username === subject.name
      case 'Group':
        return user.groups.includes(subject.name)
    }
  })

/** Is this ServiceAccount an agent: named by a GovernedAgent, or in a Namespace labelled as holding agents? */
export const isAgentAccount = (facts: Facts, namespace: string, name: string): boolean =>
  isNamedAccount(facts, namespace, name) || holdsAgents(facts, namespace)

/** Does a GovernedAgent name this ServiceAccount, itself or by a group that every one of its Namespace is in? */
export function isNamedAccount(facts: Facts, namespace: string, name: string): boolean {
  const groups = ['system:serviceaccounts', `${SERVICE_ACCOUNTS}${namespace}`, 'system:authenticated']
  const user = { username: `${SERVICE_ACCOUNT}${namespace}:${name}`, groups }
  return facts.agents.some((agent) => names(agent, user))
}

/**
 * Is a ServiceAccount of this Namespace an agent, whatever its name? Never one of Kubernetes' own or of obstat's: a
 * label there would hold up controllers.
 */
export const holdsAgents = (facts: Facts, namespace: string): boolean =>
  namespace !== facts.ownNamespace &&
  !namespace.startsWith('kube-') &&
  facts.namespaces.get(namespace)?.get(AGENTS_LABEL) === 'true'

/** Does any agent live in this Namespace? */
export const hasAgents = (facts: Facts, namespace: string): boolean =>
  holdsAgents(facts, namespace) ||
  facts.agents.some((agent) =>
    agent.spec.subjects.some(
      (s) =>
        (s.kind === 'ServiceAccount' && s.namespace === namespace) ||
        (s.kind === 'Group' && s.name === `${SERVICE_ACCOUNTS}${namespace}`),
    ),
  )

/**
 * The agent behind a request. Several GovernedAgents on one subject: the lowest phase, every scope, any suspension, the
 * most signatures. None: phase Shadow with no scope, which refuses whatever is not Observe.
 */
export function agentOf(facts: Facts, user: User): Agent {
  if (latest !== null && latest.user === user && isSameFor(facts, latest.facts)) return latest.agent
  const mine = facts.agents.filter((agent) => names(agent, user))
  const agent = together(mine, homeOf(facts, user))
  latest = {
    user,
    facts: { agents: facts.agents, namespaces: facts.namespaces, ownNamespace: facts.ownNamespace },
    agent,
  }
  return agent
}

type Known = Pick<Facts, 'agents' | 'namespaces' | 'ownNamespace'>

/** Many rules ask for the agent of one request; the answer follows from these facts and the user alone. */
let latest: { readonly user: User; readonly facts: Known; readonly agent: Agent } | null = null

const isSameFor = (a: Known, b: Known): boolean =>
  a.agents === b.agents && a.namespaces === b.namespaces && a.ownNamespace === b.ownNamespace

/** The agent of one name, as an approval is judged when nobody is asking. Unknown is phase Shadow. */
export const agentNamed = (facts: Facts, name: string): Agent =>
  together(
    facts.agents.filter((agent) => agent.metadata.name === name),
    '',
  )

function together(mine: readonly GovernedAgent[], homeNamespace: string): Agent {
  const lowest = [...mine].sort((a, b) => rank(a) - rank(b))[0]
  const suspended = mine.find((agent) => agent.spec.suspended === true)
  const approvals = mine.map((agent) => agent.spec.approval ?? {})
  const most = (values: readonly (number | undefined)[], otherwise: number): number =>
    Math.max(...values.map((value) => value ?? otherwise), mine.length === 0 ? otherwise : 0)
  const least = (values: readonly (number | undefined)[], otherwise: number): number =>
    Math.min(...values.map((value) => value ?? otherwise), mine.length === 0 ? otherwise : Infinity)
  const required = most(
    approvals.map((a) => a.required),
    1,
  )
  return {
    name: lowest?.metadata.name ?? '',
    phase: lowest?.spec.trustPhase ?? 'Shadow',
    suspended: suspended === undefined ? null : (suspended.spec.suspendedReason ?? 'no reason given'),
    isAudit: mine.length > 0 && mine.every((agent) => agent.spec.enforcement === 'Audit'),
    scopes: mine.length === 0 ? [[]] : mine.map((agent) => agent.spec.scope ?? []),
    owns: mine.length === 1 ? (lowest?.spec.owns ?? []) : [],
    required,
    requiredProtected: Math.max(
      required,
      most(
        approvals.map((a) => a.requiredProtected),
        1,
      ),
    ),
    roles: [...new Set(approvals.flatMap((a) => a.roles ?? []))].sort(),
    requestTtlSeconds: least(
      approvals.map((a) => a.requestTtlSeconds),
      3600,
    ),
    approvalTtlSeconds: least(
      approvals.map((a) => a.approvalTtlSeconds),
      900,
    ),
    preApprovalTtlSeconds: least(
      approvals.map((a) => a.preApprovalTtlSeconds),
      86_400,
    ),
    homeNamespace,
  }
}

const rank = (agent: GovernedAgent): number => PHASES.indexOf(agent.spec.trustPhase)

function homeOf(facts: Facts, user: User): string {
  const account = serviceAccountOf(user.username)
  return account === null || isProtected(facts, account.namespace) ? '' : account.namespace
}

/**
 * Is this resource one that the agent is the operator of (`owns[]`)? `resource` may name a subresource as
 * `widgets/status`.
 */
export const owns = (agent: Agent, group: string, resource: string): Owned | undefined =>
  agent.owns.find(
    (owned) =>
      (owned.apiGroups.includes('*') || owned.apiGroups.includes(group)) &&
      (owned.resources.includes('*') || owned.resources.includes('*/*') || owned.resources.includes(resource)),
  )
