import { expect } from 'chai'
import type { Moment } from '../../src/cluster/moment.ts'
import { betweenMs, earlier, later } from '../../src/cluster/moment.ts'

const at = (wallMs: number, monotonicMs: number): Moment => ({ wallMs, monotonicMs })

describe('the time between two moments', () => {
  it('is what both clocks say', () => {
    expect(betweenMs(at(1000, 10), at(6000, 5010))).to.equal(5000)
  })

  it('is long when the wall clock was set, forward or back', () => {
    expect(betweenMs(at(1000, 10), at(1000 + 3_600_000, 20))).to.equal(3_600_000)
    expect(betweenMs(at(1000, 10), at(1000 - 3_600_000, 20))).to.equal(3_600_000)
  })

  it('does not shrink when the wall clock is set back a little', () => {
    expect(betweenMs(at(1000, 10), at(900, 5010))).to.equal(5000)
  })

  it('counts the time that the machine was suspended, which the monotonic clock does not see', () => {
    expect(betweenMs(at(1000, 10), at(3_601_000, 20))).to.equal(3_600_000)
  })

  it('is never negative', () => {
    expect(betweenMs(at(1000, 10), at(1000, 5))).to.equal(0)
  })

  it('orders moments by the clock that nobody sets', () => {
    const [first, second] = [at(9000, 1), at(1000, 2)]
    expect(earlier(first, second)).to.equal(first)
    expect(later(first, second)).to.equal(second)
  })
})
