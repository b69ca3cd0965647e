import { isDeepStrictEqual } from 'node:util'
import { expect } from 'chai'
import type { Json } from '../../src/api/json.ts'
import { largeJson } from '../../src/server/large-json.ts'
import { decodeUtf8, ExactNumber, JsonError, parseJson } from '../../src/signing/json.ts'

const shared = (text: string | Uint8Array): Buffer<SharedArrayBuffer> => {
  const bytes = Buffer.from(text as string)
  const copy = Buffer.from(new SharedArrayBuffer(bytes.length))
  bytes.copy(copy)
  return copy
}
const PAGE = JSON.stringify('<p>é😀\n'.repeat(20_000))

describe('large JSON on a thread of its own', () => {
  const large = largeJson(50)

  const whole: readonly (readonly [what: string, text: string])[] = [
    ['long texts', `{"a":${PAGE},"b":[${PAGE},1.5,-3,true,null]}`],
    ['keys that mean something to JavaScript', `{"__proto__":${PAGE},"constructor":1,"2":2,"1":1}`],
    ['numbers that a double cannot hold', `{"a":${PAGE},"n":[9007199254740993,1e400,-0,0.1]}`],
    ['more members than bytes', `{"a":[${'{"b":1},'.repeat(20_000)}null]}`],
    ['deep nesting', `{"a":${PAGE},"deep":${'['.repeat(1001)}${']'.repeat(1001)}}`],
    ['a text alone', PAGE],
    ['null', 'null'],
  ]
  for (const [what, text] of whole)
    it(`is read as everywhere: ${what}`, async () => {
      const found = await large.parse(shared(text))
      expect(isDeepStrictEqual(found, parseJson(text))).to.equal(true)
      expect(keysOf(found)).to.deep.equal(keysOf(parseJson(text)))
    })

  it('keeps numbers to the last digit', async () => {
    const found = await large.parse(shared(`[9007199254740993,${PAGE}]`))
    expect((found as readonly Json[])[0]).to.be.instanceOf(ExactNumber)
  })

  const broken: readonly (readonly [what: string, bytes: Buffer])[] = [
    ['a duplicate key', Buffer.from(`{"a":${PAGE},"\\u0061":1}`)],
    ['a lone surrogate', Buffer.from(`[${PAGE},"\\ud800"]`)],
    ['bytes that are not UTF-8', Buffer.concat([Buffer.from(PAGE), Buffer.from([0xff])])],
    ['half a text', Buffer.from(PAGE).subarray(0, -1)],
  ]
  for (const [what, bytes] of broken)
    it(`is refused as everywhere: ${what}`, async () => {
      const expected = refusal(() => parseJson(decodeUtf8(bytes)))
      const found = await large.parse(shared(bytes)).then(
        () => 'read',
        (cause: unknown) => String(cause),
      )
      expect(found).to.equal(expected)
    })

  it('answers each of many at once with its own', async () => {
    const texts = Array.from({ length: 8 }, (_, at) => `[${at},${PAGE}]`)
    const found = await Promise.all(texts.map((text) => large.parse(shared(text))))
    expect(found.map((one) => (one as readonly Json[])[0])).to.deep.equal([0, 1, 2, 3, 4, 5, 6, 7])
  })

  it('goes on when the thread has ended for want of work, whenever it is asked', async () => {
    const brief = largeJson(0)
    for (let turn = 0; turn < 20; turn++) {
      expect(await brief.parse(shared(`[${turn},${PAGE}]`))).to.have.length(2)
      // Before, while and after the thread ends: no answer depends on when.
      await new Promise((resolve) => setTimeout(resolve, turn % 4))
    }
  })
})

const keysOf = (value: Json): readonly string[] =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value) : []

function refusal(read: () => Json): string {
  try {
    read()
  } catch (cause) {
    if (cause instanceof JsonError) return String(cause)
    throw cause
  }
  return 'read'
}
