import { expect } from 'chai'
import type { ActionPolicy, ApprovalRequest, Approver } from '../../src/api/objects.ts'
import { asksPresence } from '../../src/policy/action-policy.ts'
import { standingOf } from '../../src/policy/approvals/standing.ts'
import type { Standing } from '../../src/policy/approvals/standing.ts'
import { pae } from '../../src/signing/envelope.ts'
import { buildStatement, payloadOf } from '../../src/signing/statement.ts'
import { KEY_TYPES, testKey } from '../signing/signer.ts'
import type { TestKey } from '../signing/signer.ts'
import { ACT } from '../signing/statements.ts'
import { agent } from './given.ts'

type Entry = NonNullable<ActionPolicy['spec']['userPresence']>[number]

const policy = (...userPresence: readonly Entry[]): ActionPolicy => ({
  apiVersion: 'obstat.dev/v1alpha1',
  kind: 'ActionPolicy',
  metadata: { name: 'cluster' },
  spec: { userPresence },
})

const NOW = new Date('2026-11-20T08:00:00Z')

const request: ApprovalRequest = {
  apiVersion: 'obstat.dev/v1alpha1',
  kind: 'ApprovalRequest',
  metadata: { name: 'ar-7f3k2m9q' },
  spec: {
    cluster: 'cluster-uid',
    agent: 'sre-bot',
    acts: [ACT],
    ordered: false,
    review: {
      class: 'Destructive',
      findings: [],
      requester: { username: 'system:serviceaccount:sre:sre-bot' },
      claims: {},
      summary: 's',
      change: [],
      impact: {},
    },
    required: { count: 1, roles: [] },
    expiresAt: '2026-11-20T09:00:00Z',
    decisions: [],
  },
}

/** Where the request stands once alice, who has these keys, has signed with each of the first ones. */
function standing(keys: readonly TestKey[], signing: number, decision: 'Approve' | 'Deny', rules: ActionPolicy | null) {
  const at = NOW.getTime()
  const answer = { decision, approver: 'alice', reason: 'r', issuedAtMs: at, notBeforeMs: at, notAfterMs: at + 600_000 }
  const statement = buildStatement({ ...request.spec, request: request.metadata.name }, answer)
  if (!statement.ok) throw new Error(JSON.stringify(statement.issues))
  const payload = payloadOf(statement.value)
  const envelope = {
    payloadType: 'application/vnd.obstat.approval.v1+json',
    payload: payload.toString('base64'),
    signatures: keys.slice(0, signing).map((key) => ({ keyid: '', sig: key.sign(pae(payload)).toString('base64') })),
  }
  const alice: Approver = {
    apiVersion: 'obstat.dev/v1alpha1',
    kind: 'Approver',
    metadata: { name: 'alice' },
    spec: { keys: keys.map(({ record }) => record as Approver['spec']['keys'][number]) },
  }
  const signed = { ...request, spec: { ...request.spec, decisions: [{ envelope }] } }
  return standingOf(signed, { approvers: [alice], agents: [agent()], policy: rules }, NOW)
}

const refusalOf = ({ decisions }: Standing): string =>
  decisions.map((one) => (one.kind === 'refused' ? `${one.reason}: ${one.detail}` : '')).join()

describe('a policy that asks for presence', () => {
  const PRESENT = ['sk-ssh-ed25519@openssh.com', 'sk-ecdsa-sha2-nistp256@openssh.com', 'webauthn']

  for (const type of KEY_TYPES) {
    const key = testKey(type)
    const isPresent = PRESENT.includes(type)

    it(`${isPresent ? 'takes' : 'does not take'} an approval by a key of type ${type}`, () => {
      const found = standing([key], 1, 'Approve', policy({}))
      expect(found.state).to.equal(isPresent ? 'Approved' : 'Pending')
      if (!isPresent)
        expect(refusalOf(found)).to.match(/^ApproverNotEntitled: .*alice needs a key that proves presence/)
      expect(standing([key], 1, 'Approve', null).state).to.equal('Approved')
    })

    it(`takes a refusal by a key of type ${type}`, () => {
      expect(standing([key], 1, 'Deny', policy({})).state).to.equal('Denied')
    })
  }

  it('wants the key that signed to prove it, not another one of the same person', () => {
    const [plain, passkey] = [testKey('ed25519'), testKey('webauthn')]
    expect(standing([plain, passkey], 1, 'Approve', policy({})).state).to.equal('Pending')
    expect(standing([plain, passkey], 2, 'Approve', policy({})).state).to.equal('Approved')
  })

  it('asks it only of the classes and Namespaces that it names', () => {
    const asks = (entry: Entry, worst: 'Change' | 'Destructive' | null = 'Destructive', ...namespaces: string[]) =>
      asksPresence(policy(entry), worst, namespaces.length === 0 ? ['shop'] : namespaces)
    expect(asks({})).to.equal(true)
    expect(asks({ classes: ['Change'] })).to.equal(false)
    expect(asks({ classes: ['Change', 'Destructive'] })).to.equal(true)
    expect(asks({ namespaces: ['vault'] })).to.equal(false)
    expect(asks({ namespaces: ['vault'] }, 'Change', 'shop', 'vault')).to.equal(true)
    expect(asks({ namespaces: [] })).to.equal(false)
    expect(asks({ namespaces: ['*'], classes: ['Destructive'] })).to.equal(true)
    expect(asks({ namespaces: [''] }, 'Destructive', '')).to.equal(true)
    expect(asks({ classes: ['Destructive'] }, null)).to.equal(false)
    expect(asks({}, null)).to.equal(true)
    expect(asksPresence(null, 'Destructive', ['shop'])).to.equal(false)
    expect(asksPresence(policy(), 'Destructive', ['shop'])).to.equal(false)
  })
})
