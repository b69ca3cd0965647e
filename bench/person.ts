import { generateKeyPairSync, sign } from 'node:crypto'
import type { JsonObject } from '../src/api/json.ts'
import type { ApprovalRequest, Approver } from '../src/api/objects.ts'
import { envelopeJson, pae } from '../src/signing/envelope.ts'
import { buildStatement, payloadOf } from '../src/signing/statement.ts'

/** A person with a key that is gone when the program ends. */
export interface Person {
  readonly approver: Approver
  /**
   * The envelope of their approval of all acts of a request, good for an hour. Throws when the request cannot be
   * signed.
   */
  readonly approve: (request: ApprovalRequest) => JsonObject
}

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS

/** Somebody new with a raw Ed25519 key. */
export function newPerson(name: string): Person {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519')
  const pem = publicKey.export({ type: 'spki', format: 'pem' }).toString()
  return {
    approver: {
      apiVersion: 'obstat.dev/v1alpha1',
      kind: 'Approver',
      metadata: { name },
      spec: { keys: [{ type: 'ed25519', publicKey: pem }], roles: ['platform'], usernames: [`${name}@example.com`] },
    },
    approve: ({ metadata, spec }) => {
      const issuedAtMs = Date.now()
      const { cluster, agent, acts, ordered, review } = spec
      const statement = buildStatement(
        // Both are plain JSON: the API types only say more of it.
        { cluster, request: metadata.name, agent, acts, ordered, review },
        {
          decision: 'Approve',
          approver: name,
          reason: 'measured',
          issuedAtMs,
          notBeforeMs: issuedAtMs - MINUTE_MS,
          notAfterMs: issuedAtMs + HOUR_MS,
        },
      )
      if (!statement.ok)
        throw new Error(
          `${metadata.name} cannot be signed: ${statement.issues.map(({ message }) => message).join('; ')}`,
        )
      const payload = payloadOf(statement.value)
      return envelopeJson({ payload, signatures: [{ keyid: '', sig: sign(null, pae(payload), privateKey) }] })
    },
  }
}
