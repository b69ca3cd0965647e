import { expect } from 'chai'
import type { Json } from '../../../src/api/json.ts'
import { shown } from '../../../src/policy/objects/metadata.ts'
import { turns, wordsOf } from '../../../src/policy/objects/turns.ts'
import { request } from '../given.ts'

const between = (oldObject: Json, object: Json): readonly string[] =>
  turns(request({ oldObject, object })).map(({ path, key, from, to }) => `${path} ${key} ${shown(from)} ${shown(to)}`)

describe('policy/objects/turns', () => {
  it('names one scalar that changed', () => {
    expect(between({ spec: { a: 1, b: 2 } }, { spec: { a: 1, b: 3 } })).to.deep.equal(['/spec/b b 2 3'])
  })

  it('names every scalar of a branch that was added', () => {
    expect(between({}, { spec: { a: { b: true }, c: [1] } })).to.have.members([
      '/spec/a/b b nothing true',
      '/spec/c/0 c nothing 1',
    ])
  })

  it('names every scalar of a branch that was taken away', () => {
    expect(between({ spec: { a: { b: true } } }, { spec: {} })).to.deep.equal(['/spec/a/b b true nothing'])
  })

  it('names both sides where a list took the place of an object', () => {
    expect(between({ a: { b: 1 } }, { a: [2] })).to.have.members(['/a/b b 1 nothing', '/a/0 a nothing 2'])
  })

  it('counts an empty list and an empty object as scalars', () => {
    expect(turns(request({ oldObject: {}, object: { a: [], b: {} } })).map(({ path }) => path)).to.have.members([
      '/a',
      '/b',
    ])
  })

  it('goes by the name of a name and value pair', () => {
    const parameters = (value: string): Json => ({ parameters: [{ name: 'web.replicaCount', value }] })
    expect(between(parameters('3'), parameters('0'))).to.deep.equal(['/parameters/0/value replicaCount "3" "0"'])
    expect(between({}, parameters('0'))).to.include('/parameters/0/value replicaCount nothing "0"')
  })

  it('reads a branch 9,000 deep with a scalar on each level', () => {
    let deep: Json = {}
    for (let level = 0; level < 9000; level++) deep = { [`level-${level}`]: deep, prune: true }
    const found = turns(request({ oldObject: {}, object: { spec: deep } }))
    expect(found.filter(({ key }) => key === 'prune')).to.have.length(9000)
  })

  it('finds nothing in a CREATE', () => {
    expect(turns(request({ operation: 'CREATE', oldObject: null, object: { spec: { prune: true } } }))).to.deep.equal(
      [],
    )
  })

  it('splits keys into words however they are written', () => {
    expect(wordsOf('volumeClaimDeletePolicy')).to.deep.equal(['volume', 'claim', 'delete', 'policy'])
    expect(wordsOf('cnrm.cloud.google.com/deletion-policy')).to.deep.equal([
      'cnrm',
      'cloud',
      'google',
      'com',
      'deletion',
      'policy',
    ])
  })
})
