import { expect } from 'chai'
import type { Json } from '../../src/api/json.ts'
import { canonical } from '../../src/signing/canonical.ts'
import { decodeUtf8, ExactNumber, JsonError, parseJson, readJson, readJsonBytes } from '../../src/signing/json.ts'

/** The code that a text is refused with. */
function refusal(text: string): string {
  try {
    parseJson(text)
  } catch (cause) {
    if (cause instanceof JsonError) return cause.code
    throw cause
  }
  return 'accepted'
}

describe('parseJson', () => {
  it('reads what JSON.parse reads', () => {
    const text =
      ' {"a":[1,-2.5,1e3,true,false,null,"x",{}],"b":{"c":[]},"é\\n\\u00e9\\ud83d\\ude00":"\\"\\\\\\/"} \r\n\t'
    expect(parseJson(text)).to.deep.equal(JSON.parse(text))
  })

  for (const text of ['0', '-1', '"x"', '"a b\\n c"', 'null', 'true', 'false', '[]', '{}', ' [ ] ', '{ }'])
    it(`reads ${JSON.stringify(text)} alone`, () => {
      expect(parseJson(text)).to.deep.equal(JSON.parse(text))
    })

  for (const text of [
    '',
    ' ',
    '{',
    '[',
    '{"a"}',
    '{"a":}',
    '{"a":1,}',
    '{,}',
    '{1:2}',
    "{'a':1}",
    '[1,]',
    '[,1]',
    '[1 2]',
    '[1}',
    '{"a":1]',
    '1 2',
    '{}{}',
    '[]x',
    'nul',
    'True',
    'undefined',
    'NaN',
    'Infinity',
    '01',
    '-01',
    '-',
    '+1',
    '.5',
    '1.',
    '1.e5',
    '1e',
    '1e+',
    '0x10',
    '"',
    '"a',
    '"\\',
    '"\\"',
    '"\\q"',
    '"\\u12"',
    '"\\u12g4"',
    '"a\nb"',
    '"a\u0000b"',
    '"\\n\nb"',
    '\ufeff{}',
    '\u00a01',
    '// c\n1',
  ])
    it(`refuses ${JSON.stringify(text)}`, () => {
      expect(refusal(text)).to.equal('JsonSyntax')
    })

  it('says where reading stopped, and nothing of the text', () => {
    expect(() => parseJson('{"password":secret}')).to.throw(JsonError, /^expected a value at 12$/)
    expect(readJson('[1')).to.deep.equal({ ok: false, issues: [{ path: '', message: 'expected , or ] at 2' }] })
  })

  for (const text of ['{"a":1,"a":1}', '{"a":1,"\\u0061":2}', '{"x":{"b":{},"b":[]}}', '{"__proto__":1,"__proto__":2}'])
    it(`refuses the duplicate key in ${text}`, () => {
      expect(refusal(text)).to.equal('JsonDuplicateKey')
    })

  it('takes one key in two objects', () => {
    expect(refusal('[{"a":{"a":1}},{"a":2}]')).to.equal('accepted')
  })

  for (const text of ['"\\ud800"', '"\\udc00\\ud800"', '{"\\udfff":1}', '"\ud800"', '"\ud83d\\ude00"'])
    it(`refuses the lone surrogate in ${JSON.stringify(text)}`, () => {
      expect(refusal(text)).to.equal('JsonLoneSurrogate')
    })

  it('keeps names of Object.prototype as ordinary own keys', () => {
    const text = '{"__proto__":{"x":1},"constructor":2,"hasOwnProperty":3,"toString":4}'
    const value = parseJson(text) as Record<string, Json>
    expect(Object.keys(value)).to.deep.equal(['__proto__', 'constructor', 'hasOwnProperty', 'toString'])
    expect(Object.getPrototypeOf(value)).to.equal(Object.prototype)
    expect(Reflect.get({}, 'x')).to.equal(undefined)
    expect(canonical(value)).to.equal(text)
  })

  it('reads nesting of 50,000 and refuses it beyond 100,000', () => {
    const lists = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth)
    const objects = '{"a":'.repeat(50_000) + '1' + '}'.repeat(50_000)
    expect(canonical(parseJson(lists(50_000)))).to.equal(lists(50_000))
    expect(canonical(parseJson(objects))).to.equal(objects)
    expect(refusal(lists(200_000))).to.equal('JsonTooDeep')
  })

  for (const [text, form] of [
    ['0', '0'],
    ['-0', '0'],
    ['-0.0e5', '0'],
    ['0.10', '0.1'],
    ['1E2', '100'],
    ['1e21', '1e+21'],
    ['0.000001', '0.000001'],
    ['1e-7', '1e-7'],
    ['123456789012345', '123456789012345'],
    ['9007199254740992', '9007199254740992'],
    ['9007199254740994', '9007199254740994'],
    ['1.7976931348623157e308', '1.7976931348623157e+308'],
    ['5e-324', '5e-324'],
  ] as const)
    it(`reads ${text} as the number that prints as ${form}`, () => {
      expect(canonical(parseJson(text))).to.equal(form)
    })

  for (const text of [
    '9007199254740993',
    '-9007199254740993',
    '1234567890123456789',
    '9223372036854775807',
    '0.10000000000000000555',
    '1e400',
    '-1e400',
    '1e-400',
    '4.9e-324',
    '3.141592653589793238',
    '333333333.33333329',
    '-9223372036854775808',
  ])
    it(`keeps ${text}, which a double would change, as text`, () => {
      const value = parseJson(`{"n":${text}}`) as { readonly n: Json }
      expect(value.n).to.be.instanceOf(ExactNumber)
      expect(canonical(value.n)).to.equal(`{"obstat.dev/number":"${text}"}`)
    })

  it('tells a number kept as text from an object spelt that way', () => {
    const spelt = parseJson('{"obstat.dev/number":"9007199254740993"}')
    expect(spelt).not.to.be.instanceOf(ExactNumber)
    expect(canonical(spelt)).to.equal(canonical(parseJson('9007199254740993')))
  })

  it('reads a number of a million digits in linear time', () => {
    expect(parseJson(`1${'0'.repeat(1_000_000)}1`)).to.be.instanceOf(ExactNumber)
    expect(parseJson(`0.${'0'.repeat(1_000_000)}`)).to.equal(0)
  })
})

describe('decodeUtf8', () => {
  it('keeps a byte order mark', () => {
    expect(decodeUtf8(Buffer.from('efbbbf31', 'hex'))).to.equal('\ufeff1')
  })

  for (const hex of ['ff', 'c080', 'eda080', 'f4908080', 'e282', '80'])
    it(`refuses the bytes ${hex}`, () => {
      expect(() => decodeUtf8(Buffer.from(hex, 'hex'))).to.throw(JsonError, 'expected UTF-8')
      expect(readJsonBytes(Buffer.from(hex, 'hex')).ok).to.equal(false)
    })
})
