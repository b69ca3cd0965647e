import { expect } from 'chai'
import { coresOf, pinned } from '../pinning.ts'
import { differencesOf, orderOf, ratiosOf, spreadOf } from '../statistics.ts'

describe('statistics of a measurement', () => {
  it('run passes AB BA BA AB', () => {
    expect([0, 1, 2, 3, 4].map((round) => orderOf(['A', 'B'], round).join(''))).to.deep.equal([
      'AB',
      'BA',
      'BA',
      'AB',
      'AB',
    ])
  })

  it('take the middle of all values, or the mean of both middle ones', () => {
    expect(spreadOf([3, 1, 2])).to.deep.equal({ median: 2, least: 1, most: 3 })
    expect(spreadOf([4, 1, 2, 3])).to.deep.equal({ median: 2.5, least: 1, most: 4 })
    expect(spreadOf([])).to.equal(null)
  })

  it('compare pass by pass and leave out what is not known on either side', () => {
    expect(ratiosOf([2, null, 9, 8], [1, 1, 0, 2])).to.deep.equal({ median: 3, least: 2, most: 4 })
    expect(differencesOf([5, 7], [1, null])).to.deep.equal({ median: 4, least: 4, most: 4 })
    expect(ratiosOf([1], [])).to.equal(null)
  })
})

describe('pinning', () => {
  it('reads lists of cores', () => {
    expect(coresOf('0-2,5')).to.deep.equal([0, 1, 2, 5])
    expect(coresOf('')).to.deep.equal([])
  })

  it('leaves a command alone where there is no core to pin it to', () => {
    expect(pinned(undefined, 'a', ['b'])).to.deep.equal({ program: 'a', args: ['b'] })
    expect(pinned(3, 'a', ['b'])).to.deep.equal({ program: 'taskset', args: ['-c', '3', 'a', 'b'] })
  })
})
