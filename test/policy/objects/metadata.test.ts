import { expect } from 'chai'
import type { Json } from '../../../src/api/json.ts'
import {
  described,
  isApprovalCarrier,
  isObstatKey,
  keyChanges,
  labelChanges,
  titleOf,
} from '../../../src/policy/objects/metadata.ts'
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

  it('looks below managedFields that are not the object’s own', () => {
    const hidden = { managedFields: { labels: { 'obstat.dev/x': '1' } } }
    for (const object of [hidden, { spec: hidden }, { spec: { metadata: hidden } }, { status: { metadata: hidden } }])
      expect(keyChanges(update({}, object), isObstatKey), JSON.stringify(object)).to.have.length(1)
    expect(keyChanges(update({}, { metadata: hidden }), isObstatKey)).to.deep.equal([])
  })

  it('finds no changes in a DELETE or a connection', () => {
    for (const operation of ['DELETE', 'CONNECT'] as const)
      expect(keyChanges(update({ 'obstat.dev/x': 1 }, {}, { operation }), isObstatKey)).to.deep.equal([])
  })

  it('says what was done to a key, and shows no long text', () => {
    const words = (from: Json | undefined, to: Json | undefined): string =>
      described({ path: '/k', key: 'k', from, to })
    expect(words(undefined, '1')).to.equal('adds "k" = "1"')
    expect(words('1', undefined)).to.equal('removes "k" (was "1")')
    expect(words('1', null)).to.equal('changes "k" from "1" to nothing')
    expect(words(1, true)).to.equal('changes "k" from 1 to true')
    expect(words([], 'x'.repeat(81))).to.equal('changes "k" from a list or an object to a text of 81 characters')
    expect(words(undefined, 'x'.repeat(80))).to.equal(`adds "k" = "${'x'.repeat(80)}"`)
  })

  it('names an object by its kind, or by its resource where a subresource shows another', () => {
    const title = (kind: string, subresource: string): string =>
      titleOf(
        update(
          {},
          {},
          { resource: 'deployments', name: 'web', subresource, kind: { group: 'apps', version: 'v1', kind } },
        ),
      )
    expect(title('Deployment', '')).to.equal('Deployment "web"')
    expect(title('', '')).to.equal('deployments "web"')
    expect(title('Scale', 'scale')).to.equal('deployments "web" (/scale)')
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
