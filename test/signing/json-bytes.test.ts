import { isDeepStrictEqual } from 'node:util'
import { expect } from 'chai'
import fc from 'fast-check'
import type { Json } from '../../src/api/json.ts'
import { parseJsonBytes } from '../../src/signing/json-bytes.ts'
import { decodeUtf8, ExactNumber, JsonError, parseJson } from '../../src/signing/json.ts'

type Outcome = { readonly value: Json } | { readonly refused: string }

function outcomeOf(read: () => Json): Outcome {
  try {
    return { value: read() }
  } catch (cause) {
    if (cause instanceof JsonError) return { refused: `${cause.code}: ${cause.message}` }
    throw cause
  }
}

/** Both parsers do the same: the same value to the last sign of a zero, the same order of keys, or the same refusal. */
function expectSame(bytes: Buffer): void {
  const ours = outcomeOf(() => parseJson(decodeUtf8(bytes)))
  const quick = outcomeOf(() => parseJsonBytes(bytes))
  expect(isDeepStrictEqual(quick, ours), `${bytes.toString('latin1')}: ${JSON.stringify([quick, ours])}`).to.equal(true)
  expect(JSON.stringify(quick)).to.equal(JSON.stringify(ours))
}

/** Spelt as JSON, each for a reason. */
const NUMBERS = [
  ...['0', '-0', '0.0', '-0.0', '1', '-1', '12.50', '-0.5', '1e3', '1E-3', '1e400', '-1e-400', '5e-324'],
  ...['999999999999999', '-999999999999999', '9007199254740991', '9007199254740993', '12345678901234.5', '0.1'],
  ...[
    '0.30000000000000004',
    '0.00000000000001',
    '1.0000000000000000001',
    '123456789012.345',
    '01',
    '1.',
    '.5',
    '1.2.3',
  ],
]
const STRINGS = [
  ...['""', '"x"', '":"', '"a:b"', '"\\""', '"\\\\"', '"\\\\\\""', '"{"', '"[1e9,\\":\\"]"', '"\\u003c\\u2028"', '"é"'],
  ...[
    '"\\ud83d\\ude00"',
    '"\\ud800"',
    '"\\uDC00"',
    '"\\\\ud800"',
    '"😀"',
    '"\\x"',
    '"\u0001"',
    '"12345678901234567890"',
  ],
  ...[127, 128, 129, 300].flatMap((length) => [
    `"${'y'.repeat(length)}"`,
    `"${'y'.repeat(length)}\\n${'"'.replace('"', '\\"').repeat(9)}"`,
    `"${'\\\\'.repeat(length)}"`,
    `"${'z'.repeat(length)}\\udfff"`,
    `"${'z'.repeat(length)}\t"`,
  ]),
]
const KEYS = ['"a"', '"\\u0061"', '"b"', '"1"', '"0"', '"__proto__"', '"\\u005f_proto__"', '"constructor"', '":"', '""']

const { text } = fc.letrec<{ text: string }>((tie) => {
  const space = fc.constantFrom('', '', '', ' ', '\n\t')
  const spaced = fc.tuple(space, tie('text'), space).map((parts) => parts.join(''))
  const member = fc.tuple(fc.constantFrom(...KEYS), space, spaced).map(([key, gap, value]) => `${key}${gap}:${value}`)
  return {
    text: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      fc.constantFrom('null', 'true', 'false', '{}', '[]', ...NUMBERS, ...STRINGS),
      fc.array(spaced, { maxLength: 4 }).map((items) => `[${items.join(',')}]`),
      fc.array(member, { maxLength: 5 }).map((members) => `{${members.join(',')}}`),
    ),
  }
})

describe('parseJsonBytes', () => {
  it('does what the strict parser does, whatever the text', () => {
    fc.assert(
      fc.property(text, (whole) => {
        expectSame(Buffer.from(whole))
      }),
      { numRuns: 3000 },
    )
  })

  it('does what the strict parser does when bytes are spoilt', () => {
    const spoilt = fc.tuple(
      text,
      fc.nat(60),
      fc.constantFrom(0x22, 0x5c, 0x2c, 0x3a, 0x7b, 0x7d, 0x5d, 0x2d, 0x65, 0xff, 0),
    )
    fc.assert(
      fc.property(spoilt, ([whole, at, byte]) => {
        const bytes = Buffer.from(whole)
        bytes[at % Math.max(1, bytes.length)] = byte
        expectSame(bytes)
        expectSame(bytes.subarray(0, at))
      }),
      { numRuns: 2000 },
    )
  })

  for (const one of [...NUMBERS, ...STRINGS])
    it(`reads ${one.length > 40 ? `${one.slice(0, 20)}… of ${one.length}` : JSON.stringify(one)} as the strict parser does`, () => {
      expectSame(Buffer.from(one))
      expectSame(Buffer.from(`{"a":[${one}],"b":${one}}`))
    })

  it('keeps what a double cannot hold', () => {
    expect(parseJsonBytes(Buffer.from('[9007199254740993]'))).to.deep.equal([new ExactNumber('9007199254740993')])
  })

  it('refuses a duplicate key in another spelling, however deep', () => {
    const read = (): Json => parseJsonBytes(Buffer.from('[{"b":{"a":1,"\\u0061":2}}]'))
    expect(read).to.throw(JsonError, 'duplicate key')
  })

  it('takes and refuses the same nesting', () => {
    for (const depth of [999, 1000, 1001, 9000, 100_000, 100_002])
      for (const [open, close] of [
        ['[', ']'],
        ['{"a":', '}'],
      ] as const) {
        const bytes = Buffer.from(`${open.repeat(depth)}1${close.repeat(depth)}`)
        const [quick, ours] = [outcomeOf(() => parseJsonBytes(bytes)), outcomeOf(() => parseJson(decodeUtf8(bytes)))]
        expect(Object.keys(quick), String(depth)).to.deep.equal(Object.keys(ours))
      }
  })
})
