import { expect } from 'chai'
import type { RequestSummary } from '../../src/cluster/request-index.ts'
import { dueAt, stepFor, surplusOf } from '../../src/reconcile/retention.ts'

const minute = 60_000
const day = 24 * 60 * minute
const filedAt = Date.parse('2026-11-20T07:00:00Z')
const expiresAt = filedAt + 60 * minute

const request = (changes: Partial<RequestSummary>): RequestSummary => ({
  name: 'ar-a',
  agent: 'bot',
  namespace: 'shop',
  digests: ['d'],
  filedAt,
  expiresAt,
  isClosed: false,
  decisions: 0,
  closedAt: 0,
  usableUntil: 0,
  ...changes,
})

const stepAt = (time: number, changes: Partial<RequestSummary>): string | null =>
  stepFor(request(changes), new Date(time))

describe('the life of a request', () => {
  it('expires when nobody answered in time', () => {
    expect(stepAt(expiresAt - 1, {})).to.equal(null)
    expect(stepAt(expiresAt, {})).to.equal('expire')
  })

  it('does not expire once it was decided', () => {
    expect(stepAt(expiresAt, { isClosed: true, closedAt: filedAt })).to.equal(null)
  })

  it('is over a day after it was decided or expired', () => {
    const closed = { isClosed: true, closedAt: expiresAt }
    expect(stepAt(expiresAt + day - 1, closed)).to.equal(null)
    expect(stepAt(expiresAt + day, closed)).to.equal('remove')
  })

  it('is not removed while an approval in it could be used, nor for a minute more', () => {
    const usableUntil = filedAt + 5 * day
    const used = { isClosed: true, closedAt: filedAt, usableUntil }
    expect(stepAt(usableUntil + minute - 1, used)).to.equal(null)
    expect(stepAt(usableUntil + minute, used)).to.equal('remove')
  })

  it('is not removed while a Deny in it holds', () => {
    const late = filedAt + 3 * day
    const denied = { isClosed: true, closedAt: filedAt, expiresAt: late }
    expect(stepAt(late, denied)).to.equal(null)
    expect(dueAt(request(denied))).to.equal(late + minute)
  })
})

describe('requests that are too many', () => {
  const now = new Date(filedAt + minute)
  const surplus = (requests: readonly RequestSummary[]): readonly string[] =>
    surplusOf(requests, now, 2).map(({ name }) => name)
  const named = (name: string, changes: Partial<RequestSummary> = {}): RequestSummary => request({ name, ...changes })

  it('are the youngest, and by name among those of one second', () => {
    const young = { filedAt: filedAt + 1000 }
    expect(surplus([named('ar-d', young), named('ar-c'), named('ar-a', young), named('ar-b')])).to.deep.equal([
      'ar-a',
      'ar-d',
    ])
    expect(surplus([named('ar-c'), named('ar-b'), named('ar-a')])).to.deep.equal(['ar-c'])
  })

  it('are counted for each agent and namespace', () => {
    const [elsewhere, other] = [{ namespace: 'vault' }, { agent: 'other' }]
    expect(
      surplus([named('ar-a'), named('ar-b'), named('ar-c', elsewhere), named('ar-d', other), named('ar-e', elsewhere)]),
    ).to.deep.equal([])
  })

  it('are none that are over, and none on which somebody has decided', () => {
    const [closed, late, decided] = [{ isClosed: true }, { expiresAt: now.getTime() }, { decisions: 1 }]
    expect(surplus([named('ar-a', closed), named('ar-b', late), named('ar-c'), named('ar-d')])).to.deep.equal([])
    expect(surplus([named('ar-a'), named('ar-b'), named('ar-c', decided)])).to.deep.equal([])
    expect(surplus([named('ar-a', decided), named('ar-b'), named('ar-c')])).to.deep.equal(['ar-c'])
  })
})
