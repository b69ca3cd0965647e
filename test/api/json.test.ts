import { expect } from 'chai'
import type { Json } from '../../src/api/json.ts'
import { field } from '../../src/api/json.ts'

const INHERITED = Object.getOwnPropertyNames(Object.prototype)

describe('a field of an object from outside', () => {
  it('is none that JavaScript gives every object', () => {
    for (const key of INHERITED) expect(field({}, key), key).to.equal(undefined)
    for (const key of INHERITED) expect(field({ metadata: {} }, 'metadata', key), key).to.equal(undefined)
  })

  it('is its own, whatever it is called', () => {
    for (const key of INHERITED) {
      const object = read(`{"metadata":{${JSON.stringify(key)}:{"name":"x"}}}`)
      expect(field(object, 'metadata', key, 'name'), key).to.equal('x')
    }
  })

  it('is none of a list, a text or nothing', () => {
    for (const value of [[{ length: 1 }], 'length', null, 7] as Json[])
      expect(field(value, 'length')).to.equal(undefined)
  })
})

const read = (text: string): Json => JSON.parse(text) as Json
