import { expect } from 'chai'
import { OVER_AFTER_MS } from '../../src/admission/ports.ts'
import type { ApprovalRequest } from '../../src/api/objects.ts'
import { RequestIndex, summaryOf } from '../../src/cluster/request-index.ts'
import type { RequestSummary } from '../../src/cluster/request-index.ts'

const now = new Date('2026-11-20T07:00:00Z')

const summary = (name: string, changes: Partial<RequestSummary> = {}): RequestSummary => ({
  name,
  agent: 'bot',
  namespace: 'shop',
  digests: ['d1'],
  filedAt: now.getTime() - 1000,
  expiresAt: now.getTime() + 1000,
  isClosed: false,
  decisions: 0,
  closedAt: 0,
  usableUntil: 0,
  ...changes,
})

const names = (index: RequestIndex, agent: string, digest: string): readonly string[] =>
  index.requestsFor(agent, digest, now).map((known) => known.name)

describe('the index of requests', () => {
  it('finds requests by agent and act, in order of name', () => {
    const index = new RequestIndex()
    for (const name of ['ar-c', 'ar-a', 'ar-b']) index.change(undefined, summary(name))
    index.change(undefined, summary('ar-other', { agent: 'other' }))
    index.change(undefined, summary('ar-plan', { digests: ['d2', 'd3'] }))
    expect(names(index, 'bot', 'd1')).to.deep.equal(['ar-a', 'ar-b', 'ar-c'])
    expect(names(index, 'bot', 'd3')).to.deep.equal(['ar-plan'])
    expect(names(index, 'other', 'd2')).to.deep.equal([])
  })

  it('says which can no longer matter', () => {
    const index = new RequestIndex()
    const past = now.getTime() - OVER_AFTER_MS - 1
    index.change(undefined, summary('ar-a', { expiresAt: past }))
    index.change(undefined, summary('ar-b', { expiresAt: past, usableUntil: past + 1 }))
    expect(index.requestsFor('bot', 'd1', now)).to.deep.equal([
      { name: 'ar-a', isOver: true },
      { name: 'ar-b', isOver: false },
    ])
  })

  it('knows where something waits for an answer, until that is given or its time is over', () => {
    const index = new RequestIndex()
    const [a, b] = [summary('ar-a'), summary('ar-b', { expiresAt: now.getTime(), namespace: '' })]
    index.change(undefined, a)
    index.change(undefined, b)
    expect(index.openRequests('bot', now)).to.deep.equal(['shop'])
    expect(index.openRequests('bot', new Date(now.getTime() - 1))).to.deep.equal(['shop', ''])
    index.change(a, { ...a, isClosed: true })
    expect(index.openRequests('bot', now)).to.deep.equal([])
    expect(names(index, 'bot', 'd1')).to.deep.equal(['ar-a', 'ar-b'])
    expect(index.openRequests('nobody', now)).to.deep.equal([])
  })

  it('counts what is being filed as open, once, until it is there or was not filed', () => {
    const index = new RequestIndex()
    index.expect(summary('ar-a'), now)
    index.expect(summary('ar-b'), now)
    index.expect(summary('ar-b'), now)
    expect(index.openRequests('bot', now)).to.deep.equal(['shop', 'shop'])
    expect(index.openRequests('nobody', now)).to.deep.equal([])
    index.change(undefined, summary('ar-a'))
    expect(index.openRequests('bot', now)).to.deep.equal(['shop', 'shop'])
    index.forget('ar-b')
    expect(index.openRequests('bot', now)).to.deep.equal(['shop'])
    index.change(summary('ar-a'), { ...summary('ar-a'), isClosed: true })
    expect(index.openRequests('bot', now)).to.deep.equal([])
    expect(names(index, 'bot', 'd1')).to.deep.equal(['ar-a'])
  })

  it('gives up after ten seconds on what was being filed', () => {
    const index = new RequestIndex()
    index.expect(summary('ar-a', { expiresAt: now.getTime() + 60_000 }), now)
    expect(index.openRequests('bot', new Date(now.getTime() + 9999))).to.deep.equal(['shop'])
    expect(index.openRequests('bot', new Date(now.getTime() + 10_000))).to.deep.equal([])
  })

  it('forgets what is gone', () => {
    const index = new RequestIndex()
    index.change(undefined, summary('ar-a'))
    index.change(undefined, summary('ar-b'))
    index.change(summary('ar-a'), undefined)
    expect(names(index, 'bot', 'd1')).to.deep.equal(['ar-b'])
    index.change(summary('ar-b'), undefined)
    expect(names(index, 'bot', 'd1')).to.deep.equal([])
    expect(index.openRequests('bot', now)).to.deep.equal([])
  })
})

describe('what is remembered of a request', () => {
  const statement = (notAfter: string): string => Buffer.from(JSON.stringify({ notAfter })).toString('base64')
  const request = (changes: Partial<ApprovalRequest['spec']>, conditions: readonly string[] = []): ApprovalRequest =>
    ({
      metadata: { name: 'ar-a', creationTimestamp: '2026-11-20T00:30:00Z' },
      spec: {
        agent: 'bot',
        acts: [{ intentSha256: 'd1' }, { intentSha256: 'd1' }, { intentSha256: 'd2' }],
        expiresAt: '2026-11-20T08:00:00Z',
        decisions: [],
        ...changes,
      },
      status: {
        conditions: conditions.map((type, i) => ({
          type,
          status: 'True',
          reason: 'R',
          message: 'm',
          lastTransitionTime: `2026-11-20T0${i + 1}:00:00Z`,
        })),
      },
    }) as unknown as ApprovalRequest

  it('is each of its acts once', () => {
    expect(summaryOf(request({})).digests).to.deep.equal(['d1', 'd2'])
  })

  it('is as old as the API server says', () => {
    expect(summaryOf(request({})).filedAt).to.equal(Date.parse('2026-11-20T00:30:00Z'))
  })

  it('is open until a condition holds', () => {
    expect(summaryOf(request({}))).to.include({ isClosed: false, closedAt: 0 })
    const closed = summaryOf(request({}, ['Approved', 'Consumed']))
    expect(closed).to.include({ isClosed: true, closedAt: Date.parse('2026-11-20T02:00:00Z') })
  })

  it('is usable until the last of its approvals ends, whatever else stands in the decisions', () => {
    const payloads = [statement('2026-11-20T07:15:00Z'), statement('2026-11-20T07:30:00Z'), statement('never'), '!', '']
    const decisions = payloads.map((payload) => ({ envelope: { payloadType: 't', payload, signatures: [] } }))
    expect(summaryOf(request({ decisions })).usableUntil).to.equal(Date.parse('2026-11-20T07:30:00Z'))
  })
})
