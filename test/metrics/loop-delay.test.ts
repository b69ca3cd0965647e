import { expect } from 'chai'
import { measureLoopDelay } from '../../src/metrics/loop-delay.ts'
import type { Delays } from '../../src/metrics/loop-delay.ts'

/** What Node would have recorded, in milliseconds between two looks; 20 is on time. */
function recorded(): Delays & { between: number[] } {
  return {
    between: [],
    enable: () => true,
    disable: () => true,
    get count() {
      return this.between.length
    },
    percentile() {
      return Math.max(...this.between) * 1e6
    },
    reset() {
      this.between = []
    },
  }
}

function start(): { delays: ReturnType<typeof recorded>; clock: { ms: number }; read: () => number | null } {
  const delays = recorded()
  const clock = { ms: 0 }
  return { delays, clock, read: measureLoopDelay(() => clock.ms, delays).p99Seconds }
}

describe('the event loop delay', () => {
  it('is not known before the first look', () => {
    expect(start().read()).to.equal(null)
  })

  it('is what is beyond the time between two looks', () => {
    const { delays, read } = start()
    delays.between = [20]
    expect(read()).to.equal(0)
    delays.between = [20, 270]
    expect(read()).to.equal(0.25)
    delays.between = [19]
    expect(read()).to.equal(0)
  })

  it('is the same for two that ask at once, also when a window ends between them', () => {
    const { delays, clock, read } = start()
    delays.between = [120]
    clock.ms = 10_000
    expect(read()).to.equal(0.1)
    expect(delays.between).to.deep.equal([])
    expect(read()).to.equal(0.1)
  })

  it('is forgotten after the next whole window', () => {
    const { delays, clock, read } = start()
    delays.between = [120]
    clock.ms = 10_000
    read()
    delays.between = [20]
    clock.ms = 20_000
    expect(read()).to.equal(0.1)
    expect(read()).to.equal(0)
  })

  it('is measured by Node itself', () => {
    const delay = measureLoopDelay()
    expect(delay.p99Seconds()).to.equal(null)
    delay.stop()
  })
})
