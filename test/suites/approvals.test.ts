import { expect } from 'chai'
import { run } from '../../src/suites/judge.ts'
import { loadSuites } from '../../src/suites/load.ts'
import { stringify } from 'yaml'
import type { KeyRecord } from '../../src/signing/keys.ts'
import { testKey } from '../signing/signer.ts'
import { AGENT, BASE, inTree, ZERO } from './folder.ts'

const plain = testKey('ssh-ed25519').record
const passkey = testKey('webauthn').record

const approver = (name: string, spec: object = {}, keys: readonly KeyRecord[] = [testKey('ssh-ed25519').record]) =>
  stringify({ apiVersion: 'obstat.dev/v1alpha1', kind: 'Approver', metadata: { name }, spec: { keys, ...spec } })

/** What an act that needs a signature gets, once these have signed it. */
const reasonWith = (
  approvedBy: string,
  approvers: readonly string[],
  { agent = AGENT, facts = '', request = '' } = {},
): Promise<string> =>
  inTree(
    {
      'agents.yaml': agent,
      'base.yaml': BASE,
      'people.yaml': approvers.join('---\n'),
      'it.yaml': `${ZERO.replace('{ operation', `{ ${request} operation`)}facts: { ${facts} approvedBy: [${approvedBy}] }\n`,
    },
    (directory) => {
      const { tests, problems } = loadSuites(directory)
      return tests[0] === undefined || problems.length > 0
        ? problems.map(({ message }) => message).join()
        : run(tests[0]).got.reason
    },
  )

const asking = (approval: string): string => AGENT.replace('trustPhase:', `approval: { ${approval} }\n  trustPhase:`)

describe('a case that Approvers have signed', () => {
  it('passes by the signature of one who may sign', async () => {
    expect(await reasonWith('alice', [approver('alice')])).to.equal('Approved')
    expect(await reasonWith('', [approver('alice')])).to.equal('ApprovalRequired')
  })

  it('counts people and roles as the agent asks', async () => {
    const agent = asking('required: 2, roles: [platform]')
    const people = [
      approver('alice', { roles: ['platform'] }),
      approver('bob', { roles: ['platform'] }),
      approver('carol', { roles: ['operations'] }),
    ]
    expect(await reasonWith('alice', people, { agent })).to.equal('ApprovalPending')
    expect(await reasonWith('alice, alice', people, { agent })).to.equal('ApprovalPending')
    expect(await reasonWith('alice, carol', people, { agent })).to.equal('ApproverNotEntitled')
    expect(await reasonWith('alice, bob', people, { agent })).to.equal('Approved')
  })

  it('takes two that share a key or a username for one', async () => {
    const agent = asking('required: 2')
    const twins = [approver('a', {}, [plain]), approver('b', {}, [plain])]
    expect(await reasonWith('a, b', twins, { agent })).to.equal('ApprovalPending')
    const names = { usernames: ['x'] }
    expect(await reasonWith('a, b', [approver('a', names), approver('b', names)], { agent })).to.equal(
      'ApprovalPending',
    )
  })

  it('heeds namespaces, and who asks', async () => {
    expect(await reasonWith('alice', [approver('alice', { namespaces: ['shop'] })])).to.equal('Approved')
    expect(await reasonWith('alice', [approver('alice', { namespaces: ['pay'] })])).to.equal('ApproverNotEntitled')
    const itself = { usernames: ['system:serviceaccount:agents:bot'] }
    expect(await reasonWith('alice', [approver('alice', itself)])).to.equal('ApproverNotEntitled')
  })

  it('heeds the times of keys at the time of the case', async () => {
    const until = (notAfter: string) => approver('alice', {}, [{ ...plain, notAfter }])
    expect(await reasonWith('alice', [until('2026-11-21T00:00:00Z')])).to.equal('Approved')
    expect(await reasonWith('alice', [until('2026-11-20T00:00:00Z')])).to.equal('ApproverNotEntitled')
    const facts = 'now: 2026-11-19T00:00:00Z,'
    expect(await reasonWith('alice', [until('2026-11-20T00:00:00Z')], { facts })).to.equal('Approved')
    const revoked = approver('alice', {}, [{ ...plain, revokedAt: '2026-11-20T00:00:00Z' }, passkey])
    expect(await reasonWith('alice', [revoked])).to.equal('Approved')
  })

  it('proves presence where one of the keys does', async () => {
    const facts = 'policy: { userPresence: [{}] },'
    expect(await reasonWith('alice', [approver('alice', {}, [plain])], { facts })).to.equal('ApproverNotEntitled')
    for (const type of ['webauthn', 'sk-ssh-ed25519@openssh.com', 'sk-ecdsa-sha2-nistp256@openssh.com'] as const) {
      const keys = [plain, { ...testKey(type).record, verifyRequired: true }]
      expect(await reasonWith('alice', [approver('alice', {}, keys)], { facts })).to.equal('Approved')
    }
  })

  it('fits into the shortest life of an approval that an agent may have', async () => {
    const agent = asking('approvalTtlSeconds: 1')
    expect(await reasonWith('alice', [approver('alice')], { agent })).to.equal('Approved')
  })

  it('counts no key that cannot be read', async () => {
    const broken = { type: 'ssh-ed25519', publicKey: 'ssh-ed25519 AAAA nobody' }
    expect(await reasonWith('alice', [approver('alice', {}, [broken])])).to.equal('ApprovalPending')
  })

  it('opens nothing that the phase refuses', async () => {
    expect(await reasonWith('alice', [approver('alice')], { facts: 'phase: ReadOnlyAssist,' })).to.equal(
      'PhaseForbidden',
    )
  })

  it('is refused where nobody of that name is described', async () => {
    expect(await reasonWith('bob', [approver('alice')])).to.equal(
      'facts.approvedBy[0] expected the name of an Approver among the objects',
    )
  })
})
