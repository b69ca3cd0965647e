import { randomBytes } from 'node:crypto'
import type { Json } from '../api/json.ts'
import { text } from '../api/json.ts'
import { sha256 } from '../signing/canonical.ts'
import { identityOf } from '../signing/keys.ts'
import type { Desk, NewKey } from './desk.ts'
import { NotDone } from './desk.ts'
import type { Made } from './passkeys.ts'
import { newPending } from './pending.ts'
import { readRegistration } from './registration.ts'
import { RP_ID } from './signers.ts'

/** Makes passkeys into key records; whether one counts is for an administrator to say. */
export interface Enrolment {
  /** What the browser makes a passkey for. */
  readonly ask: (body: Json) => Promise<object>
  /** Keeps the record until the page ends. */
  readonly made: (body: Json) => { readonly id: string }
  /** Null when there is none of this id. */
  readonly show: (id: string) => Promise<Made | null>
  /** Writes it with the person's own rights. */
  readonly confirm: (id: string) => Promise<object>
}

const NAME = /^[a-z0-9]([-a-z0-9.]{0,61}[a-z0-9])?$/
/** One person makes one or two. */
const MAX_MADE = 32

type Begun = Pick<NewKey, 'name'> & { readonly challenge: string }

export function enrolment(desk: Desk, origin: string): Enrolment {
  const begun = newPending<Begun>(desk.now)
  const made = new Map<string, Pick<NewKey, 'name' | 'key'>>()
  const withPerson = async (id: string): Promise<NewKey | null> => {
    const found = made.get(id)
    if (found === undefined) return null
    const { approvers } = await desk.people()
    return { ...found, username: desk.username, known: approvers.find(({ metadata }) => metadata.name === found.name) }
  }
  return {
    ask: async (body) => {
      const name = text(body, 'approver')
      if (!NAME.test(name))
        throw new NotDone('Name of the Approver: expected lower-case letters, digits and dashes.', 400)
      const { approvers } = await desk.people()
      const keys = approvers.find(({ metadata }) => metadata.name === name)?.spec.keys ?? []
      const challenge = randomBytes(32).toString('base64url')
      return {
        id: begun.put({ name, challenge }),
        challenge,
        rpId: RP_ID,
        user: { id: sha256(`${origin} ${name}`).toString('base64url'), name },
        excluded: keys.flatMap(({ credentialId, rpId }) =>
          rpId === RP_ID && credentialId !== undefined ? [credentialId] : [],
        ),
      }
    },
    made: (body) => {
      const asked = begun.take(text(body, 'id'))
      if (asked === null) throw new NotDone('That took too long. Try again.')
      if (made.size >= MAX_MADE) throw new NotDone('Too many passkeys were made since obstat ui was started.')
      const read = readRegistration({ rpId: RP_ID, origin, challenge: asked.challenge }, body)
      if (!read.ok) throw new NotDone(`This passkey cannot be used: ${read.issues[0]?.message ?? ''}.`, 400)
      const id = randomBytes(16).toString('base64url')
      made.set(id, { name: asked.name, key: read.value })
      return { id }
    },
    show: async (id) => {
      const found = await withPerson(id)
      if (found === null) return null
      const { name, key, known } = found
      return {
        id,
        approver: name,
        key,
        command: desk.commandToAdd(found),
        mayConfirm: await desk.mayWriteApprovers(),
        isConfirmed: known?.spec.keys.some((record) => identityOf(record) === identityOf(key)) === true,
      }
    },
    confirm: async (id) => {
      const found = await withPerson(id)
      if (found === null) throw new NotDone('That passkey is not known any more; make one again.', 404)
      await desk.addKey(found)
      return { words: `The passkey counts now, as Approver ${found.name}.` }
    },
  }
}
