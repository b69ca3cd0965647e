import { expect } from 'chai'
import fc from 'fast-check'
import { sharing } from '../../src/admission/sharing.ts'
import type { Json } from '../../src/api/json.ts'
import { canonical } from '../../src/signing/canonical.ts'
import { parseJson } from '../../src/signing/json.ts'

const json = fc.jsonValue({ maxDepth: 5 }) as fc.Arbitrary<Json>

describe('admission/sharing', () => {
  it('gives back what is the same on both sides as the very same part', () => {
    const before = { spec: { a: [{ x: 1 }], b: { y: 2 } }, data: { k: 'v' } }
    const after = sharing(before, { spec: { a: [{ x: 1 }], b: { y: 3 } }, data: { k: 'v' } }) as typeof before
    expect(after).to.deep.equal({ spec: { a: [{ x: 1 }], b: { y: 3 } }, data: { k: 'v' } })
    expect(after.data).to.equal(before.data)
    expect(after.spec.a).to.equal(before.spec.a)
    expect(after.spec.b).not.to.equal(before.spec.b)
  })

  it('shares no part whose keys stand in another order', () => {
    const after = sharing({ a: { x: 1, y: 2 } }, { a: { y: 2, x: 1 } })
    expect(JSON.stringify(after)).to.equal('{"a":{"y":2,"x":1}}')
  })

  it('keeps numbers to the last digit, keys such as __proto__, and null', () => {
    const of = (text: string): Json => parseJson(text)
    for (const [before, after] of [
      ['[9007199254740993]', '[9007199254740992]'],
      ['[9007199254740993]', '[9007199254740995]'],
      ['[9007199254740992]', '[9007199254740993]'],
      ['[{"obstat.dev/number":"9007199254740993"}]', '[9007199254740993]'],
      ['{"a":9007199254740993}', '{"a":9007199254740993,"b":1}'],
      ['{"__proto__":{"x":[1]},"y":1}', '{"__proto__":{"x":[1]},"y":2}'],
      ['{"a":null}', '{"a":null,"b":null}'],
      ['[null]', '[null,null]'],
    ] as const)
      expect(canonical(sharing(of(before), of(after)))).to.equal(canonical(of(after)))
  })

  it('shares a number that is kept as text only where it is the same', () => {
    const of = (text: string): Json => (parseJson(text) as readonly Json[])[0] ?? null
    const before = of('[9007199254740993]')
    expect(sharing(before, of('[9007199254740993]'))).to.equal(before)
    for (const text of ['[9007199254740995]', '[{"obstat.dev/number":"9007199254740993"}]', '[1]']) {
      const after = of(text)
      expect(sharing(before, after), text).to.equal(after)
      expect(sharing(after, before), text).to.equal(before)
    }
  })

  it('never changes a value, to the order of its keys', () => {
    fc.assert(
      fc.property(json, json, fc.boolean(), (before, other, isSame) => {
        const after = isSame ? structuredClone(before) : other
        const texts = [JSON.stringify(before), JSON.stringify(after)]
        const shared = JSON.stringify(sharing(before, after))
        expect([JSON.stringify(before), JSON.stringify(after)]).to.deep.equal(texts)
        expect(shared).to.equal(texts[1])
      }),
    )
  })

  it('walks what is nested nine thousand deep', () => {
    const deep = (leaf: string): Json => parseJson(`${'{"a":'.repeat(9000)}${leaf}${'}'.repeat(9000)}`)
    expect(canonical(sharing(deep('1'), deep('2')))).to.equal(canonical(deep('2')))
  })
})
