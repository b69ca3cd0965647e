import { expect } from 'chai'
import { paceFor, readOptions, UsageError } from '../options.ts'

describe('the plan of a measurement', () => {
  it('ends with a small review beside large ones, unless something is chosen', () => {
    for (const flags of [[], ['--short']]) {
      const last = readOptions(flags).cells.at(-1)
      expect(last).to.deep.include({ body: 'delete', connections: [1], isBesideLarge: true })
    }
    const chosen = readOptions(['--short', '--bodies', 'scale', '--connections', '10']).cells
    expect(chosen.map(({ isBesideLarge }) => isBesideLarge)).to.deep.equal([false, false, false])
  })

  it('has the same bodies and outcomes when it is short', () => {
    const names = (flags: readonly string[]): readonly string[] =>
      readOptions(flags).cells.map(({ body, outcome }) => `${body} ${outcome}`)
    expect(names(['--short'])).to.deep.equal(names([]))
  })

  it('gives blocks with the largest body four times as long', () => {
    const { cells, pace } = readOptions(['--short', '--seconds', '2'])
    const lengths = new Map(cells.map((cell) => [`${cell.body}${cell.isBesideLarge ? '+' : ''}`, paceFor(cell, pace)]))
    expect(lengths.get('delete')?.durationMs).to.equal(2000)
    expect(lengths.get('12m')?.durationMs).to.equal(8000)
    expect(lengths.get('delete+')?.durationMs).to.equal(8000)
  })

  it('refuses what it does not know', () => {
    expect(() => readOptions(['--bodies', 'huge'])).to.throw(UsageError, 'expected some of scale')
    expect(() => readOptions(['--shorter'])).to.throw(UsageError)
  })
})
