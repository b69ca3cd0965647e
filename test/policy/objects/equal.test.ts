import { expect } from 'chai'
import fc from 'fast-check'
import type { Json } from '../../../src/api/json.ts'
import { isAlike, isEmpty, isSame } from '../../../src/policy/objects/equal.ts'
import { changes } from '../../../src/signing/diff.ts'
import { parseJson } from '../../../src/signing/json.ts'

const json = fc.jsonValue().map((value) => value as Json)

describe('policy/objects/equal', () => {
  it('agrees with the change list', () => {
    fc.assert(
      fc.property(json, json, (a, b) => {
        expect(isSame(a, b)).to.equal(changes(a, b).length === 0)
      }),
    )
  })

  it('finds every value the same as its copy, keys in any order', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), json), (object) => {
        expect(isSame(object, Object.fromEntries(Object.entries(object).reverse()))).to.equal(true)
      }),
    )
  })

  it('tells numbers apart that a double cannot', () => {
    expect(isSame(parseJson('[9007199254740993]'), parseJson('[9007199254740992]'))).to.equal(false)
    expect(isSame(parseJson('[9007199254740993]'), parseJson('[9007199254740993]'))).to.equal(true)
  })

  it('tells a number from an object spelt like its marker', () => {
    const number = parseJson('9007199254740993')
    expect(isSame(number, parseJson('{"obstat.dev/number":"9007199254740993"}'))).to.equal(false)
  })

  it('tells keys of Object.prototype from missing ones', () => {
    expect(isSame(parseJson('{"__proto__":1}'), {})).to.equal(false)
    expect(isSame({ a: null }, { constructor: null })).to.equal(false)
    expect(isSame(parseJson('{"__proto__":{}}'), { a: {} })).to.equal(false)
  })

  it('compares what is nested nine thousand deep', () => {
    const deep = (leaf: string): Json => parseJson(`${'{"a":'.repeat(9000)}${leaf}${'}'.repeat(9000)}`)
    expect(isSame(deep('1'), deep('1'))).to.equal(true)
    expect(isSame(deep('1'), deep('2'))).to.equal(false)
  })

  it('takes absent, null and empty for one, and nothing else', () => {
    for (const value of [undefined, null, [], {}]) expect(isEmpty(value)).to.equal(true)
    for (const value of [0, '', false, [null], { a: null }]) expect(isEmpty(value)).to.equal(false)
    expect(isAlike(undefined, {})).to.equal(true)
    expect(isAlike(undefined, '')).to.equal(false)
  })
})
