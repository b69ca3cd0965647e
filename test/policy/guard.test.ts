import { generateKeyPairSync } from 'node:crypto'
import { expect } from 'chai'
import type { Json } from '../../src/api/json.ts'
import type { ApprovalRequest, Approver } from '../../src/api/objects.ts'
import { advice, guard } from '../../src/policy/guard.ts'
import type { Request } from '../../src/policy/request.ts'
import { alice, decided, envelope, filed, NOW, statement } from './approvals/desk.ts'
import { facts, request } from './given.ts'

const pem = (): string => generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'pem' }).toString()

const approver = (name: string, publicKey: string, usernames: readonly string[] = []): Approver => ({
  apiVersion: 'obstat.dev/v1alpha1',
  kind: 'Approver',
  metadata: { name },
  spec: { keys: [{ type: 'ed25519', publicKey }], usernames },
})

const write = (resource: string, more: Partial<Request>): Request =>
  request({
    group: 'obstat.dev',
    resource,
    namespace: '',
    name: 'x',
    user: { username: 'alice', uid: '', groups: [], extra: new Map() },
    ...more,
  })

const asJson = (value: unknown): Json => value as Json

describe('guard', () => {
  const key = pem()

  it('lets people write GovernedAgents and everything that is not ours', () => {
    expect(guard(write('governedagents', {}), facts())).to.equal(null)
    expect(guard(request(), facts())).to.equal(null)
  })

  it('keeps every status for obstat', () => {
    expect(guard(write('governedagents', { subresource: 'status' }), facts())?.message).to.match(
      /status is written by obstat/,
    )
  })

  it('minds its own group alone, and says NeverAllowed where nothing tells more', () => {
    const object = asJson(approver('x', 'not a key'))
    expect(guard(write('approvers', { group: 'example.com', operation: 'CREATE', object }), facts())).to.equal(null)
    expect(guard(write('approvers', { subresource: 'status' }), facts())?.reason).to.equal('NeverAllowed')
    expect(guard(write('approvers', { operation: 'DELETE', object: null }), facts())).to.equal(null)
    expect(guard(write('approvers', { operation: 'DELETE', object }), facts())).to.equal(null)
  })

  it('refuses an Approver with a key that cannot be read', () => {
    const object = asJson(approver('x', 'not a key'))
    expect(guard(write('approvers', { operation: 'CREATE', object }), facts())?.reason).to.equal('SignatureInvalid')
  })

  it('refuses a second Approver with the same key or username, but not the same Approver again', () => {
    const given = facts({ approvers: [approver('alice', key, ['alice@example.com'])] })
    const create = (object: Approver): string | undefined =>
      guard(write('approvers', { operation: 'CREATE', name: object.metadata.name, object: asJson(object) }), given)
        ?.message
    expect(create(approver('twin', key))).to.match(/same key/)
    expect(create(approver('twin', pem(), ['alice@example.com']))).to.match(/same username/)
    const two = approver('two', pem(), ['two@example.com', 'alice@example.com'])
    expect(
      create({ ...two, spec: { ...two.spec, keys: [...two.spec.keys, { type: 'ed25519', publicKey: key }] } }),
    ).to.match(/same key/)
    expect(create(two)).to.match(/same username/)
    expect(create(approver('bob', pem(), ['bob@example.com']))).to.equal(undefined)
    expect(create(approver('alice', key, ['alice@example.com']))).to.equal(undefined)
  })

  describe('of ActionPolicies', () => {
    const of = (expression: string, operation: Request['operation'] = 'CREATE', name = 'cluster') =>
      write('actionpolicies', { operation, name, object: asJson({ spec: { cel: [{ name: 'a', expression }] } }) })

    it('refuses an expression that does not compile, and says why', () => {
      expect(guard(of('object == null'), facts())).to.equal(null)
      expect(guard(of('objekt == null'), facts())?.message).to.equal('spec.cel[0].expression: Unknown variable: objekt')
      expect(guard(of('objekt == null', 'DELETE'), facts())).to.equal(null)
    })

    it('says so when the name is not the one that counts, and lets it be', () => {
      expect(advice(of('true'))).to.deep.equal([])
      expect(guard(of('true', 'CREATE', 'other'), facts())).to.equal(null)
      expect(advice(of('true', 'CREATE', 'other')).join()).to.match(/only the ActionPolicy named "cluster" counts/)
      expect(advice(of('true', 'DELETE', 'other'))).to.deep.equal([])
      expect(advice(write('governedagents', { name: 'other' }))).to.deep.equal([])
      expect(advice(write('actionpolicies', { name: 'other', group: 'example.com' }))).to.deep.equal([])
    })
  })

  describe('of ApprovalRequests', () => {
    const spec = {
      cluster: 'cluster-uid',
      agent: 'sre-bot',
      acts: [{}],
      expiresAt: '2026-11-20T09:00:00Z',
      decisions: [{ envelope: { a: 1 } }],
    }
    const of = (operation: Request['operation'], object: unknown, oldObject: unknown = null): string =>
      guard(write('approvalrequests', { operation, object: asJson(object), oldObject: asJson(oldObject) }), facts())
        ?.message ?? ''

    it('lets people file plans only, without decisions', () => {
      expect(of('CREATE', { metadata: { name: 'x' }, spec: { ...spec, decisions: [] } })).to.match(/single act/)
      expect(of('CREATE', { metadata: { name: 'x' }, spec: { ...spec, acts: [{}, {}] } })).to.match(/has none/)
      expect(of('CREATE', { metadata: { name: 'x' }, spec: { ...spec, acts: [{}, {}], decisions: [] } })).to.equal('')
    })

    it('refuses decisions that are changed, removed or do not verify', () => {
      const old = { metadata: { name: 'x' }, spec }
      expect(of('UPDATE', { ...old, spec: { ...spec, decisions: [] } }, old)).to.match(/only appended/)
      expect(of('UPDATE', { ...old, spec: { ...spec, decisions: [{ envelope: { a: 2 } }] } }, old)).to.match(
        /only appended/,
      )
      expect(
        of('UPDATE', { ...old, spec: { ...spec, decisions: [...spec.decisions, { envelope: {} }] } }, old),
      ).to.not.equal('')
      expect(of('UPDATE', old, old)).to.equal('')
    })

    it('lets through decisions that verify, and tells why one does not', () => {
      const given = facts({ now: NOW, approvers: [alice.approver] })
      const asked = filed()
      const good = envelope(statement(asked, alice), alice)
      const bad = envelope(statement(asked, alice, { cluster: 'x' }), alice)
      const append = (before: ApprovalRequest, ...envelopes: readonly (typeof good)[]) =>
        guard(
          write('approvalrequests', {
            operation: 'UPDATE',
            object: asJson(decided(asked, ...envelopes)),
            oldObject: asJson(before),
          }),
          given,
        )
      expect(append(asked, good)).to.equal(null)
      expect(append(asked, bad)).to.deep.equal({
        reason: 'ApprovalMismatch',
        message: 'ar-one: signed for another cluster',
      })
      expect(append(asked, good, bad)?.reason).to.equal('ApprovalMismatch')
      expect(append(decided(asked, bad), bad, good)).to.equal(null)
      // One that was replaced among others, or left out before one that verifies.
      expect(append(decided(asked, bad, good), bad, bad)?.message).to.match(/only appended/)
      expect(append(decided(asked, bad, good), bad)?.message).to.match(/only appended/)
    })

    it('keeps a used request until no approval of it can be in date', () => {
      const used = { metadata: { name: 'x' }, spec, status: { uses: [{ act: 0 }] } }
      expect(of('DELETE', null, used)).to.match(/stays/)
      expect(of('DELETE', null, { ...used, spec: { ...spec, expiresAt: '2026-11-18T09:00:00Z' } })).to.equal('')
      expect(of('DELETE', null, { metadata: { name: 'x' }, spec })).to.equal('')
      expect(of('CONNECT', null, null)).to.equal('')
      // A day for the longest approval that may have been signed in time, and a minute.
      const over = (expiresAt: string): string => of('DELETE', null, { ...used, spec: { ...spec, expiresAt } })
      expect(over('2026-11-19T07:59:00Z')).to.equal('')
      expect(over('2026-11-19T07:59:01Z')).to.match(/stays/)
    })
  })
})
