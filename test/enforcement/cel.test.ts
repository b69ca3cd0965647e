import { expect } from 'chai'
import fc from 'fast-check'
import { celString, expressionsFor } from '../../src/enforcement/cel.ts'

const names = (count: number, prefix: string): readonly string[] =>
  Array.from({ length: count }, (_, i) => `${prefix}${i.toString().padStart(5, '0')}`)

/** Reads CEL's string escapes back. */
const meaning = (literal: string): string =>
  literal
    .slice(1, -1)
    .replace(/\\(u[0-9a-f]{4}|.)/gs, (_, escape: string) =>
      escape.length === 5 ? String.fromCharCode(parseInt(escape.slice(1), 16)) : escape,
    )

describe('a CEL string', () => {
  it('cannot be left by what is in it', () => {
    expect(celString("a'||true||'")).to.equal("'a\\'||true||\\''")
    expect(celString('a\\')).to.equal("'a\\\\'")
    expect(celString('a\n\u0000\u2028')).to.equal("'a\\u000a\\u0000\\u2028'")
    expect(celString('\ud800')).to.equal("'\ufffd'")
  })

  it('means the text that it was made of', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const literal = celString(text)
        expect(meaning(literal)).to.equal(text.toWellFormed())
        expect(literal.slice(1, -1).replaceAll(/\\./gs, '')).not.to.contain("'")
      }),
    )
  })
})

describe('the expression for agents', () => {
  it('is false where there are none', () => {
    expect(expressionsFor({ usernames: [], groups: [] })).to.deep.equal(['false'])
  })

  it('reads usernames and groups only, and errors on neither', () => {
    expect(expressionsFor({ usernames: ['a', 'b'], groups: ['g'] })).to.deep.equal([
      "(has(request.userInfo.username) && request.userInfo.username in ['a','b'])" +
        " || (has(request.userInfo.groups) && request.userInfo.groups.exists(g, g in ['g']))",
    ])
  })

  it('leaves out the list that is empty', () => {
    expect(expressionsFor({ usernames: ['a'], groups: [] })).to.deep.equal([
      "(has(request.userInfo.username) && request.userInfo.username in ['a'])",
    ])
    expect(expressionsFor({ usernames: [], groups: ['g'] })).to.deep.equal([
      "(has(request.userInfo.groups) && request.userInfo.groups.exists(g, g in ['g']))",
    ])
  })

  it('is split before it is too long, and loses nobody', () => {
    const identities = { usernames: names(5000, 'system:serviceaccount:agents:bot-'), groups: names(3000, 'team-') }
    const expressions = expressionsFor(identities)
    expect(expressions).to.have.length.greaterThan(2)
    for (const expression of expressions) expect(Array.from(expression).length).to.be.lessThan(100_000)
    const named = expressions.flatMap((expression) => [...expression.matchAll(/'([^']*)'/g)].map(([, name]) => name))
    expect(named.sort().join()).to.equal([...identities.usernames, ...identities.groups].sort().join())
  })

  it('is measured in code points, as the API server measures it', () => {
    const smiles = names(200, '😀'.repeat(20))
    const limit = 6000
    for (const expression of expressionsFor({ usernames: smiles, groups: [] }, limit))
      expect(Array.from(expression).length).to.be.lessThan(limit + 200)
    expect(expressionsFor({ usernames: smiles, groups: [] }, limit)).to.have.length(1 + Math.floor((200 * 28) / limit))
  })
})
