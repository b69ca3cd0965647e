import { expect } from 'chai'
import type { Json } from '../../../src/api/json.ts'
import { approvalCarried } from '../../../src/policy/harmless/approval-carried.ts'
import { facts, request } from '../given.ts'

/** Is it harmless to take a broken approval away, with these managedFields before and after? */
const isCarried = (before: Json, after: Json): boolean =>
  approvalCarried.proves(
    request({
      oldObject: { metadata: { annotations: { 'obstat.dev/approval': 'x' }, managedFields: before } },
      object: { metadata: { managedFields: after } },
    }),
    facts(),
  ) !== null

const entry = (more: Record<string, Json> = {}): Json => ({
  manager: 'kubectl',
  operation: 'Update',
  apiVersion: 'apps/v1',
  subresource: 'status',
  time: '2026-11-20T07:00:00Z',
  fieldsV1: { 'f:spec': { 'f:replicas': {}, 'f:paused': {} } },
  ...more,
})

describe('policy/harmless/approval-carried', () => {
  it('lets the time of an entry and its place in the list be', () => {
    const other = entry({ manager: 'gitops' })
    expect(isCarried([entry(), other], [other, entry({ time: '2026-11-20T08:00:00Z' })])).to.equal(true)
    expect(isCarried([], [entry()])).to.equal(true)
  })

  for (const key of ['manager', 'operation', 'apiVersion', 'subresource'])
    it(`lets nobody's fields go to an entry of another ${key}`, () => {
      expect(isCarried([entry()], [entry({ [key]: 'other' })])).to.equal(false)
    })

  it('lets no field of an entry go, at whatever depth', () => {
    const without: readonly Json[] = [
      { 'f:spec': { 'f:replicas': {} } },
      { 'f:spec': { 'f:paused': {} } },
      { 'f:spec': {} },
      { 'f:status': { 'f:replicas': {}, 'f:paused': {} } },
      {},
      null,
    ]
    for (const fieldsV1 of without)
      expect(isCarried([entry()], [entry({ fieldsV1 })]), JSON.stringify(fieldsV1)).to.equal(false)
    expect(isCarried([entry(), entry({ manager: 'gitops' })], [entry()])).to.equal(false)
  })

  it('lets an entry own more than before', () => {
    const more = { 'f:metadata': {}, 'f:spec': { 'f:replicas': { 'f:x': {} }, 'f:paused': {} } }
    expect(isCarried([entry()], [entry({ fieldsV1: more })])).to.equal(true)
  })

  it('takes no entry for harmless whose fields it cannot read', () => {
    expect(isCarried([entry({ fieldsV1: null })], [entry({ fieldsV1: null })])).to.equal(false)
    expect(isCarried([entry({ fieldsV1: { 'f:a': 1 } })], [entry({ fieldsV1: { 'f:a': 1 } })])).to.equal(false)
  })
})
