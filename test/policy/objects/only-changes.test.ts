import { expect } from 'chai'
import type { Json } from '../../../src/api/json.ts'
import { onlyChanges } from '../../../src/policy/objects/only-changes.ts'
import type { Request } from '../../../src/policy/request.ts'
import { request } from '../given.ts'

const isOnly = (oldObject: Json, object: Json, more: Partial<Request> = {}): boolean =>
  onlyChanges(request({ oldObject, object, ...more }), ({ path }) => path === '/spec/a')

const counted = (generation: string, annotations: Readonly<Record<string, string>>, a: number): Json => ({
  metadata: { annotations: { ...annotations, 'deprecated.daemonset.template.generation': generation } },
  spec: { a },
})

describe('policy/objects/only-changes', () => {
  it('wants a change, and nothing beside it', () => {
    expect(isOnly({ spec: { a: 1 } }, { spec: { a: 2 } })).to.equal(true)
    expect(isOnly({ spec: { a: 1 } }, { spec: { a: 1 } })).to.equal(false)
    expect(isOnly({ spec: { a: 1, b: 1 } }, { spec: { a: 2, b: 2 } })).to.equal(false)
  })

  it('says nothing of what is no UPDATE', () => {
    for (const operation of ['CREATE', 'DELETE', 'CONNECT'] as const)
      expect(isOnly({ spec: { a: 1 } }, { spec: { a: 2 } }, { operation })).to.equal(false)
  })

  it('leaves out what the API server writes at every update, and no more', () => {
    const versioned = (version: string, a: number): Json => ({
      metadata: { resourceVersion: version, generation: a, managedFields: [{ time: version }] },
      spec: { a },
    })
    expect(isOnly(versioned('1', 1), versioned('2', 2))).to.equal(true)
    expect(isOnly(versioned('1', 1), versioned('2', 1))).to.equal(false)
    expect(isOnly({ metadata: { labels: {} }, spec: { a: 1 } }, { spec: { a: 2 } })).to.equal(false)
  })

  it('leaves out the count that the API server keeps in a DaemonSet, and no other annotation', () => {
    const ofDaemonSet = { resource: 'daemonsets' }
    expect(isOnly(counted('1', { b: 'c' }, 1), counted('2', { b: 'c' }, 2), ofDaemonSet)).to.equal(true)
    expect(isOnly(counted('1', { b: 'c' }, 1), counted('2', { b: 'd' }, 2), ofDaemonSet)).to.equal(false)
    expect(isOnly(counted('1', {}, 1), counted('2', {}, 2))).to.equal(false)
    expect(isOnly({ spec: { a: 1 } }, { spec: { a: 2 } }, ofDaemonSet)).to.equal(true)
    expect(isOnly({ spec: { a: 1 } }, { metadata: { annotations: {} }, spec: { a: 2 } }, ofDaemonSet)).to.equal(false)
  })
})
