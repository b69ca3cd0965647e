import type { Json } from '../api/json.ts'
import { field, text } from '../api/json.ts'
import type { ApprovalRequest } from '../api/objects.ts'
import type { People } from '../policy/approvals/standing.ts'
import { standingOf } from '../policy/approvals/standing.ts'
import { isOver } from '../review/over.ts'
import { brokenDigests } from '../review/view.ts'
import { canonical, sha256 } from '../signing/canonical.ts'
import { envelopeJson, pae } from '../signing/envelope.ts'
import { readKey } from '../signing/keys.ts'
import { payloadOf } from '../signing/statement.ts'
import { seenOf } from './card.ts'
import type { Answer, Desk } from './desk.ts'
import { NotDone } from './desk.ts'
import type { Pending } from './pending.ts'
import { newPending } from './pending.ts'
import type { Signer } from './signers.ts'
import { RP_ID, signersHere } from './signers.ts'

/** A statement that waits for its signature. */
interface Waiting {
  readonly request: ApprovalRequest
  readonly answer: Answer
  readonly payload: Buffer
  readonly signer: Signer
}

/** Turns a tap on a button into a decision: first what is to be signed, then the signature. */
export interface Signing {
  /** What the browser hands to a passkey. Throws NotDone where nothing can be signed. */
  readonly ask: (name: string, body: Json) => Promise<object>
  /** Appends the decision. Throws NotDone, and whatever the cluster refuses with. */
  readonly decide: (name: string, body: Json) => Promise<object>
}

export function signing(desk: Desk, origin: string): Signing {
  const waiting: Pending<Waiting> = newPending(desk.now)
  return {
    ask: async (name, body) => {
      const { request, people } = await found(desk, name)
      if (text(body, 'seen') !== seenOf(request))
        throw new NotDone('The request is not the one that was shown. Load the page again.')
      const signers = signersHere(people.approvers, origin, desk.now())
      const signer = signers.find((one) => one.name === text(body, 'approver'))
      const approver = people.approvers.find(({ metadata }) => metadata.name === signer?.name)
      if (signer === undefined || approver === undefined)
        throw new NotDone('That Approver has no passkey for this page. Load the page again.')
      const answer: Answer = { approver, decision: decisionIn(body), reason: text(body, 'reason') }
      checkOpen(request, people, answer, desk.now())
      const payload = payloadOf(desk.statement(request, answer, people))
      return {
        id: waiting.put({ request, answer, payload, signer }),
        challenge: sha256(pae(payload)).toString('base64url'),
        rpId: RP_ID,
        credentials: signer.keys.map(({ credentialId = '' }) => credentialId),
      }
    },
    decide: async (name, body) => {
      const asked = waiting.take(text(body, 'id'))
      if (asked?.request.metadata.name !== name) throw new NotDone('That took too long. Nothing was sent; try again.')
      const { request, people } = await found(desk, name)
      if (seenOf(request) !== seenOf(asked.request)) throw new NotDone('The request was made anew. Nothing was sent.')
      checkOpen(request, people, asked.answer, desk.now())
      return { words: await desk.append(request, envelopeOf(asked, body), asked.answer, people) }
    },
  }
}

async function found(desk: Desk, name: string): Promise<{ request: ApprovalRequest; people: People }> {
  const [request, people] = await Promise.all([desk.request(name), desk.people()])
  if (request === null) throw new NotDone('There is no such request any more. Nothing was sent.', 404)
  return { request, people }
}

function checkOpen(request: ApprovalRequest, people: People, { decision }: Answer, now: Date): void {
  if (brokenDigests(request).length > 0) throw new NotDone('A digest is not that of its act. Nothing can be signed.')
  const { state } = standingOf(request, people, now)
  if (isOver(state, decision))
    throw new NotDone(`${request.metadata.name} is ${state.toLowerCase()} by now. Nothing was sent.`)
}

function decisionIn(body: Json): Answer['decision'] {
  const word = text(body, 'decision')
  if (word !== 'Approve' && word !== 'Deny') throw new NotDone('decision: expected Approve or Deny', 400)
  return word
}

/** The passkey's answer in the form of APPROVALS section 3; whether it is any good is for the verifier to say. */
function envelopeOf({ payload, signer }: Waiting, body: Json): Json {
  const assertion = Object.fromEntries(
    ['authenticatorData', 'clientDataJSON', 'signature'].map((name) => [name, field(body, name) ?? '']),
  )
  const key = signer.keys.find(({ credentialId }) => credentialId === text(body, 'credential'))
  if (key === undefined) throw new NotDone('That passkey is not one of those that were asked. Nothing was sent.')
  const read = readKey(key)
  const keyid = read.ok ? read.value.keyid : ''
  return envelopeJson({ payload, signatures: [{ keyid, sig: Buffer.from(canonical(assertion)) }] })
}
