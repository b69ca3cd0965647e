import { expect } from 'chai'
import { isSameUse, useFacts } from '../../src/policy/approvals/uses.ts'
import type { Use, UseFacts } from '../../src/policy/approvals/uses.ts'
import type { Act } from '../../src/signing/act.ts'
import { request } from './given.ts'

const NOW = new Date('2026-11-20T08:00:10Z')
const secondsAgo = (seconds: number): string => new Date(NOW.getTime() - seconds * 1000).toISOString()

const act = (more: Partial<Act>): Act => ({
  operation: 'UPDATE',
  group: 'apps',
  resource: 'deployments',
  subresource: '',
  namespace: 'shop',
  name: 'cart',
  uid: 'uid-1',
  options: {},
  change: [{ path: '/spec/replicas', from: 3, to: 0 }],
  ...more,
})
const use = (more: Partial<Use> = {}): Use => ({
  act: 0,
  reviewUid: 'review-0',
  objectUid: 'uid-1',
  generation: 4,
  resourceVersion: '70',
  at: secondsAgo(5),
  ...more,
})
const seen = (more: Partial<UseFacts> = {}): UseFacts => ({
  objectUid: 'uid-1',
  generation: 4,
  resourceVersion: '71',
  ...more,
})
const isSame = (it: Act, facts: UseFacts, of = use()): boolean => isSameUse(of, it, request(), facts, NOW)

describe('one use of an approval', () => {
  it('of an UPDATE lasts while the change has not happened', () => {
    expect(isSame(act({}), seen())).to.equal(true)
    // A person edited another field between two reviews of one patch.
    expect(isSame(act({}), seen({ generation: 5 }))).to.equal(true)
    // The change happened (5) and somebody undid it (6).
    expect(isSame(act({}), seen({ generation: 6 }))).to.equal(false)
    expect(isSame(act({}), seen({ generation: 3 }))).to.equal(false)
  })

  it('of an UPDATE of metadata or status alone is one resourceVersion, or two seconds', () => {
    const label = act({ change: [{ path: '/metadata/labels/a', to: 'b' }] })
    expect(isSame(label, seen())).to.equal(false)
    expect(isSame(label, seen({ resourceVersion: '70' }))).to.equal(true)
    expect(isSame(label, seen(), use({ at: secondsAgo(1) }))).to.equal(true)
    expect(isSame(act({ change: [{ path: '/status/phase', from: 'a', to: 'b' }] }), seen())).to.equal(false)
  })

  it('of an UPDATE counts generations only of objects that have one, and of what moves them', () => {
    const none = seen({ generation: 0 })
    expect(isSame(act({ change: [{ path: '/data/a', to: 'b' }] }), none, use({ generation: 0 }))).to.equal(false)
    const both = act({
      change: [
        { path: '/metadata/labels/a', to: 'b' },
        { path: '/spec/replicas', from: 3, to: 0 },
      ],
    })
    expect(isSame(both, seen())).to.equal(true)
    for (const path of ['/metadata', '/status'])
      expect(isSame(act({ change: [{ path, to: {} }] }), seen()), path).to.equal(false)
    for (const path of ['/statuses', '/spec/metadata/a'])
      expect(isSame(act({ change: [{ path, to: {} }] }), seen()), path).to.equal(true)
  })

  it('of an UPDATE takes no missing resourceVersion for the same one, and two seconds for too long', () => {
    const label = act({ change: [{ path: '/metadata/labels/a', to: 'b' }] })
    expect(isSame(label, seen({ resourceVersion: '' }), use({ resourceVersion: '' }))).to.equal(false)
    expect(isSame(label, seen(), use({ at: secondsAgo(2) }))).to.equal(false)
  })

  it('of a DELETE or an eviction is one object, however often it is asked for', () => {
    for (const it of [
      act({ operation: 'DELETE', change: [] }),
      act({ operation: 'CREATE', subresource: 'eviction', change: [] }),
    ]) {
      expect(isSame(it, seen({ generation: 9 }))).to.equal(true)
      expect(isSame(it, seen({ objectUid: 'uid-2' }))).to.equal(false)
    }
  })

  it('of a CREATE is ten seconds, or one review where the name is generated', () => {
    const create = act({ operation: 'CREATE', uid: '' })
    expect(isSame(create, seen())).to.equal(true)
    expect(isSame(create, seen(), use({ at: secondsAgo(10) }))).to.equal(false)
    const generated = { ...create, name: '', generateName: 'cart-' }
    expect(isSame(generated, seen())).to.equal(false)
    expect(isSame(generated, seen(), use({ reviewUid: request().uid }))).to.equal(true)
  })

  it('of a CONNECT is ten seconds: WebSocket, then SPDY', () => {
    const connect = act({ operation: 'CONNECT', subresource: 'exec', change: [] })
    expect(isSame(connect, seen())).to.equal(true)
    expect(isSame(connect, seen(), use({ at: secondsAgo(10) }))).to.equal(false)
  })
})

describe('the marks of a use', () => {
  const stored = { metadata: { generation: 4, resourceVersion: '70' } }
  const parent = { metadata: { generation: 9, resourceVersion: '90' } }

  it('are those of the stored object, and for a scale the generation of its parent', () => {
    const marks = { objectUid: 'uid-1', generation: 4, resourceVersion: '70' }
    expect(useFacts(request({ oldObject: stored }), act({}), parent)).to.deep.equal(marks)
    const scale = request({ oldObject: stored, subresource: 'scale' })
    expect(useFacts(scale, act({}), parent)).to.deep.equal({ ...marks, generation: 9 })
    expect(useFacts(request({ oldObject: null }), act({}), parent)).to.deep.equal({
      ...marks,
      generation: 9,
      resourceVersion: '',
    })
  })

  it('are 0 and nothing where there are none', () => {
    for (const metadata of [{}, { generation: '4', resourceVersion: 70 }])
      expect(useFacts(request({ oldObject: { metadata } }), act({}), null)).to.deep.include({
        generation: 0,
        resourceVersion: '',
      })
  })
})
