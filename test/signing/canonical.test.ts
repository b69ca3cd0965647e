import { expect } from 'chai'
import type { Json } from '../../src/api/json.ts'
import { canonical, NotJson, sha256Hex } from '../../src/signing/canonical.ts'
import { parseJson } from '../../src/signing/json.ts'

/** A double by the hex of its bits, as RFC 8785 appendix B lists them. */
const double = (hex: string): number => Buffer.from(hex, 'hex').readDoubleBE()

describe('canonical', () => {
  it('prints the sample of RFC 8785 section 3.2.2', () => {
    const text = `{"numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
      "string": "\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\"\\/", "literals": [null, true, false]}`
    expect(canonical(JSON.parse(text) as Json)).to.equal(
      '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],' +
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}',
    )
  })

  it('sorts keys by UTF-16 code units, as in RFC 8785 section 3.2.3', () => {
    const text =
      '{"\\u20ac":"Euro Sign","\\r":"Carriage Return","\\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One",' +
      '"\\ud83d\\ude00":"Emoji: Grinning Face","\\u0080":"Control","\\u00f6":"Latin Small Letter O With Diaeresis"}'
    expect(Object.values(JSON.parse(canonical(parseJson(text))) as Record<string, string>)).to.deep.equal([
      // An integer key always comes first out of JSON.parse; the text is checked below.
      'One',
      'Carriage Return',
      'Control',
      'Latin Small Letter O With Diaeresis',
      'Euro Sign',
      'Emoji: Grinning Face',
      'Hebrew Letter Dalet With Dagesh',
    ])
    expect(canonical(parseJson(text))).to.match(/^\{"\\r":"Carriage Return","1":"One",/)
  })

  for (const [hex, form] of [
    ['0000000000000000', '0'],
    ['8000000000000000', '0'],
    ['0000000000000001', '5e-324'],
    ['8000000000000001', '-5e-324'],
    ['7fefffffffffffff', '1.7976931348623157e+308'],
    ['4340000000000000', '9007199254740992'],
    ['c340000000000000', '-9007199254740992'],
    ['4430000000000000', '295147905179352830000'],
    ['44b52d02c7e14af5', '9.999999999999997e+22'],
    ['44b52d02c7e14af6', '1e+23'],
    ['444b1ae4d6e2ef4e', '999999999999999700000'],
    ['444b1ae4d6e2ef50', '1e+21'],
    ['3eb0c6f7a0b5ed8c', '9.999999999999997e-7'],
    ['3eb0c6f7a0b5ed8d', '0.000001'],
    ['41b3de4355555553', '333333333.3333332'],
    ['41b3de4355555557', '333333333.33333343'],
    ['becbf647612f3696', '-0.0000033333333333333333'],
    ['43143ff3c1cb0959', '1424953923781206.2'],
  ] as const)
    it(`prints the double ${hex} as ${form}`, () => {
      expect(canonical(double(hex))).to.equal(form)
    })

  for (const [title, value] of [
    ['NaN', NaN],
    ['Infinity', -Infinity],
    ['a lone surrogate', '\ud800'],
    ['a lone surrogate in a key', { '\udc00': 1 }],
    ['undefined', [undefined as unknown as Json]],
    ['a bigint', 1n as unknown as Json],
  ] as const)
    it(`throws for ${title}`, () => {
      expect(() => canonical(value)).to.throw(NotJson)
    })

  it('is not confused by depth', () => {
    const deep = '{"a":['.repeat(30_000) + ']}'.repeat(30_000)
    expect(canonical(parseJson(deep))).to.equal(deep)
  })
})

describe('sha256Hex', () => {
  it('hashes a text as its UTF-8 bytes', () => {
    expect(sha256Hex('abc')).to.equal('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
    expect(sha256Hex('é')).to.equal(sha256Hex(Buffer.from('c3a9', 'hex')))
  })
})
