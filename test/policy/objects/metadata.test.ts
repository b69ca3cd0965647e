import { expect } from 'chai'
import type { Json } from '../../../src/api/json.ts'
import { isApprovalCarrier, isObstatKey, keyChanges, labelChanges } from '../../../src/policy/objects/metadata.ts'
import type { Request } from '../../../src/policy/request.ts'
import { parseJson } from '../../../src/signing/json.ts'
import { requestOf } from '../case.ts'

const update = (oldObject: Json, object: Json, more: Partial<Request> = {}): Request => ({
  ...requestOf({ request: { operation: 'UPDATE', resource: 'configmaps' }, expect: { verdict: 'Allow' } }),
  oldObject,
  object,
  ...more,
})

describe('policy/objects/metadata', () => {
  it('finds keys of obstat.dev and of its subdomains, in any case', () => {
    for (const key of ['obstat.dev/x', 'policy.obstat.dev/y', 'OBSTAT.dev/z']) expect(isObstatKey(key)).to.equal(true)
    for (const key of ['obstat.dev', 'notobstat.dev/x', 'obstat.dev.evil/x', 'f:obstat.dev/x', 'f:a.obstat.dev/x', 'x'])
      expect(isObstatKey(key)).to.equal(false)
  })

  it('finds what was added, changed and removed, however deep', () => {
    const changes = keyChanges(
      update(
        { a: { 'obstat.dev/x': '1', 'obstat.dev/y': '1' } },
        { a: { 'obstat.dev/x': '2' }, b: [{ 'obstat.dev/z': 3 }] },
      ),
      isObstatKey,
    )
    expect(changes.map(({ path, from, to }) => [path, from, to])).to.deep.equal([
      ['/a/obstat.dev~1x', '1', '2'],
      ['/a/obstat.dev~1y', '1', undefined],
      ['/b/0/obstat.dev~1z', undefined, 3],
    ])
  })

  it('finds nothing in what a managedFields entry lists', () => {
    const fields = {
      metadata: { managedFields: [{ fieldsV1: { 'f:metadata': { 'f:labels': { 'f:obstat.dev/x': {} } } } }] },
    }
    expect(keyChanges(update({}, fields), isObstatKey)).to.deep.equal([])
  })

  it('finds labels only in maps that are labels or annotations', () => {
    const object = {
      metadata: { labels: { ttl: '1' } },
      spec: { matchLabels: { ttl: '1' }, template: { metadata: { annotations: { ttl: '2' } } } },
    }
    expect(labelChanges(update({}, object), () => true).map(({ path }) => path)).to.deep.equal([
      '/metadata/labels/ttl',
      '/spec/template/metadata/annotations/ttl',
    ])
  })

  it('walks what is nested nine thousand deep', () => {
    const deep = parseJson(`${'{"a":'.repeat(9000)}{"obstat.dev/x":1}${'}'.repeat(9000)}`)
    expect(keyChanges(update({}, deep), isObstatKey)).to.have.length(1)
  })

  it('knows the approval annotation only where it is a carrier', () => {
    const change = {
      path: '/metadata/annotations/obstat.dev~1approval',
      key: 'obstat.dev/approval',
      from: undefined,
      to: 'x',
    }
    expect(isApprovalCarrier(update({}, {}), change)).to.equal(true)
    for (const subresource of ['status', 'finalize', 'binding', 'approval'])
      expect(isApprovalCarrier(update({}, {}, { subresource }), change)).to.equal(false)
    expect(isApprovalCarrier(update({}, {}, { resource: 'bindings' }), change)).to.equal(false)
    expect(isApprovalCarrier(update({}, {}), { ...change, path: `/spec/template${change.path}` })).to.equal(false)
  })
})
