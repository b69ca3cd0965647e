import { expect } from 'chai'
import type { RequestSummary } from '../../src/cluster/request-index.ts'
import { waitingIn } from '../../src/reconcile/waiting.ts'

const now = new Date('2026-11-20T08:00:00Z')
const agoMs = (seconds: number): number => now.getTime() - seconds * 1000

const request = (changes: Partial<RequestSummary>): RequestSummary => ({
  name: 'ar-a',
  agent: 'bot',
  namespace: 'shop',
  digests: ['d'],
  filedAt: agoMs(60),
  expiresAt: agoMs(-3600),
  isClosed: false,
  decisions: 0,
  closedAt: 0,
  usableUntil: 0,
  ...changes,
})

describe('what waits for people', () => {
  it('is counted, with the age of the oldest', () => {
    const requests = [request({}), request({ filedAt: agoMs(90) }), request({ filedAt: agoMs(30) })]
    expect(waitingIn(requests, now)).to.deep.equal({ count: 3, oldestSeconds: 90 })
  })

  it('has been decided by nobody and has not run out', () => {
    const closed = request({ isClosed: true, filedAt: agoMs(600) })
    const over = request({ expiresAt: now.getTime(), filedAt: agoMs(600) })
    expect(waitingIn([closed, over, request({})], now)).to.deep.equal({ count: 1, oldestSeconds: 60 })
  })

  it('is nothing when there is nothing, and no younger than now when clocks differ', () => {
    expect(waitingIn([], now)).to.deep.equal({ count: 0, oldestSeconds: 0 })
    expect(waitingIn([request({ filedAt: agoMs(-2) })], now)).to.deep.equal({ count: 1, oldestSeconds: 0 })
  })
})
