import { expect } from 'chai'
import type { Json } from '../../../src/api/json.ts'
import { compare, isLowered, isRaised, quantity } from '../../../src/policy/objects/quantity.ts'
import { parseJson } from '../../../src/signing/json.ts'

const same = (a: Json, b: Json): boolean => {
  const [x, y] = [quantity(a), quantity(b)]
  return x !== null && y !== null && compare(x, y) === 0
}

describe('policy/objects/quantity', () => {
  for (const [a, b] of [
    ['2Gi', '2147483648'],
    ['2M', '2e6'],
    ['2M', '2000000000m'],
    ['0.5', '500m'],
    ['1.5Gi', '1536Mi'],
    ['1E', '1000P'],
    ['1E3', '1k'],
    ['+1', '1'],
    ['.5', '0.50'],
    ['1n', '0.000000001'],
    ['1000m', 1],
  ] as const)
    it(`reads ${a} and ${b} as one value`, () => {
      expect(same(a, b)).to.equal(true)
    })

  for (const bad of ['', 'x', '1X', '1 Gi', 'Gi', '.', '1e', '1e99999', '--1', null, true, [], {}] as const)
    it(`reads ${JSON.stringify(bad)} as no quantity`, () => {
      expect(quantity(bad)).to.equal(null)
    })

  for (const [from, to] of [
    ['2Gi', '2M'],
    ['2Gi', '1953Ki'],
    ['1', '10m'],
    ['1', '-1'],
  ] as const)
    it(`sees that ${to} is less than ${from}`, () => {
      expect(isLowered(from, to)).to.equal(true)
      expect(isRaised(from, to)).to.equal(false)
      expect(isLowered(to, from)).to.equal(false)
      expect(isRaised(to, from)).to.equal(true)
    })

  it('takes what it cannot read for lower, unless nothing changed', () => {
    expect(isLowered('1', 'x')).to.equal(true)
    expect(isLowered('x', '1')).to.equal(true)
    expect(isLowered('x', 'x')).to.equal(false)
    expect(isRaised('x', '1')).to.equal(false)
  })

  it('tells integers beyond a double apart', () => {
    const [more, less] = [parseJson('9007199254740993'), parseJson('9007199254740992')]
    expect(isLowered(more, less)).to.equal(true)
    expect(isLowered(less, more)).to.equal(false)
  })
})
