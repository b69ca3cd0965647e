import { expect } from 'chai'
import type { ActionPolicy, ApprovalRequest, Approver } from '../../src/api/objects.ts'
import { asksPresence } from '../../src/policy/action-policy.ts'
import { decide } from '../../src/policy/decide.ts'
import { standingOf } from '../../src/policy/approvals/standing.ts'
import type { Standing } from '../../src/policy/approvals/standing.ts'
import type { Request } from '../../src/policy/request.ts'
import { pae } from '../../src/signing/envelope.ts'
import { actOf, signedAct } from '../../src/signing/act.ts'
import type { KeyType } from '../../src/signing/keys.ts'
import type { StatementRequest } from '../../src/signing/statement.ts'
import { buildStatement, payloadOf } from '../../src/signing/statement.ts'
import { KEY_TYPES, testKey } from '../signing/signer.ts'
import type { TestKey } from '../signing/signer.ts'
import { ACT } from '../signing/statements.ts'
import { agent, classed, facts, request } from './given.ts'

type Entry = NonNullable<ActionPolicy['spec']['userPresence']>[number]

const policy = (...userPresence: readonly Entry[]): ActionPolicy => ({
  apiVersion: 'obstat.dev/v1alpha1',
  kind: 'ActionPolicy',
  metadata: { name: 'cluster' },
  spec: { userPresence },
})

const NOW = new Date('2026-11-20T08:00:00Z')

const filed: ApprovalRequest = {
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

const alice = (keys: readonly TestKey[]): Approver => ({
  apiVersion: 'obstat.dev/v1alpha1',
  kind: 'Approver',
  metadata: { name: 'alice' },
  spec: { keys: keys.map(({ record }) => record as Approver['spec']['keys'][number]) },
})

interface Signed {
  readonly statement: StatementRequest
  readonly decision: 'Approve' | 'Deny'
}

function envelopeBy(keys: readonly TestKey[], { statement: asked, decision }: Signed) {
  const at = NOW.getTime()
  const answer = { decision, approver: 'alice', reason: 'r', issuedAtMs: at, notBeforeMs: at, notAfterMs: at + 600_000 }
  const statement = buildStatement(asked, asked.request === '' ? { ...answer, nonce: 'ab'.repeat(16) } : answer)
  if (!statement.ok) throw new Error(JSON.stringify(statement.issues))
  const payload = payloadOf(statement.value)
  return {
    payloadType: 'application/vnd.obstat.approval.v1+json',
    payload: payload.toString('base64'),
    signatures: keys.map((key) => ({ keyid: '', sig: key.sign(pae(payload)).toString('base64') })),
  }
}

/** Where the request stands once alice, who has these keys, has signed with each of the first ones. */
function standing(keys: readonly TestKey[], signing: number, decision: 'Approve' | 'Deny', rules: ActionPolicy | null) {
  const statement = { ...filed.spec, request: filed.metadata.name }
  const envelope = envelopeBy(keys.slice(0, signing), { statement, decision })
  const signed = { ...filed, spec: { ...filed.spec, decisions: [{ envelope }] } }
  return standingOf(signed, { approvers: [alice(keys)], agents: [agent()], policy: rules }, NOW)
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

  it('goes by the class that the act has now, also for what was signed before anybody asked', () => {
    const reasonFor = (type: KeyType, rules: ActionPolicy | null): string => {
      const key = testKey(type)
      const asked = (annotations: Readonly<Record<string, string>>): Request =>
        request({ operation: 'DELETE', object: null, oldObject: { metadata: { name: 'cart', uid: 'u', annotations } } })
      const act = signedAct(actOf({ ...asked({}), parentUid: 'u' }))
      const envelope = envelopeBy([key], {
        statement: { request: '', cluster: 'cluster-uid', agent: 'sre-bot', acts: [act], ordered: false, review: null },
        decision: 'Approve',
      })
      const annotated = asked({ 'obstat.dev/approval': JSON.stringify(envelope) })
      const given = facts({ approvers: [alice([key])], policy: rules })
      return decide(annotated, given, classed('Destructive'), { act, intentSha256: act.intentSha256, parent: null })
        .reason
    }
    const rules = policy({ classes: ['Destructive'], namespaces: ['shop'] })
    expect(reasonFor('ed25519', null)).to.equal('Approved')
    expect(reasonFor('ed25519', rules)).to.equal('ApproverNotEntitled')
    expect(reasonFor('webauthn', rules)).to.equal('Approved')
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
