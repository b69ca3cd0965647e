import { expect } from 'chai'
import { covers, coversResource, found, quote, visible } from '../../src/policy/rule.ts'
import { request } from './given.ts'

const deployment = request()
const scale = request({ subresource: 'scale' })

describe('policy/rule', () => {
  for (const [pattern, ofObject, ofScale] of [
    ['deployments', true, false],
    ['deployments/scale', false, true],
    ['deployments/status', false, false],
    ['deployments/*', false, true],
    ['*', true, false],
    ['*/scale', false, true],
    ['*/status', false, false],
    ['*/*', true, true],
    ['statefulsets', false, false],
    ['statefulsets/scale', false, false],
    ['statefulsets/*', false, false],
    ['', false, false],
    ['deployments/', false, false],
  ] as const)
    it(`covers by ${pattern || 'nothing'} what webhook rules cover by it`, () => {
      expect(coversResource(pattern, deployment)).to.equal(ofObject)
      expect(coversResource(pattern, scale)).to.equal(ofScale)
    })

  it('covers a request when operation, group and resource of one match do', () => {
    const match = { operations: ['UPDATE'], group: 'apps', resource: 'deployments' } as const
    const asked = (...more: readonly object[]): boolean =>
      covers(
        more.map((one) => ({ ...match, ...one })),
        deployment,
      )
    expect(asked({})).to.equal(true)
    expect(asked({ operations: '*', group: '*' })).to.equal(true)
    expect(asked({ operations: ['CREATE', 'DELETE'] })).to.equal(false)
    expect(asked({ group: '' })).to.equal(false)
    expect(asked({ resource: 'statefulsets' })).to.equal(false)
    expect(asked({ group: '' }, {})).to.equal(true)
    expect(asked()).to.equal(false)
  })

  it('quotes outside text so that no terminal obeys it, and cuts what is long', () => {
    expect(quote('a"b')).to.equal('"a\\"b"')
    expect(quote('a\u001b[2Kb\u202ec')).to.equal('"a\\u{1b}[2Kb\\u{202e}c"')
    expect(quote('x'.repeat(80))).to.equal(`"${'x'.repeat(80)}"`)
    expect(quote('x'.repeat(81))).to.equal(`"${'x'.repeat(77)}..."`)
    expect(visible('a\nb\u2028c')).to.equal('a\\u{a}b\\u{2028}c')
  })

  it('keeps a claim with what was found, where there is one', () => {
    expect(found('x')).to.deep.equal({ what: 'x' })
    expect(found('x', { key: 'k', item: 'i' })).to.deep.equal({ what: 'x', claim: { key: 'k', item: 'i' } })
  })
})
