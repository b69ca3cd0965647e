import { what } from '../admission/encode.ts'
import { holdsAgents, names, serviceAccountOf } from '../policy/agents.ts'
import type { Decision } from '../policy/decision.ts'
import type { Intent } from '../policy/decide.ts'
import { decide } from '../policy/decide.ts'
import type { Facts } from '../policy/facts.ts'
import { harmless } from '../policy/harmless/index.ts'
import { isClusterScoped } from '../policy/protection.ts'
import type { Request } from '../policy/request.ts'
import { rules } from '../policy/rules/index.ts'
import { actOf, intentSha256 } from '../signing/act.ts'
import { signedBy } from './approvals.ts'
import type { Expect, Verdict } from './case.ts'
import { factsOf } from './facts.ts'
import type { Test } from './load.ts'

/** What the webhook judges by. */
export const catalogue = { rules, harmless }

/** What came out, in the words of `expect`. */
export interface Got {
  readonly verdict: Verdict
  readonly reason: string
  readonly class: string
  readonly findings: readonly string[]
  readonly harmless: string
}

export interface Difference {
  readonly field: keyof Expect
  readonly expected: string
  readonly got: string
}

export interface Outcome {
  readonly test: Test
  readonly got: Got
  /** What is not as expected; [] when the case passes. */
  readonly differences: readonly Difference[]
  /** Why it came out so, one clause each. */
  readonly why: readonly string[]
}

/** The webhook's decision on a request with these facts, once the Approvers of these names have signed its act. */
export function decisionOf(request: Request, facts: Facts, approvedBy: readonly string[] = []): Decision {
  const act = actOf({ ...request, parent: null, parentUid: '' })
  const intent: Intent = { act, intentSha256: intentSha256(act), parent: null }
  return decide(request, signedBy(approvedBy, request, act, facts), catalogue, intent)
}

/** Judges one case as the webhook would, and says where that is not what was expected. */
export function run(test: Test): Outcome {
  const facts = factsOf(test.request, test.facts, catalogue)
  const decision = isAgent(test.request, facts) ? decisionOf(test.request, facts, test.facts.approvedBy) : null
  const got = gotOf(decision)
  return { test, got, differences: differencesOf(test.expect, got), why: reasonsOf(test.request, facts, decision) }
}

/** Would the API server ask obstat about this user's requests? */
const isAgent = ({ user }: Request, facts: Facts): boolean => {
  const account = serviceAccountOf(user.username)
  return facts.agents.some((agent) => names(agent, user)) || (account !== null && holdsAgents(facts, account.namespace))
}

const gotOf = (decision: Decision | null): Got =>
  decision === null
    ? { verdict: 'NotJudged', reason: '', class: '', findings: [], harmless: '' }
    : {
        verdict: decision.verdict,
        reason: decision.reason,
        class: decision.classification.class,
        findings: decision.classification.findings.map(({ rule }) => rule),
        harmless: decision.classification.harmless,
      }

const FIELDS = ['verdict', 'reason', 'class', 'findings', 'harmless'] as const

const differencesOf = (expect: Expect, got: Got): readonly Difference[] =>
  FIELDS.flatMap((key) => {
    const [expected, seen] = [shown(expect[key]), shown(got[key])]
    return expected === undefined || expected === seen ? [] : [{ field: key, expected, got: seen ?? '' }]
  })

function shown(value: string | readonly string[] | undefined): string | undefined {
  if (value === undefined) return undefined
  return typeof value === 'string' ? value || '""' : `[${value.join(', ')}]`
}

function reasonsOf(request: Request, facts: Facts, decision: Decision | null): readonly string[] {
  const { username } = request.user
  if (decision === null) return [`no GovernedAgent names ${username}`]
  const { classification, agent } = decision
  const detail = decision.verdict === 'Deny' ? [decision.detail] : []
  return [
    `${what(request)} is ${classification.class}`,
    ...classification.findings.map((finding) => `${finding.rule}: ${finding.what}`),
    ...detail,
    ...(agent.name === '' ? [`${username} is an agent by the label of its Namespace alone: phase Shadow`] : []),
    ...(isClusterScoped(request) || facts.namespaces.has(request.namespace)
      ? []
      : [`no Namespace ${JSON.stringify(request.namespace)} among the objects: it counts as protected`]),
  ]
}
