import type { DenyReason } from '../../api/names.ts'
import type { ApprovalRequest } from '../../api/objects.ts'
import type { Act } from '../../signing/act.ts'
import { preApprovalName } from '../../signing/statement.ts'
import type { Agent } from '../agents.ts'
import type { Class } from '../class.ts'
import type { Facts } from '../facts.ts'
import type { Request } from '../request.ts'
import type { Bench, Bound, Refused } from './bind.ts'
import { quote } from '../rule.ts'
import { benchOf, bind, grownImpact } from './bind.ts'
import type { Carried } from './carriers.ts'
import { coversAct, firstDifference } from './covers.ts'
import type { Required } from './tally.ts'
import { absentRoles, peopleOf, strictest } from './tally.ts'
import type { UseFacts } from './uses.ts'
import { isSameUse } from './uses.ts'

/** The request that turns on an approval, and what its act is. */
export interface Case {
  readonly request: Request
  readonly facts: Facts
  readonly agent: Agent
  readonly worst: Class
  readonly act: Act
  readonly intentSha256: string
  readonly useFacts: UseFacts
  /** How many people, and which roles, the agent and the namespace ask for now. */
  readonly required: Required
}

/** The use that must be on record before the answer is sent. */
export interface Spend {
  /** Name of the ApprovalRequest that holds the uses; of a pre-approval the `ap-` name. */
  readonly name: string
  /** As read live; null for a pre-approval that has no record yet. */
  readonly record: ApprovalRequest | null
  readonly statement: Bound['statement']
  /** Index of the act among the statement's, from 0. */
  readonly act: number
  readonly useFacts: UseFacts
  /** True when this review belongs to a use that stands on record already. */
  readonly isRecorded: boolean
  readonly approvers: readonly string[]
}

export type Outcome =
  | { readonly kind: 'approved'; readonly spend: Spend }
  | { readonly kind: 'refused'; readonly reason: DenyReason; readonly detail: string }

/** APPROVALS section 6: among carriers and envelopes the most telling reason wins, in this order. */
const TELLING: readonly DenyReason[] = [
  'ApprovalDenied',
  'ApprovalUsed',
  'ApprovalExpired',
  'ApprovalMismatch',
  'ApproverNotEntitled',
  'SignatureInvalid',
  'ApprovalPending',
  'ApprovalRequired',
]

/** Who, and why: the agent is told, and so is everybody who reads its transcript. */
const saidNo = ({ approver, statement }: Bound): string =>
  `${approver.metadata.name} said no${statement.reason === '' ? '' : `: ${quote(statement.reason)}`}`

/** Every carrier is tried and one good approval is enough; an entitled Deny ends it, whatever else was signed. */
export function evaluate(it: Case, carriers: readonly Carried[]): Outcome {
  const bench = benchOf(it.facts, it.agent, [it.request.user.username], it.worst)
  const results = carriers.map((carrier) => judge(it, bench, carrier))
  const bound = results.flatMap((result) => (result.kind === 'bound' ? [result] : []))
  const refusals: Refused[] = results.flatMap((result) => (result.kind === 'refused' ? [result] : []))
  const denied = bound.find((one) => one.statement.decision === 'Deny')
  if (denied !== undefined) return { kind: 'refused', reason: 'ApprovalDenied', detail: saidNo(denied) }
  for (const group of groupsOf(bound)) {
    const outcome = spendable(it, group)
    if (outcome.kind === 'approved') return outcome
    refusals.push({ ...outcome, kind: 'refused' })
  }
  const [told] = refusals.sort((a, b) => TELLING.indexOf(a.reason) - TELLING.indexOf(b.reason))
  return told === undefined ? unsigned(it) : { kind: 'refused', reason: told.reason, detail: told.detail }
}

const unsigned = (it: Case): Outcome =>
  openRequest(it.facts, it.agent.name, it.intentSha256) === undefined
    ? { kind: 'refused', reason: 'ApprovalRequired', detail: 'no approval yet' }
    : { kind: 'refused', reason: 'ApprovalPending', detail: 'waiting for a signature' }

type Judged = Bound | Refused | { readonly kind: 'elsewhere' }

/** One envelope: whose it is, whether it binds to what is asked, and whether it is about this act. */
function judge(it: Case, bench: Bench, carrier: Carried): Judged {
  const result = bind(bench, carrier)
  if (result.kind === 'refused') return result
  const { statement } = result
  if (statement.acts.some((signed) => coversAct(signed, it.intentSha256))) return result
  // An ApprovalRequest was read because it names this act; an annotation lies on the object for any reason.
  if (statement.decision === 'Deny') return { kind: 'elsewhere' }
  const detail = `signed for another act: differs at ${firstDifference(statement.acts[0], it.act)}`
  return { kind: 'refused', reason: 'ApprovalMismatch', detail }
}

interface Group {
  readonly name: string
  readonly record: ApprovalRequest | null
  readonly members: readonly Bound[]
}

/** Envelopes of one request, or of one pre-approval, are one approval, whichever carrier brought them. */
function groupsOf(bound: readonly Bound[]): readonly Group[] {
  const groups = new Map<string, Group>()
  for (const one of bound) {
    const name = one.statement.request === '' ? preApprovalName(one.statement) : one.statement.request
    const before = groups.get(name)
    groups.set(name, { name, record: one.record, members: [...(before?.members ?? []), one] })
  }
  return [...groups.values()]
}

function spendable(it: Case, group: Group): Outcome {
  const missing = missingSignatures(it, group)
  if (missing !== '') return { kind: 'refused', reason: 'ApprovalPending', detail: missing }
  const [first] = group.members
  if (first === undefined) return { kind: 'refused', reason: 'ApprovalRequired', detail: 'no approval yet' }
  const record = group.record ?? recordOf(it.facts, group.name)
  const uses = record?.status?.uses ?? []
  const indices = first.statement.acts.flatMap((act, index) => (coversAct(act, it.intentSha256) ? [index] : []))
  const repeated = uses.find(
    (use) => indices.includes(use.act) && isSameUse(use, it.act, it.request, it.useFacts, it.facts.now),
  )
  const free = repeated?.act ?? indices.find((index) => !uses.some((use) => use.act === index))
  if (free === undefined)
    return {
      kind: 'refused',
      reason: 'ApprovalUsed',
      detail: `${group.name} was used at ${uses.at(-1)?.at ?? 'an unknown time'}`,
    }
  const earlier = first.statement.ordered ? firstUnused(free, uses) : -1
  if (earlier >= 0)
    return { kind: 'refused', reason: 'ApprovalMismatch', detail: `act ${earlier} of ${group.name} comes first` }
  return {
    kind: 'approved',
    spend: {
      name: group.name,
      record,
      statement: first.statement,
      act: free,
      useFacts: it.useFacts,
      isRecorded: repeated !== undefined,
      approvers: [...new Set(group.members.map((one) => one.approver.metadata.name))],
    },
  }
}

const firstUnused = (before: number, uses: readonly { readonly act: number }[]): number =>
  Array.from({ length: before }, (_, index) => index).find((index) => !uses.some((use) => use.act === index)) ?? -1

/** What is still missing, or ''. */
function missingSignatures(it: Case, group: Group): string {
  const required = strictest(it.required, group.record?.spec.required)
  const people = peopleOf(group.members)
  if (people.length < required.count) return `${people.length} of ${required.count} people have signed ${group.name}`
  const absent = absentRoles(people, required)
  return absent.length === 0 ? '' : `nobody of role ${absent.join(', ')} has signed ${group.name}`
}

export const recordOf = (facts: Facts, name: string): ApprovalRequest | null =>
  facts.approvalRequests.find((one) => one.metadata.name === name) ?? null

/**
 * The request in which this act can still be approved: not expired, not used up, and its card still tells the worst.
 */
export const openRequest = (facts: Facts, agent: string, intentSha256: string): ApprovalRequest | undefined =>
  facts.approvalRequests.find((request) => {
    const { spec, status } = request
    return (
      spec.agent === agent &&
      spec.acts.some((act) => act.intentSha256 === intentSha256) &&
      Date.parse(spec.expiresAt) > facts.now.getTime() &&
      (status?.uses ?? []).length < spec.acts.length &&
      grownImpact(facts, request) === ''
    )
  })
