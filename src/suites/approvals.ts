import { generateKeyPairSync, sign } from 'node:crypto'
import type { KeyObject } from 'node:crypto'
import { API_VERSION } from '../api/names.ts'
import type { ApprovalRequest, Approver } from '../api/objects.ts'
import { agentOf } from '../policy/agents.ts'
import { provesPresence } from '../policy/action-policy.ts'
import type { Facts } from '../policy/facts.ts'
import type { Request } from '../policy/request.ts'
import type { Act } from '../signing/act.ts'
import { signedAct } from '../signing/act.ts'
import { canonical, sha256, sha256Hex } from '../signing/canonical.ts'
import { PAYLOAD_TYPE, pae } from '../signing/envelope.ts'
import { identityOf } from '../signing/keys.ts'
import { sshString } from '../signing/ssh-wire.ts'
import { SSH_NAMESPACE, sshSignedData } from '../signing/sshsig.ts'
import { payloadOf, timeText } from '../signing/statement.ts'

type Key = Approver['spec']['keys'][number]
type Decision = ApprovalRequest['spec']['decisions'][number]

/** A key pair that stands for one whose private half the suite does not have. */
interface StandIn {
  readonly type: Key['type']
  readonly publicKey: string
  readonly sign: (message: Uint8Array) => Buffer
}

/** How long an approval of a case holds: no agent's limit is shorter. */
const SECONDS = 1
const SECURITY_KEY = 'sk-ssh-ed25519@openssh.com'

/**
 * The facts once these Approvers have looked at exactly this act and signed it with every key they have. Each key is
 * replaced by one of the suite's own, which proves presence where theirs does and keeps its times; roles, namespaces
 * and usernames are theirs. A name that no Approver has signs nothing: the loader refuses it.
 */
export function signedBy(names: readonly string[], request: Request, act: Act, facts: Facts): Facts {
  if (names.length === 0) return facts
  const standIns = standInsFor(facts.approvers)
  const asked = askFor(request, act, facts)
  const decisions = facts.approvers
    .filter(({ metadata }) => names.includes(metadata.name))
    .flatMap(({ metadata, spec }) =>
      spec.keys.flatMap((key) => {
        const mine = standIns.get(identityOf(key))
        return mine === undefined ? [] : [decisionOf(asked, metadata.name, facts.now, mine)]
      }),
    )
  const approvers = facts.approvers.map((approver) => {
    const keys = approver.spec.keys.map((key) => replaced(key, standIns.get(identityOf(key))))
    return { ...approver, spec: { ...approver.spec, keys } }
  })
  const signed = { ...asked, spec: { ...asked.spec, decisions } }
  return { ...facts, approvers, approvalRequests: [...facts.approvalRequests, signed] }
}

/**
 * One for each key by its identity, so that two Approvers who share a key still do. Keys that cannot be read have none.
 */
const standInsFor = (approvers: readonly Approver[]): ReadonlyMap<string, StandIn> =>
  new Map(
    approvers
      .flatMap(({ spec }) => spec.keys)
      .flatMap((key) => {
        const identity = identityOf(key)
        return identity === '' ? [] : [[identity, standIn(provesPresence(key.type))]]
      }),
  )

const replaced = ({ notBefore, notAfter, revokedAt, ...key }: Key, by: StandIn | undefined): Key => ({
  ...(by === undefined ? key : { type: by.type, publicKey: by.publicKey }),
  ...(notBefore === undefined ? {} : { notBefore }),
  ...(notAfter === undefined ? {} : { notAfter }),
  ...(revokedAt === undefined ? {} : { revokedAt }),
})

/** The request that a refusal of this act would have filed, as far as the decision looks at it. */
const askFor = (request: Request, act: Act, facts: Facts): ApprovalRequest => ({
  apiVersion: API_VERSION,
  kind: 'ApprovalRequest',
  metadata: { name: 'ar-suite' },
  spec: {
    cluster: facts.cluster,
    agent: agentOf(facts, request.user).name,
    acts: [signedAct(act)],
    ordered: false,
    review: {
      class: 'Change',
      findings: [],
      requester: { username: request.user.username },
      claims: {},
      summary: 'a policy test',
      change: [],
      impact: {},
    },
    required: { count: 1, roles: [] },
    expiresAt: timeText(facts.now.getTime() + SECONDS * 1000),
    decisions: [],
  },
})

function decisionOf(asked: ApprovalRequest, approver: string, now: Date, key: StandIn): Decision {
  const { cluster, agent, acts, ordered, review } = asked.spec
  const payload = payloadOf({
    apiVersion: API_VERSION,
    kind: 'ApprovalStatement',
    cluster,
    request: asked.metadata.name,
    agent,
    acts,
    ordered,
    reviewSha256: sha256Hex(canonical(review)),
    decision: 'Approve',
    approver,
    reason: 'a policy test',
    issuedAt: timeText(now.getTime()),
    notBefore: timeText(now.getTime()),
    notAfter: asked.spec.expiresAt,
  })
  const signatures = [{ keyid: '', sig: key.sign(pae(payload)).toString('base64') }]
  return { envelope: { payloadType: PAYLOAD_TYPE, payload: payload.toString('base64'), signatures } }
}

function standIn(isPresent: boolean): StandIn {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const pem = publicKey.export({ format: 'pem', type: 'spki' }) as string
  if (!isPresent) return { type: 'ed25519', publicKey: pem, sign: (message) => sign(null, message, privateKey) }
  const blob = securityKeyBlob(publicKey)
  return {
    type: SECURITY_KEY,
    publicKey: `${SECURITY_KEY} ${blob.toString('base64')}`,
    sign: (message) => securityKeySignature(privateKey, blob, message),
  }
}

const APPLICATION = 'ssh:'

/** The public key of a security key as OpenSSH writes it (PROTOCOL.u2f). */
const securityKeyBlob = (key: KeyObject): Buffer =>
  Buffer.concat([
    sshString(SECURITY_KEY),
    sshString(key.export({ format: 'der', type: 'spki' }).subarray(-32)),
    sshString(APPLICATION),
  ])

/** Present and verified, and the counter. */
const TOUCHED = Buffer.from([0x05, 0, 0, 0, 1])

/** An SSHSIG as `ssh-keygen -Y sign` makes it once somebody has touched the key (PROTOCOL.sshsig, PROTOCOL.u2f). */
function securityKeySignature(key: KeyObject, blob: Buffer, message: Uint8Array): Buffer {
  const data = sshSignedData(message, 'sha512')
  const raw = sign(null, Buffer.concat([sha256(Buffer.from(APPLICATION)), TOUCHED, sha256(data)]), key)
  const signature = Buffer.concat([sshString(SECURITY_KEY), sshString(raw), TOUCHED])
  return Buffer.concat([
    Buffer.from('SSHSIG'),
    Buffer.from([0, 0, 0, 1]),
    sshString(blob),
    sshString(SSH_NAMESPACE),
    sshString(''),
    sshString('sha512'),
    sshString(signature),
  ])
}
