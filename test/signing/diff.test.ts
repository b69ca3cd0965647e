import { expect } from 'chai'
import type { Json } from '../../src/api/json.ts'
import { changes, TooManyChanges } from '../../src/signing/diff.ts'
import { parseJson } from '../../src/signing/json.ts'

const CASES: readonly (readonly [string, Json | undefined, Json | undefined, readonly unknown[]])[] = [
  ['equal values', { a: [1, { b: null }] }, { a: [1, { b: null }] }, []],
  ['a scalar', { a: { b: 3 } }, { a: { b: 0 } }, [{ path: '/a/b', from: 3, to: 0 }]],
  ['a key that is new', {}, { a: null }, [{ path: '/a', to: null }]],
  ['a key that is gone', { a: [] }, {}, [{ path: '/a', from: [] }]],
  [
    'null and empty',
    { a: null, b: {}, c: [] },
    { a: {}, b: [], c: null },
    [
      { path: '/a', from: null, to: {} },
      { path: '/b', from: {}, to: [] },
      { path: '/c', from: [], to: null },
    ],
  ],
  [
    'types',
    { a: '1', b: false },
    { a: 1, b: 0 },
    [
      { path: '/a', from: '1', to: 1 },
      { path: '/b', from: false, to: 0 },
    ],
  ],
  [
    'items by index',
    { a: [1, 2, 3] },
    { a: [1, 3] },
    [
      { path: '/a/1', from: 2, to: 3 },
      { path: '/a/2', from: 3 },
    ],
  ],
  [
    'items at the end',
    [],
    [{ x: 1 }, 2],
    [
      { path: '/0', to: { x: 1 } },
      { path: '/1', to: 2 },
    ],
  ],
  ['the whole', [1], { 0: 1 }, [{ path: '', from: [1], to: { 0: 1 } }]],
  ['no left side', undefined, { a: 1 }, [{ path: '', to: { a: 1 } }]],
  ['no right side', null, undefined, [{ path: '', from: null }]],
  ['no sides', undefined, undefined, []],
  [
    'escapes',
    { 'a/b~c': 1, '': 1 },
    { 'a/b~c': 2, '': 2 },
    [
      { path: '/', from: 1, to: 2 },
      { path: '/a~1b~0c', from: 1, to: 2 },
    ],
  ],
]

describe('changes', () => {
  for (const [title, from, to, expected] of CASES)
    it(`finds the difference of ${title}`, () => {
      expect(changes(from, to)).to.deep.equal(expected)
    })

  it('sorts whole paths by code units, not keys: - comes before / and 10 before 9', () => {
    const from = { a: { x: 1 }, 'a-b': 1, l: Array.from({ length: 11 }, () => 0), '\ud83d\ude00': 0, '\uffee': 0 }
    const to = { a: { x: 2 }, 'a-b': 2, l: Array.from({ length: 11 }, () => 1), '\ud83d\ude00': 1, '\uffee': 1 }
    const paths = changes(from, to).map(({ path }) => path)
    expect(paths.slice(0, 5)).to.deep.equal(['/a-b', '/a/x', '/l/0', '/l/1', '/l/10'])
    expect(paths.slice(-2)).to.deep.equal(['/\ud83d\ude00', '/\uffee'])
  })

  it('does not see inherited names as keys', () => {
    const found = changes(parseJson('{}'), parseJson('{"__proto__":{"a":1},"constructor":2}'))
    expect(found.map(({ path }) => path)).to.deep.equal(['/__proto__', '/constructor'])
    expect(changes(parseJson('{"toString":1}'), {})).to.deep.equal([{ path: '/toString', from: 1 }])
  })

  it('compares numbers that are kept as text as one scalar', () => {
    const number = (text: string): Json => parseJson(`{"n":${text}}`)
    expect(changes(number('9007199254740993'), number('9007199254740993'))).to.deep.equal([])
    expect(changes(number('9007199254740993'), number('9007199254740995')).map(({ path }) => path)).to.deep.equal([
      '/n',
    ])
    expect(changes(number('9007199254740993'), number('9007199254740992')).map(({ path }) => path)).to.deep.equal([
      '/n',
    ])
  })

  it('does not take a spelt marker for the number', () => {
    const spelt = parseJson('{"n":{"obstat.dev/number":"9007199254740993"}}')
    expect(changes(parseJson('{"n":9007199254740993}'), spelt).map(({ path }) => path)).to.deep.equal(['/n'])
  })

  it('walks nesting of 20,000', () => {
    const deep = (leaf: string): Json => parseJson('{"a":'.repeat(20_000) + leaf + '}'.repeat(20_000))
    expect(changes(deep('1'), deep('2'))).to.deep.equal([{ path: '/a'.repeat(20_000), from: 1, to: 2 }])
    expect(changes(deep('1'), deep('1'))).to.deep.equal([])
  })

  it('throws before it lists more than 100,000 differences, or long paths of many', () => {
    const lists =
      (count: number, depth: number) =>
      (leaf: string): Json =>
        parseJson('['.repeat(depth) + Array.from({ length: count }, () => leaf).join() + ']'.repeat(depth))
    const most = lists(100_000, 1)
    const one = lists(100_001, 1)
    const deep = lists(1000, 9000)
    expect(changes(most('1'), most('2'))).to.have.length(100_000)
    expect(() => changes(one('1'), one('2'))).to.throw(TooManyChanges)
    expect(() => changes(deep('1'), deep('2'))).to.throw(TooManyChanges)
    expect(changes(deep('1'), deep('1'))).to.deep.equal([])
  })
})
