import type { Json } from '../api/json.ts'
import { field, list } from '../api/json.ts'
import type { ApprovalRequest, Approver, GovernedAgent } from '../api/objects.ts'
import { envelopeJson, pae } from '../signing/envelope.ts'
import { openEnvelope } from '../signing/open.ts'
import { sshsigFromArmor } from '../signing/ssh-armor.ts'
import type { Statement } from '../signing/statement.ts'
import { buildStatement, payloadOf } from '../signing/statement.ts'
import { CLUSTER_OR_FOLDER } from './arguments.ts'
import type { Arguments } from './arguments.ts'
import { isOver, OVER } from '../review/over.ts'
import { brokenDigests, viewOf } from '../review/view.ts'
import { card } from './card.ts'
import type { ExitCode, Flags } from './command.ts'
import { EXIT, Refused, UsageError } from './command.ts'
import { findRequest, pathOf } from './objects.ts'
import type { Cluster, World } from './ports.ts'
import { statusOf } from './ports.ts'
import { printable } from './printable.ts'
import { KEY, signingCommand, signingKey } from './signing-key.ts'
import type { SigningKey } from './signing-key.ts'
import type { People } from '../policy/approvals/standing.ts'
import { standingOf } from '../policy/approvals/standing.ts'
import { readPeople } from './people.ts'

/** What SSH signatures are bound to, so that no other signature of the same key counts. */
export const SSH_NAMESPACE = 'approval@obstat.dev'

const DEFAULT_TTL_SECONDS = 900
/** A signer's clock may run ahead of the webhook's by this much. */
const SKEW_MS = 60_000
const MAX_TRIES = 5
const RETRY_MS = 1000

export const DECISION_FLAGS: Flags = {
  ...CLUSTER_OR_FOLDER,
  ...KEY,
  reason: { type: 'string', short: 'm', value: 'TEXT', help: 'why; it is part of what you sign' },
  ttl: { type: 'string', value: 'DURATION', help: 'how long it holds; default and most: what the agent allows' },
  yes: { type: 'boolean', short: 'y', help: 'do not ask; you have read the request elsewhere' },
}

/** Shows the request, signs the decision with the person's own key and appends it. */
export async function decide(kind: Statement['decision'], given: Arguments, world: World): Promise<ExitCode> {
  const cluster = world.connect(given.cluster())
  try {
    const request = await findRequest(cluster, given.operands[0] ?? '')
    const people = await readPeople(cluster)
    const key = await signingKey(given, people.approvers, world)
    const standing = standingOf(request, people, world.now())
    const answer = { approver: key.approver, decision: kind, ...answered(given) }
    ttlMsOf(request, answer, people)
    world.say(card(viewOf(request, standing, world.now()), world.hasColours.say))
    if (brokenDigests(request).length > 0) throw new Refused('a digest is not that of its act: nothing was signed')
    if (isOver(standing.state, kind)) {
      world.say(`${request.metadata.name} is ${OVER[standing.state]}: nothing was signed`)
      return standing.state === 'Expired' ? EXIT.expired : EXIT.refused
    }
    if (!(await isSure(kind, key, given, world))) return EXIT.refused
    const { envelope, keyid } = await signed(statementFor(request, answer, people, world.now()), key, world)
    await append(cluster, request, envelope, world)
    const by = nameOf({ ...key, keyid })
    world.out(`approvalrequest.obstat.dev/${request.metadata.name} ${DONE[kind]} by ${by}\n`)
    const left = outcomeOf(request, answer, people, envelope, world.now())
    if (left !== '') world.say(left)
    return EXIT.ok
  } finally {
    cluster.close()
  }
}

async function isSure(kind: Statement['decision'], key: SigningKey, given: Arguments, world: World): Promise<boolean> {
  if (given.has('yes')) return true
  const verb = kind.toLowerCase()
  const answer = await world.ask(
    `Sign this "${verb}" as ${key.approver.metadata.name} (${key.keyid === '' ? 'a command signs' : key.keyid})? Type ${verb}: `,
  )
  if (answer === null) throw new UsageError('nobody is there to ask; add --yes after reading obstat show')
  if (answer.trim().toLowerCase() === verb) return true
  world.say('nothing was signed')
  return false
}

/** What a person answers to a request. */
export interface Answer {
  readonly approver: Approver
  readonly decision: Statement['decision']
  readonly reason: string
  /** How long an approval holds; as long as the agent allows unless told. */
  readonly ttlMs?: number | undefined
}

/** What the flags say of it. */
export const answered = (given: Arguments): Pick<Answer, 'reason' | 'ttlMs'> => ({
  reason: given.text('reason') ?? '',
  ttlMs: given.durationMs('ttl'),
})

/** The statement over a request. Throws UsageError where it cannot be made. */
export function statementFor(
  request: ApprovalRequest,
  answer: Answer,
  people: Pick<People, 'agents'>,
  now: Date,
): Statement {
  const { cluster, agent, acts, ordered, review } = request.spec
  const { approver, decision, reason } = answer
  const ttlMs = ttlMsOf(request, answer, people)
  const issuedAtMs = Math.floor(now.getTime() / 1000) * 1000
  const built = buildStatement(
    { cluster, request: request.metadata.name, agent, acts, ordered, review },
    {
      decision,
      approver: approver.metadata.name,
      reason,
      issuedAtMs,
      notBeforeMs: issuedAtMs - SKEW_MS,
      notAfterMs: issuedAtMs + ttlMs,
    },
  )
  if (built.ok) return built.value
  const [first] = built.issues
  throw new UsageError(`${request.metadata.name} cannot be signed: ${first?.path ?? ''} ${first?.message ?? ''}`)
}

/** How long the decision is to hold. Throws UsageError for longer than the agent allows. */
function ttlMsOf({ spec }: ApprovalRequest, answer: Pick<Answer, 'ttlMs'>, { agents }: Pick<People, 'agents'>): number {
  const most = ttlOf(agents.find(({ metadata }) => metadata.name === spec.agent)) * 1000
  const ttlMs = answer.ttlMs ?? most
  if (ttlMs > most || ttlMs <= 0)
    throw new UsageError(`--ttl: expected at most ${most / 1000}s, which is what agent ${spec.agent} allows`)
  return ttlMs
}

const ttlOf = (agent: GovernedAgent | undefined): number =>
  agent?.spec.approval?.approvalTtlSeconds ?? DEFAULT_TTL_SECONDS

interface Signed {
  readonly envelope: Json
  /** Of the key that signed, as far as it is known. */
  readonly keyid: string
}

async function signed(statement: Statement, key: SigningKey, world: World): Promise<Signed> {
  const payload = payloadOf(statement)
  const sig = await signatureBy(key, pae(payload), world)
  const envelope = envelopeJson({ payload, signatures: [{ keyid: key.keyid, sig }] })
  checkSignature(envelope, key.approver)
  return { envelope, keyid: key.keyid === '' ? 'signed by a command' : key.keyid }
}

/** Checks as the webhook will. Throws Refused: a signature that does not verify is never sent. */
export function checkSignature(envelope: Json, { metadata, spec }: Approver): void {
  const opened = openEnvelope(envelope, [{ approver: metadata.name, keys: spec.keys }])
  if (!opened.ok)
    throw new Refused(`the signature does not verify (${opened.check}: ${opened.message}); nothing was sent`)
}

/** SSHSIG from ssh-keygen; from a command, that or the bare signature in base64, as raw keys have it. */
async function signatureBy(key: SigningKey, message: Buffer, world: World): Promise<Uint8Array> {
  const command = signingCommand(key)
  const printed =
    command === null ? await world.sshSign(key.file, SSH_NAMESPACE, message) : await world.pipe(command, message)
  const isBare = command !== null && /^[A-Za-z0-9+/\s]+={0,2}\s*$/.test(printed)
  if (isBare) return Buffer.from(printed.replaceAll(/\s/g, ''), 'base64')
  const sig = sshsigFromArmor(printed)
  if (!sig.ok) throw new Refused(command === null ? 'ssh-keygen gave no signature' : NO_SIGNATURE)
  return sig.value
}

const NO_SIGNATURE = '--key: the command printed no signature: expected base64, or an armoured SSH signature'

/** Appends the decision; a write in between is tried again, since order among decisions does not matter. */
export async function append(
  cluster: Cluster,
  request: ApprovalRequest,
  envelope: Json,
  world: Pick<World, 'pause'>,
): Promise<void> {
  const patch = [
    { op: 'test', path: '/metadata/uid', value: request.metadata.uid },
    { op: 'add', path: '/spec/decisions/-', value: { envelope } },
  ]
  const path = pathOf('ApprovalRequest', request.metadata.name)
  for (let tries = 0; ; tries++) {
    try {
      await cluster.patch(path, patch, { contentType: 'application/json-patch+json' })
      return
    } catch (cause) {
      const isLost = isUnreachable(cause)
      if ((statusOf(cause) !== 409 && !isLost) || tries >= MAX_TRIES) throw isLost ? lost(request, cause) : cause
      if (isLost && (await hasArrived(cluster, path, envelope, world))) return
    }
  }
}

/** Without an answer nobody knows whether the decision was written: it is looked for before it is sent again. */
async function hasArrived(
  cluster: Cluster,
  path: string,
  envelope: Json,
  world: Pick<World, 'pause'>,
): Promise<boolean> {
  await world.pause(RETRY_MS)
  try {
    const payload = field(envelope, 'payload')
    return list(await cluster.get(path), 'spec', 'decisions').some(
      (one) => field(one, 'envelope', 'payload') === payload,
    )
  } catch (cause) {
    if (isUnreachable(cause)) return false
    throw cause
  }
}

const isUnreachable = (cause: unknown): boolean =>
  cause instanceof Error && 'code' in cause && cause.code === 'Unreachable'

const lost = ({ metadata: { name } }: ApprovalRequest, cause: unknown): Refused =>
  new Refused(
    `the connection broke and the decision may be there or not. Look with obstat show ${name}; if nobody has signed, run this command again: signing twice counts once`,
    { cause },
  )

const DONE: Readonly<Record<Statement['decision'], string>> = { Approve: 'approved', Deny: 'denied' }

const nameOf = ({ approver, keyid }: SigningKey): string => `${approver.metadata.name} (${keyid})`

/** What an approval that was just appended came to, in one line; '' for a refusal, which ends it. */
export function outcomeOf(
  request: ApprovalRequest,
  { decision }: Answer,
  people: People,
  envelope: Json,
  now: Date,
): string {
  if (decision === 'Deny') return ''
  const decisions = [...request.spec.decisions, { envelope }] as ApprovalRequest['spec']['decisions']
  const standing = standingOf({ ...request, spec: { ...request.spec, decisions } }, people, now)
  const mine = standing.decisions.at(-1)
  if (mine?.kind === 'refused') return `warning: it does not count: ${printable(mine.detail)}`
  if (standing.state === 'Approved') return 'enough have signed: the agent may repeat its request now'
  return `${standing.signed.length} of ${standing.count} have signed${roles(standing.missingRoles)}`
}

const roles = (missing: readonly string[]): string =>
  missing.length === 0 ? '' : `; nobody of role ${missing.join(', ')} yet`
