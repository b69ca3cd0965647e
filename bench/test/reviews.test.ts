import { expect } from 'chai'
import { decode } from '../../src/admission/decode.ts'
import type { Json } from '../../src/api/json.ts'
import { BODIES, OUTCOMES, reviewFor } from '../reviews/cases.ts'
import type { BodyName } from '../reviews/cases.ts'
import { goJson } from '../reviews/go-json.ts'
import { UID_PLACEHOLDER } from '../reviews/review.ts'

/** Least and most bytes. */
const SIZES: Readonly<Record<BodyName, readonly [number, number]>> = {
  scale: [1000, 2000],
  delete: [3000, 5000],
  update: [6000, 8000],
  '1m': [950_000, 1_050_000],
  '12m': [12_000_000, 13_000_000],
}

describe('reviews to measure with', () => {
  it('escape what Go escapes', () => {
    expect(goJson({ a: '<b>&\u2028"' })).to.equal('{"a":"\\u003cb\\u003e\\u0026\\u2028\\""}')
  })

  for (const body of BODIES)
    for (const outcome of OUTCOMES)
      it(`${body} ${outcome} is a review of the size that it says, with one place for a uid`, () => {
        const text = goJson(reviewFor(body, outcome))
        expect(Buffer.byteLength(text)).to.be.within(...SIZES[body])
        expect(text.split(UID_PLACEHOLDER)).to.have.length(2)
        expect(decode(JSON.parse(text) as Json).uid).to.equal(UID_PLACEHOLDER)
      })

  it('own the fields of an object as FieldsV1 does', () => {
    const review = goJson(reviewFor('delete', 'refuse'))
    expect(review)
      .to.include('"f:selector":{}')
      .and.to.include('"k:{\\"containerPort\\":8080,\\"protocol\\":\\"TCP\\"}"')
  })
})
