import { expect } from 'chai'
import type { Json } from '../../../src/api/json.ts'
import { podSpecs } from '../../../src/policy/objects/pod-specs.ts'
import { MAX_LEVELS, nodesOf, pathOf } from '../../../src/policy/objects/walk.ts'
import { parseJson } from '../../../src/signing/json.ts'

const pathsOf = (object: Json): readonly string[] => [...nodesOf(object)].map(pathOf).sort()

describe('policy/objects/walk', () => {
  it('leaves out the object’s own metadata and status, not a template’s', () => {
    expect(pathsOf({ metadata: { a: 1 }, status: { b: 1 }, spec: { metadata: { c: 1 } } })).to.deep.equal([
      'spec',
      'spec.metadata',
      'spec.metadata.c',
    ])
  })

  it('names the items of a list by their name, and twins by their place', () => {
    expect(pathsOf({ l: [{ name: 'a' }, { name: 'a' }, 1] })).to.deep.equal([
      'l',
      'l.#2',
      'l.a',
      'l.a#1',
      'l.a#1.name',
      'l.a.name',
    ])
  })

  it('goes down two hundred levels of ten thousand, and reads keys such as __proto__', () => {
    const deep = parseJson(`${'{"a":'.repeat(10_000)}1${'}'.repeat(10_000)}`)
    expect([...nodesOf(deep)]).to.have.length(MAX_LEVELS)
    expect(pathsOf(parseJson('{"__proto__":{"x":1}}'))).to.deep.equal(['__proto__', '__proto__.x'])
  })
})

describe('policy/objects/walk, of two sides', () => {
  const shared = { containers: [{ name: 'main' }] }
  const both = (object: Json, other: Json): readonly string[] => [...nodesOf(object, other)].map(pathOf).sort()

  it('leaves out what is below a value that both sides share', () => {
    expect(both({ spec: shared, a: 1 }, { spec: shared, a: 2 })).to.deep.equal(['a', 'spec'])
    expect(both({ l: [{ name: 'x', shared }] }, { l: [{ name: 'y' }, { name: 'x', shared }] })).to.deep.equal([
      'l',
      'l.x',
      'l.x.name',
      'l.x.shared',
    ])
  })

  it('goes one level into it where labels or annotations beside it differ', () => {
    for (const mark of ['labels', 'annotations']) {
      const template = (value: string): Json => ({ metadata: { [mark]: { a: value } }, spec: shared })
      expect(both({ template: template('1') }, { template: template('2') })).to.include.members([
        'template.spec',
        'template.spec.containers',
      ])
      expect(both({ template: template('1') }, { template: template('2') })).not.to.include(
        'template.spec.containers.main',
      )
    }
  })

  it('leaves nothing out where the object’s own labels or annotations differ', () => {
    for (const mark of ['labels', 'annotations'])
      expect(both({ metadata: { [mark]: { a: '1' } }, spec: shared }, { metadata: {}, spec: shared })).to.include(
        'spec.containers.main.name',
      )
  })
})

describe('policy/objects/pod-specs', () => {
  const containers = [{ name: 'main' }]
  for (const [what, object, path] of [
    ['a Pod', { spec: { containers } }, 'spec'],
    ['a Deployment', { spec: { template: { spec: { containers } } } }, 'spec.template.spec'],
    [
      'a CronJob',
      { spec: { jobTemplate: { spec: { template: { spec: { containers } } } } } },
      'spec.jobTemplate.spec.template.spec',
    ],
    ['a PodTemplate', { template: { spec: { containers } } }, 'template.spec'],
    ['an unknown kind', { spec: { roles: [{ name: 'w', pod: { initContainers: containers } }] } }, 'spec.roles.w.pod'],
  ] as const)
    it(`finds the pod spec of ${what}`, () => {
      expect(podSpecs(object).map((one) => one.path)).to.deep.equal([path])
    })

  it('finds the metadata of a Pod at the top and of a template beside its spec', () => {
    expect(podSpecs({ metadata: { name: 'p' }, spec: { containers } })[0]?.metadata).to.deep.equal({ name: 'p' })
    const template = { metadata: { name: 't' }, spec: { containers } }
    expect(podSpecs({ metadata: { name: 'd' }, spec: { template } })[0]?.metadata).to.deep.equal({ name: 't' })
  })
})
