import { Environment } from '@marcbachmann/cel-js'
import { expect } from 'chai'
import type { Json } from '../../src/api/json.ts'
import { celValueOf } from '../../src/policy/cel-values.ts'
import { compile } from '../../src/policy/cel.ts'
import type { Answer } from '../../src/policy/cel.ts'
import type { Request } from '../../src/policy/request.ts'
import { parseJson } from '../../src/signing/json.ts'
import { request } from './given.ts'

const answer = (expression: string, more: Partial<Request> = {}): Answer => {
  const compiled = compile(expression)
  if (!compiled.ok) throw new Error(JSON.stringify(compiled.issues))
  return compiled.value.ask(request(more))
}

const issueOf = (expression: string): string => {
  const compiled = compile(expression)
  return compiled.ok ? '' : compiled.issues.map(({ message }) => message).join()
}

const whyOf = (expression: string, object: Json): string => {
  const found = answer(expression, { object })
  return typeof found === 'string' ? '' : found.why
}

describe('a CEL expression', () => {
  const TRUE = [
    "request.operation == 'UPDATE'",
    "request.resource == {'group': 'apps', 'version': 'v1', 'resource': 'deployments'}",
    "request.kind.kind == 'Deployment' && request.subResource == '' && request.namespace == 'shop'",
    "request.userInfo.username == userInfo.username && 'system:serviceaccounts:sre' in userInfo.groups",
    '!request.dryRun && request.options == null',
    'object.spec.replicas == 5 && object.spec.replicas - oldObject.spec.replicas == 2',
    'object.spec.replicas / 2 == 2 && object.spec.replicas % 2 == 1 && type(object.spec.replicas) == int',
    "object.?metadata.?labels[?'tier'].orValue('none') == 'none'",
    'has(object.spec) && !has(object.spec.paused)',
    "object.metadata.exists(key, key == 'name') && object.spec.all(key, object.spec[key] == 5)",
    "object.spec.paused || request.name == 'cart'",
  ]
  for (const expression of TRUE)
    it(`knows that ${expression}`, () => {
      expect(answer(expression)).to.equal('true')
    })

  it('finds null where there is no object', () => {
    expect(answer('object == null && oldObject != null', { operation: 'DELETE', object: null })).to.equal('true')
  })

  it('reads whole numbers that JavaScript cannot hold', () => {
    const object = parseJson('{ "n": 9007199254740993, "m": -9007199254740993, "e": 1e300, "h": 0.5 }')
    const big = 'object.n == 9007199254740993 && object.m < 0 && object.e > 1.0 && object.h == 0.5'
    expect(answer(big, { object })).to.equal('true')
  })

  it('is not misled by keys that mean something to JavaScript', () => {
    const labels = parseJson('{ "constructor": "a", "__proto__": "b", "toString": "c", "tier": "gold" }')
    const object = { metadata: { labels } }
    for (const key of ['constructor', '__proto__', 'toString'])
      expect(answer(`object.metadata.labels['${key}'].size() == 1`, { object }), key).to.equal('true')
    expect(answer("object.metadata.?labels.?tier.orValue('') == 'gold'", { object })).to.equal('true')
    expect(answer('has(object.metadata.labels.valueOf)', { object })).to.equal('false')
  })

  const BROKEN = [
    ['object.', /Expected IDENTIFIER/],
    ['spec.replicas > 1', /Unknown variable: spec/],
    ["'one'", /expected true or false, got string/],
    ['object.replicas + 1', /expected true or false/],
    ["request.name.foo('a')", /foo/],
    ["object.image.matches('^(a+)+$')", /matches\(\) cannot be used/],
    ["object.list.all(x, x.exists(y, y.matches('a')))", /matches\(\) cannot be used/],
    ["has(object.a) ? object.a.split(',').all(x, x == '') : true", /split\(\) cannot be used/],
    [`${'('.repeat(2000)}true`, /./],
  ] as const
  for (const [expression, message] of BROKEN)
    it(`does not compile: ${expression.slice(0, 60)}`, () => {
      expect(issueOf(expression)).to.match(message)
    })

  it('says why it has no answer, without what the object holds', () => {
    expect(whyOf("object.secret > 3 || object.none == 'x'", { secret: 'hunter2' })).to.match(/^no such/)
    expect(whyOf('object.spec', { spec: 'hunter2' })).to.equal('neither true nor false')
  })

  it('asks no loops in loops of an object that is too large for them', () => {
    const nested = 'object.list.all(a, object.list.all(b, a == b))'
    expect(answer(nested, { object: { list: Array(100).fill(1) } })).to.equal('true')
    expect(whyOf(nested, { list: Array(1001).fill(1) })).to.match(/too large/)
    expect(answer('object.list.all(a, a == 1)', { object: { list: Array(100_000).fill(1) } })).to.equal('true')
  })

  it('asks nothing of an object that is nested deeper than any schema', () => {
    for (const [open, close] of [
      ['[', ']'],
      ['{"a":', '}'],
    ] as const) {
      const deep = parseJson(`{"a":${open.repeat(9000)}1${close.repeat(9000)}}`)
      expect(whyOf('object == oldObject', deep)).to.match(/too deeply/)
    }
    const real = parseJson(`${'{"a":'.repeat(99)}1${'}'.repeat(99)}`)
    expect(answer('object == oldObject', { object: real, oldObject: real })).to.equal('true')
  })

  it('teaches the library no types, which it would keep for ever', () => {
    const size = { longest: 1, isTooDeep: false }
    const value = celValueOf({ a: { b: [{ c: { d: 'x' } }] } }, size)
    const run = new Environment({ unlistedVariablesAreDyn: true }).parse('value + value')
    expect(() => void run({ value })).to.throw(/no such overload: dyn<map<dyn, dyn>> \+/)
    expect(size).to.deep.equal({ longest: 1, isTooDeep: false })
  })
})
