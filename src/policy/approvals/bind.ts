import type { DenyReason } from '../../api/names.ts'
import type { ApprovalRequest, Approver } from '../../api/objects.ts'
import { canonical, sha256Hex } from '../../signing/canonical.ts'
import { identityOf } from '../../signing/keys.ts'
import type { Keyring, Signer } from '../../signing/open.ts'
import { MAX_VERIFICATIONS, openWithKeyring, readKeyring } from '../../signing/open.ts'
import type { Statement } from '../../signing/statement.ts'
import { asksPresence, provesPresence } from '../action-policy.ts'
import type { Agent } from '../agents.ts'
import { names } from '../agents.ts'
import type { Class } from '../class.ts'
import type { Facts } from '../facts.ts'
import { worseThan } from '../impact/impact.ts'
import type { Carried } from './carriers.ts'
import { sameJson } from './covers.ts'

/** An envelope that verified, belongs to its request and comes from somebody who may decide. */
export interface Bound {
  readonly kind: 'bound'
  readonly statement: Statement
  readonly approver: Approver
  /** What makes two Approvers one person: identities of their keys, and usernames. */
  readonly marks: readonly string[]
  /** The ApprovalRequest that the statement belongs to; null for a pre-approval. */
  readonly record: ApprovalRequest | null
}

export interface Refused {
  readonly kind: 'refused'
  readonly reason: DenyReason
  readonly detail: string
}

/** A clock of a signer may run ahead by this much (APPROVALS section 3). */
const MAX_FUTURE_MS = 60_000

/** What envelopes are judged by: the same for all of one review. */
export interface Bench {
  readonly facts: Facts
  readonly agent: Agent
  /** Usernames that asked for the act: they may not approve it. */
  readonly askers: readonly string[]
  /** Class of the act that is asked for, beside that of its request; null where nobody asks. */
  readonly worst: Class | null
  readonly keyring: Keyring
  /** Verifications that are left to this review. */
  left: number
}

export const benchOf = (facts: Facts, agent: Agent, askers: readonly string[], worst: Class | null): Bench => ({
  facts,
  agent,
  askers,
  worst,
  keyring: readKeyring(facts.approvers.map((one) => ({ approver: one.metadata.name, keys: one.spec.keys }))),
  left: MAX_VERIFICATIONS,
})

/** Verify first, parse after, then: the right cluster, agent and request, in time, by somebody entitled. */
export function bind(bench: Bench, carrier: Carried): Bound | Refused {
  const { facts, agent } = bench
  const refused = (reason: DenyReason, detail: string): Refused => ({
    kind: 'refused',
    reason,
    detail: `${carrier.where}: ${detail}`,
  })
  if (carrier.unreadable !== '') return refused('SignatureInvalid', carrier.unreadable)
  const opened = openWithKeyring(carrier.envelope, bench.keyring, bench.left)
  bench.left -= opened.verifications
  if (!opened.ok) return refused(opened.check === 'Digest' ? 'ApprovalMismatch' : 'SignatureInvalid', opened.message)
  const { statement } = opened
  const record = recordOf(facts, statement.request)
  const mismatch = mismatchOf(facts, agent, carrier, statement, record)
  if (mismatch !== '') return refused('ApprovalMismatch', mismatch)
  if (Date.parse(statement.issuedAt) > facts.now.getTime() + MAX_FUTURE_MS)
    return refused('SignatureInvalid', 'issuedAt is in the future')
  const late = lateness(facts.now, agent, statement, record ?? null)
  if (late !== '') return refused(statement.decision === 'Deny' ? 'ApprovalRequired' : 'ApprovalExpired', late)
  const entitled = entitledApprover(bench, record ?? null, statement, opened.signers)
  if (typeof entitled === 'string') return refused('ApproverNotEntitled', `${statement.approver} ${entitled}`)
  return { kind: 'bound', statement, record: record ?? null, ...entitled }
}

/** null for a pre-approval, which names no request; undefined when the request is gone. */
const recordOf = (facts: Facts, request: string): ApprovalRequest | null | undefined =>
  request === '' ? null : facts.approvalRequests.find((one) => one.metadata.name === request)

/** The first thing that ties the statement to something else, or ''. `record` is undefined when its request is gone. */
function mismatchOf(
  facts: Facts,
  agent: Agent,
  carrier: Carried,
  statement: Statement,
  record: ApprovalRequest | null | undefined,
): string {
  if (statement.cluster !== facts.cluster) return 'signed for another cluster'
  if (statement.agent !== agent.name) return 'signed for another agent'
  if (carrier.request !== '' && statement.request !== carrier.request) return 'signed for another request'
  if (record === undefined) return `there is no request ${statement.request}`
  if (record === null) return statement.reviewSha256 === '' ? '' : 'a pre-approval has no review'
  const { spec } = record
  if (spec.cluster !== statement.cluster || spec.agent !== statement.agent) return `differs from ${statement.request}`
  if (!sameJson(spec.acts, statement.acts) || spec.ordered !== statement.ordered)
    return `its acts are not those of ${statement.request}`
  if (sha256Hex(canonical(spec.review)) !== statement.reviewSha256)
    return 'the person was shown something else (reviewSha256)'
  const more = statement.decision === 'Approve' ? grownImpact(facts, record) : ''
  return more === '' ? '' : `more would be lost than the person was shown: ${more}`
}

/**
 * What an act takes with it now beyond what the card of this request shows, or ''. Not asked where nobody has read it,
 * nor of another act: an approval may be carried to its object by a write of its own.
 */
export const grownImpact = ({ binding }: Pick<Facts, 'binding'>, { spec }: ApprovalRequest): string =>
  binding === undefined || !spec.acts.some((act) => act.intentSha256 === binding.intentSha256)
    ? ''
    : worseThan(spec.review.impact, binding.now)

/**
 * Why the statement is out of its time, or ''. A Deny holds until its request expires; one without a request until its
 * notAfter.
 */
function lateness(now: Date, agent: Agent, statement: Statement, record: ApprovalRequest | null): string {
  const at = now.getTime()
  if (statement.decision === 'Deny')
    return at < Date.parse(record === null ? statement.notAfter : record.spec.expiresAt) ? '' : 'a refusal that is over'
  const issued = Date.parse(statement.issuedAt)
  const notAfter = Date.parse(statement.notAfter)
  if (at >= notAfter) return `past notAfter ${statement.notAfter}`
  if (at < Date.parse(statement.notBefore)) return `before notBefore ${statement.notBefore}`
  if (record !== null && issued >= Date.parse(record.spec.expiresAt))
    return `signed after ${record.metadata.name} expired`
  const ttlSeconds = record === null ? agent.preApprovalTtlSeconds : agent.approvalTtlSeconds
  return notAfter - issued > ttlSeconds * 1000 ? `valid for longer than ${ttlSeconds} s` : ''
}

type Entitled = Pick<Bound, 'approver' | 'marks'>

/** The Approver that the statement names, if one of their keys signed and they may sign this; or why not. */
function entitledApprover(
  bench: Bench,
  record: ApprovalRequest | null,
  statement: Statement,
  signers: readonly Signer[],
): Entitled | string {
  const { facts, agent } = bench
  const mine = signers.filter((signer) => signer.approver === statement.approver)
  if (mine.length === 0) return `signed by a key of ${signers.map((signer) => signer.approver).join(', ')}`
  const approver = facts.approvers.find((one) => one.metadata.name === statement.approver)
  if (approver === undefined) return 'no such Approver'
  const valid = mine.filter((signer) => isValidKey(signer.key, Date.parse(statement.issuedAt), facts.now.getTime()))
  if (valid.length === 0) return 'the key is revoked, expired or not valid yet'
  if (mustProvePresence(bench, record, statement) && !valid.some(({ key }) => provesPresence(key.type)))
    return 'needs a key that proves presence: a security key (sk-*) or a passkey (webauthn)'
  const { spec } = approver
  const roles = [...new Set(agent.roles)]
  if (roles.length > 0 && !roles.some((role) => spec.roles?.includes(role)))
    return `has none of the roles ${roles.join(', ')}`
  const outside = statement.acts.find((act) => spec.namespaces !== undefined && !covers(spec.namespaces, act.namespace))
  if (outside !== undefined) return `may not sign for namespace "${outside.namespace}"`
  const requester = record?.spec.review.requester.username
  const askers = [...bench.askers, ...(requester === undefined ? [] : [requester])]
  const usernames = spec.usernames ?? []
  if (usernames.some((name) => askers.includes(name))) return 'is the one who asked'
  if (usernames.some((name) => isAgentUser(facts, agent, name))) return 'is the agent'
  return { approver, marks: marksOf(approver) }
}

/** By the class at filing or by the one now, whichever asks it. A refusal never has to be proved so. */
function mustProvePresence(bench: Bench, record: ApprovalRequest | null, { decision, acts }: Statement): boolean {
  const namespaces = acts.map((act) => act.namespace)
  return (
    decision === 'Approve' &&
    [bench.worst, record?.spec.review.class ?? null].some((worst) =>
      asksPresence(bench.facts.policy, worst, namespaces),
    )
  )
}

const covers = (namespaces: readonly string[], namespace: string): boolean =>
  namespaces.includes('*') || namespaces.includes(namespace)

const isAgentUser = (facts: Facts, agent: Agent, username: string): boolean =>
  facts.agents.some((one) => one.metadata.name === agent.name && names(one, { username, groups: [] }))

/** Valid at signing and at use; revoked at use counts for nothing, whenever it signed. */
export function isValidKey(key: Signer['key'], issuedMs: number, nowMs: number): boolean {
  const from = key.notBefore === undefined ? -Infinity : Date.parse(key.notBefore)
  const until = key.notAfter === undefined ? Infinity : Date.parse(key.notAfter)
  const revoked = key.revokedAt === undefined ? Infinity : Date.parse(key.revokedAt)
  return [issuedMs, nowMs].every((at) => at >= from && at < until) && nowMs < revoked
}

/** Every key and username of the Approver: another Approver that shares one of them is the same person. */
const marksOf = ({ spec }: Approver): readonly string[] => [
  ...spec.keys.map((key) => `key ${identityOf(key)}`),
  ...(spec.usernames ?? []).map((name) => `user ${name}`),
]
