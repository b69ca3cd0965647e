import { expect } from 'chai'
import type { Json } from '../../src/api/json.ts'
import type { Class } from '../../src/policy/class.ts'
import type { Catalogue } from '../../src/policy/classify.ts'
import { classify, classOfVerb, needs } from '../../src/policy/classify.ts'
import type { FactsSoFar } from '../../src/policy/facts.ts'
import { Answers, get } from '../../src/policy/read.ts'
import type { Request } from '../../src/policy/request.ts'
import type { Harmless, Match, Rule } from '../../src/policy/rule.ts'
import { found } from '../../src/policy/rule.ts'
import { facts, request } from './given.ts'

const EVERYTHING: Match = { operations: '*', group: '*', resource: '*/*' }
const SERVICES: Match = { operations: '*', group: '', resource: 'services' }

const rule = (id: string, raises: Class, more: Partial<Rule> = {}): Rule => ({
  id,
  raises,
  remedy: `instead of ${id}`,
  matches: [EVERYTHING],
  find: () => found(id),
  ...more,
})

const entry = (id: string, lowersTo: Class, more: Partial<Harmless> = {}): Harmless => ({
  id,
  lowersTo,
  matches: [EVERYTHING],
  proves: () => found(id),
  ...more,
})

const catalogue = (rules: readonly Rule[], harmless: readonly Harmless[] = []): Catalogue => ({ rules, harmless })

const known: FactsSoFar = { ...facts(), live: new Answers(new Map()) }

describe('policy/classify', () => {
  it('sorts findings by class, then by id, however the rules are ordered', () => {
    const rules = [rule('b', 'Destructive'), rule('c', 'Escalation'), rule('a', 'Destructive'), rule('d', 'Change')]
    for (const order of [rules, [...rules].reverse()]) {
      const result = classify(request(), facts(), catalogue(order))
      expect(result.findings.map((one) => one.rule)).to.deep.equal(['c', 'a', 'b', 'd'])
      expect(result.class).to.equal('Escalation')
      expect(result.remedy).to.equal('instead of c')
    }
  })

  it('takes the class that a finding names before that of its rule', () => {
    const worse = rule('a', 'Destructive', { find: () => ({ what: 'x', raises: 'Tampering' }) })
    expect(classify(request(), facts(), catalogue([worse])).class).to.equal('Tampering')
  })

  it('takes the entry that lowers most, whichever comes first, with its claim', () => {
    const claim = { key: 'workload', item: 'pod' }
    const harmless = [
      entry('a', 'Routine'),
      entry('b', 'Observe', { proves: () => found('b', claim) }),
      entry('c', 'Routine'),
    ]
    for (const order of [harmless, [...harmless].reverse()]) {
      const result = classify(request(), facts(), catalogue([], order))
      expect([result.class, result.harmless]).to.deep.equal(['Observe', 'b'])
      expect(result.claim).to.deep.equal(claim)
    }
  })

  it('lowers nothing that is found, and nothing without a proof', () => {
    const none = entry('a', 'Observe', { proves: () => null })
    expect(classify(request(), facts(), catalogue([], [none]))).to.deep.equal({
      class: 'Change',
      findings: [],
      harmless: '',
      remedy: '',
      claim: null,
    })
    const both = catalogue([rule('a', 'Destructive')], [entry('a', 'Observe')])
    expect(classify(request(), facts(), both).class).to.equal('Destructive')
  })

  it('never raises by the list of what lowers', () => {
    expect(classify(request(), facts(), catalogue([], [entry('a', 'Destructive')])).class).to.equal('Change')
  })

  it('asks only what matches the request, each kind of request for itself', () => {
    const only = catalogue(
      [rule('a', 'Tampering', { matches: [SERVICES] })],
      [entry('b', 'Observe', { matches: [SERVICES] })],
    )
    const service = request({ group: '', resource: 'services' })
    for (const time of ['first', 'again']) {
      const other = classify(request(), facts(), only)
      expect([other.class, other.harmless, other.findings], time).to.deep.equal(['Change', '', []])
      expect(classify(service, facts(), only).harmless).to.equal('b')
      expect(classify(service, facts(), only).class).to.equal('Tampering')
    }
  })

  it('tells kinds of requests apart still when it has seen more than it remembers', () => {
    const only = catalogue([rule('a', 'Tampering', { matches: [SERVICES] })])
    for (let at = 0; at <= 10_001; at++) classify(request({ resource: `kind-${at}` }), facts(), only)
    expect(classify(request({ group: '', resource: 'services' }), facts(), only).class).to.equal('Tampering')
    expect(classify(request(), facts(), only).class).to.equal('Change')
  })

  it('gathers the reads of both lists, of what matches alone', () => {
    const read = (name: string) => () => [get('', 'v1', 'pods', 'shop', name)]
    const readers = catalogue(
      [
        rule('a', 'Destructive', { needs: read('of a rule') }),
        rule('b', 'Destructive'),
        rule('c', 'Destructive', { matches: [SERVICES], needs: read('of another kind') }),
      ],
      [entry('d', 'Observe', { needs: read('of an entry') }), entry('e', 'Observe')],
    )
    const names = needs(request(), known, readers).map((one) => (one.verb === 'get' ? one.name : ''))
    expect(names.sort()).to.deep.equal(['of a rule', 'of an entry'])
  })

  for (const [operation, expected] of [
    ['CREATE', 'Change'],
    ['UPDATE', 'Change'],
    ['DELETE', 'Destructive'],
  ] as const)
    it(`takes ${operation} for ${expected}`, () => {
      expect(classOfVerb(request({ operation }))).to.equal(expected)
    })

  const connect = (subresource: string, object: Json, more: Partial<Request> = {}): Class =>
    classOfVerb(request({ operation: 'CONNECT', group: '', resource: 'pods', subresource, object, ...more }))

  it('takes a command without stdin and terminal for Destructive, and any other connection for Escalation', () => {
    for (const subresource of ['exec', 'attach']) {
      expect(connect(subresource, { command: ['ls'], stdout: true })).to.equal('Destructive')
      expect(connect(subresource, { stdin: false, tty: false })).to.equal('Destructive')
      expect(connect(subresource, { stdin: true })).to.equal('Escalation')
      expect(connect(subresource, { tty: true })).to.equal('Escalation')
    }
    for (const subresource of ['portforward', 'proxy', '']) expect(connect(subresource, {})).to.equal('Escalation')
    expect(connect('exec', {}, { resource: 'nodes' })).to.equal('Escalation')
    expect(connect('exec', {}, { group: 'lab.example' })).to.equal('Escalation')
  })
})
