import { expect } from 'chai'
import { guardReview } from '../../src/admission/guard-review.ts'
import type { Reviewer } from '../../src/admission/review.ts'
import type { JsonObject } from '../../src/api/json.ts'
import { alice, person } from '../policy/approvals/desk.ts'
import { MemoryCluster, reviewOf } from './memory.ts'

const signal = new AbortController().signal

/** What a person is answered who creates this object of ours. */
async function answer(
  resource: string,
  object: object,
  more: Partial<Reviewer['ports']> = {},
  review: JsonObject = {},
) {
  const cluster = new MemoryCluster()
  cluster.people = [alice.approver]
  const faults: unknown[] = []
  const reviewer: Reviewer = {
    ports: Object.assign(Object.create(cluster) as MemoryCluster, more),
    catalogue: { rules: [], harmless: [] },
    ownNamespace: 'obstat-system',
    fault: (_, cause) => faults.push(cause),
  }
  const body = reviewOf({
    operation: 'CREATE',
    resource: { group: 'obstat.dev', version: 'v1alpha1', resource },
    name: 'x',
    object: object as JsonObject,
    userInfo: { username: 'bob' },
    ...review,
  })
  const { response } = await guardReview('review-1', body, reviewer, signal)
  return { response, faults, guarded: cluster.guarded }
}

const unread = { ...alice.approver, spec: { keys: [{ type: 'ed25519', publicKey: 'no key' }] } }
const twin = person('twin', {}, alice.key).approver

describe('the guard’s answer to a person', () => {
  it('refuses what cannot hold, and says why', async () => {
    const { response, faults } = await answer('approvers', unread)
    expect(response).to.deep.include({ uid: 'review-1', allowed: false })
    expect(response.status).to.deep.include({ code: 403, reason: 'SignatureInvalid' })
    expect(faults).to.deep.equal([])
  })

  it('knows all Approvers there are', async () => {
    expect((await answer('approvers', twin)).response.status?.message).to.match(/"alice" has the same key/)
  })

  it('passes what is valid, and advises where it does nothing', async () => {
    expect((await answer('approvers', person('carol').approver)).response).to.deep.equal({
      uid: 'review-1',
      allowed: true,
    })
    expect((await answer('actionpolicies', { spec: {} })).response.warnings?.join()).to.match(/changes nothing/)
  })

  it('records who wrote what, refused or not, and where an object differs', async () => {
    const { guarded } = await answer('approvers', unread)
    expect(guarded).to.have.length(1)
    expect(guarded[0]).to.deep.include({ verdict: 'Deny', reason: 'SignatureInvalid', user: 'bob', changed: [] })
    const label = (value: string): JsonObject => ({
      metadata: { uid: 'ns-1', labels: { 'obstat.dev/protected': value }, managedFields: [{ manager: value }] },
    })
    const namespace = { resource: { group: '', version: 'v1', resource: 'namespaces' }, operation: 'UPDATE' }
    const lifted = await answer('namespaces', label('false'), {}, { ...namespace, oldObject: label('true') })
    expect(lifted.guarded).to.deep.equal([
      {
        at: '2026-11-20T08:00:00.000Z',
        uid: 'review-1',
        verdict: 'Allow',
        reason: 'Guarded',
        user: 'bob',
        operation: 'UPDATE',
        resource: 'namespaces',
        namespace: '',
        name: 'x',
        objectUid: 'ns-1',
        isDryRun: false,
        changed: ['/metadata/labels/obstat.dev~1protected'],
      },
    ])
  })

  it('passes what is not obstat’s, and everything before the first full state', async () => {
    const other = { resource: { group: 'example.com', version: 'v1', resource: 'approvers' } }
    expect((await answer('approvers', unread, {}, other)).response).to.deep.equal({ uid: 'review-1', allowed: true })
    const { state } = new MemoryCluster()
    const early = await answer('approvers', unread, { state: { ...state, snapshot: () => null } })
    expect(early.response).to.deep.equal({ uid: 'review-1', allowed: true })
  })

  it('passes with a warning when it cannot be found: signatures are verified again at use', async () => {
    const { reader } = new MemoryCluster()
    const cause = new Error('no route')
    const broken = { reader: { ...reader, approvers: () => Promise.reject(cause) } }
    const { response, faults, guarded } = await answer('approvers', unread, broken)
    expect(response.allowed).to.equal(true)
    expect(guarded.map(({ verdict, reason }) => `${verdict} ${reason}`)).to.deep.equal(['Allow Unchecked'])
    expect(response.warnings).to.have.length(1)
    expect(faults).to.deep.equal([cause])
  })
})
