import { basename } from 'node:path'
import { expect } from 'chai'
import type { Facts, FactsSoFar } from '../../src/policy/facts.ts'
import { harmless } from '../../src/policy/harmless/index.ts'
import { Answers, get, keyOf, listOf, UnreadFact } from '../../src/policy/read.ts'
import type { Request } from '../../src/policy/request.ts'
import type { Harmless, Rule } from '../../src/policy/rule.ts'
import { covers } from '../../src/policy/rule.ts'
import { rules } from '../../src/policy/rules/index.ts'
import { factsOf } from '../../src/suites/facts.ts'
import { catalogue } from '../../src/suites/judge.ts'
import { loadSuites } from '../../src/suites/load.ts'
import { fixtures } from './case.ts'

const pod = get('', 'v1', 'pods', 'shop', 'cart')
const pods = listOf('', 'v1', 'pods', 'shop')

describe('a live answer', () => {
  it('is what was found, and null is an answer too', () => {
    const live = new Answers(
      new Map([
        [keyOf(pod), null],
        [keyOf(pods), [{ kind: 'Pod' }]],
      ]),
    )
    expect(live.get(pod)).to.equal(null)
    expect(live.list(pods)).to.deep.equal([{ kind: 'Pod' }])
  })

  it('that nobody read is a fault, and so is a list that is none', () => {
    const live = new Answers(new Map([[keyOf(pods), null]]))
    expect(() => live.get(pod)).to.throw(UnreadFact, 'not read: get  v1 pods shop cart')
    expect(() => live.list({ ...pods, namespace: 'other' })).to.throw(UnreadFact)
    expect(() => live.list(pods)).to.throw(UnreadFact)
  })
})

type Entry = Pick<Rule & Harmless, 'id' | 'matches'> & Pick<Rule, 'needs'>

/** Every case that has an entry ask for live reads, with those reads unmade. */
const asking = <T extends Entry>(entries: readonly T[]) =>
  loadSuites(fixtures).tests.flatMap(({ file, request, facts }) => {
    const blind: FactsSoFar = { ...factsOf(request, facts, catalogue), live: new Answers(new Map()) }
    return entries
      .filter((entry) => covers(entry.matches, request) && (entry.needs?.(request, blind) ?? []).length > 0)
      .map((entry) => ({ entry, request, blind, what: `${entry.id} in ${basename(file)}` }))
  })

/** What it says, or the fault that it is. */
function said<T>(of: (request: Request, facts: Facts) => T, request: Request, facts: Facts): T | 'UnreadFact' {
  try {
    return of(request, facts)
  } catch (cause) {
    if (cause instanceof UnreadFact) return cause.code
    throw cause
  }
}

describe('a rule whose live reads were not made', () => {
  const all = asking(rules)

  it('is one that a case shows, for every rule that has any', () => {
    const shown = new Set(all.map(({ entry }) => entry.id))
    expect(rules.filter(({ needs, id }) => needs !== undefined && !shown.has(id))).to.deep.equal([])
  })

  it('never finds nothing', () => {
    for (const { entry, request, blind, what } of all) expect(said(entry.find, request, blind), what).not.to.equal(null)
  })
})

describe('a harmless entry whose live reads were not made', () => {
  it('never proves anything', () => {
    const all = asking(harmless)
    expect(new Set(all.map(({ entry }) => entry.id))).to.deep.equal(
      new Set(harmless.flatMap(({ needs, id }) => (needs === undefined ? [] : [id]))),
    )
    for (const { entry, request, blind, what } of all)
      expect([null, 'UnreadFact'], what).to.include(said(entry.proves, request, blind))
  })
})
