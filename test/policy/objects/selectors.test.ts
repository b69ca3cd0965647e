import { expect } from 'chai'
import { chooses, selects, selectsByMap } from '../../../src/policy/objects/selectors.ts'

const labels = new Map([['app', 'web']])
const by = (
  key: string,
  operator: string,
  values: readonly string[] = [],
): { matchExpressions: { key: string; operator: string; values: readonly string[] }[] } => ({
  matchExpressions: [{ key, operator, values }],
})

describe('policy/objects/selectors', () => {
  it('lets an empty selector choose everything and a missing one nothing', () => {
    expect(selects({}, labels)).to.equal(true)
    expect(selects(undefined, labels)).to.equal(false)
    expect(selects(null, labels)).to.equal(false)
  })

  it('lets an empty map choose nothing', () => {
    expect(selectsByMap({}, labels)).to.equal(false)
    expect(selectsByMap(undefined, labels)).to.equal(false)
    expect(selectsByMap({ app: 'web' }, labels)).to.equal(true)
    expect(selectsByMap({ app: 'web', tier: 'x' }, labels)).to.equal(false)
  })

  for (const [selector, expected] of [
    [{ matchLabels: { app: 'web' } }, true],
    [{ matchLabels: { app: 'db' } }, false],
    [by('app', 'In', ['db', 'web']), true],
    [by('app', 'In', ['db']), false],
    [by('tier', 'In', ['db']), false],
    [by('app', 'NotIn', ['db']), true],
    [by('tier', 'NotIn', ['db']), true],
    [by('app', 'NotIn', ['web']), false],
    [by('app', 'Exists'), true],
    [by('tier', 'Exists'), false],
    [by('app', 'DoesNotExist'), false],
    [by('tier', 'DoesNotExist'), true],
    [by('app', 'NewOperator'), true],
  ] as const)
    it(`answers ${expected} for ${JSON.stringify(selector)}`, () => {
      expect(selects(selector, labels)).to.equal(expected)
    })

  it('reads both forms of an object’s selector', () => {
    expect(chooses({ spec: { selector: { app: 'web' } } }, labels)).to.equal(true)
    expect(chooses({ spec: { selector: { matchLabels: { app: 'web' } } } }, labels)).to.equal(true)
    expect(chooses({ spec: {} }, labels)).to.equal(false)
  })
})
