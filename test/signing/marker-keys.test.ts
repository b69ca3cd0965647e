import { expect } from 'chai'
import { parseJson } from '../../src/signing/json.ts'
import { hasMarkerKeys } from '../../src/signing/marker-keys.ts'

describe('hasMarkerKeys', () => {
  for (const [title, text] of [
    ['in the spec', '{"spec":{"obstat.dev/sha256":"00"}}'],
    ['at the top', '{"obstat.dev/x":1}'],
    ['in a list', '[[{"obstat.dev/number":"1"}]]'],
    ['in metadata itself', '{"metadata":{"obstat.dev/x":"y"}}'],
    ['in another map of a metadata', '{"metadata":{"finalizers":{"obstat.dev/x":"y"}}}'],
    ['in labels that are not of a metadata', '{"spec":{"labels":{"obstat.dev/x":"y"}}}'],
    ['in a selector', '{"spec":{"selector":{"matchLabels":{"obstat.dev/investigation":"y"}}}}'],
    ['below an annotation', '{"metadata":{"annotations":{"a":{"obstat.dev/x":"y"}}}}'],
    ['as a label that is no text', '{"spec":{"metadata":{"labels":{"obstat.dev/x":1}}}}'],
    ['as a label spelt like a marker', '{"spec":{"metadata":{"labels":{"obstat.dev/number":"9007199254740993"}}}}'],
    ['under a key of Object.prototype', '{"__proto__":{"obstat.dev/x":1}}'],
  ] as const)
    it(`finds a key ${title}`, () => {
      expect(hasMarkerKeys(parseJson(text))).to.equal(true)
    })

  for (const [title, text] of [
    [
      'labels and annotations',
      '{"metadata":{"labels":{"obstat.dev/agents":"true"},"annotations":{"obstat.dev/approval":"x"}}}',
    ],
    ['labels of a template', '{"spec":{"template":{"metadata":{"labels":{"obstat.dev/investigation":"x"}}}}}'],
    ['other prefixes', '{"a":{"x.obstat.dev/y":1,"obstat.dev":1,"f:obstat.dev/z":{}}}'],
    ['values', '{"a":"obstat.dev/sha256"}'],
    ['numbers that are kept as text', '{"a":9007199254740993}'],
    ['a scalar', 'null'],
  ] as const)
    it(`lets ${title} be`, () => {
      expect(hasMarkerKeys(parseJson(text))).to.equal(false)
    })

  it('looks at any depth', () => {
    const deep = (leaf: string): string => '[{"a":'.repeat(20_000) + leaf + '}]'.repeat(20_000)
    expect(hasMarkerKeys(parseJson(deep('{"obstat.dev/x":1}')))).to.equal(true)
    expect(hasMarkerKeys(parseJson(deep('{"x":1}')))).to.equal(false)
  })
})
