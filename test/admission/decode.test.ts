import { expect } from 'chai'
import { decode, uidOf } from '../../src/admission/decode.ts'
import type { Json, JsonObject } from '../../src/api/json.ts'
import { reviewOf } from './memory.ts'

const UPDATE: JsonObject = {
  operation: 'UPDATE',
  kind: { group: 'apps', version: 'v1', kind: 'Deployment' },
  resource: { group: 'apps', version: 'v1', resource: 'deployments' },
  name: 'cart',
  namespace: 'shop',
  object: { metadata: { name: 'cart' }, spec: { replicas: 1 } },
  oldObject: { metadata: { name: 'cart' }, spec: { replicas: 2 } },
  options: { kind: 'UpdateOptions' },
}
const read = (more: JsonObject): ReturnType<typeof decode> => decode(reviewOf({ ...UPDATE, ...more }))

describe('decode', () => {
  it('reads a request as our own frozen copy', () => {
    const request = read({})
    expect(request).to.deep.equal({
      uid: 'review-1',
      operation: 'UPDATE',
      group: 'apps',
      version: 'v1',
      resource: 'deployments',
      subresource: '',
      kind: { group: 'apps', version: 'v1', kind: 'Deployment' },
      namespace: 'shop',
      name: 'cart',
      isCollectionItem: false,
      user: {
        username: 'system:serviceaccount:sre:sre-bot',
        uid: 'sa-uid',
        groups: ['system:serviceaccounts', 'system:serviceaccounts:sre', 'system:authenticated'],
        extra: new Map(),
      },
      isDryRun: false,
      object: UPDATE['object'],
      oldObject: UPDATE['oldObject'],
      options: { kind: 'UpdateOptions' },
    })
    expect(Object.isFrozen(request)).to.equal(true)
  })

  it('takes resource and subresource as the caller spelt them', () => {
    const resource = { group: 'extensions', version: 'v1beta1', resource: 'ingresses' }
    expect(read({ requestResource: resource })).to.deep.include(resource)
    expect(read({ subResource: 'scale' }).subresource).to.equal('scale')
    expect(read({ subResource: 'scale', requestSubResource: 'status' }).subresource).to.equal('status')
  })

  it('takes the name of an item of a deletecollection from the stored object', () => {
    const deleted = { operation: 'DELETE', object: null, name: '' }
    expect(read(deleted)).to.deep.include({ name: 'cart', isCollectionItem: true, object: null })
    expect(read({ ...deleted, name: 'cart' }).isCollectionItem).to.equal(false)
    const created = { operation: 'CREATE', oldObject: null, name: '' }
    expect(read(created)).to.deep.include({ name: 'cart', isCollectionItem: false, oldObject: null })
  })

  it('knows a dry run by true alone, and people by their extra values', () => {
    expect(read({ dryRun: true }).isDryRun).to.equal(true)
    expect(read({ dryRun: 'true' }).isDryRun).to.equal(false)
    const userInfo = { username: 'a', groups: ['g', 7], extra: { pod: ['p', null], node: 'n' } }
    expect(read({ userInfo }).user).to.deep.equal({
      username: 'a',
      uid: '',
      groups: ['g'],
      extra: new Map([
        ['pod', ['p']],
        ['node', []],
      ]),
    })
  })

  it('has null for what is absent', () => {
    const connect = { operation: 'CONNECT', object: { command: ['ls'] }, oldObject: null, options: null }
    expect(read(connect)).to.deep.include({ oldObject: null, options: null, object: { command: ['ls'] } })
    expect(decode(reviewOf({ operation: 'CONNECT', resource: { resource: 'pods' } }))).to.deep.include({
      object: null,
      oldObject: null,
      options: null,
      name: '',
    })
  })

  const refused: readonly (readonly [string, Json])[] = [
    ['expected an AdmissionReview', { ...(reviewOf(UPDATE) as JsonObject), apiVersion: 'admission.k8s.io/v1beta1' }],
    ['expected an AdmissionReview', { ...(reviewOf(UPDATE) as JsonObject), kind: 'Review' }],
    ['expected an AdmissionReview', null],
    ['request.operation: expected', reviewOf({ ...UPDATE, operation: 'PATCH' })],
    ['request.operation: expected', { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview' }],
    ['request.resource: expected', reviewOf({ ...UPDATE, resource: { group: 'apps' } })],
    ['request.object: expected an object for UPDATE', reviewOf({ ...UPDATE, object: null })],
    ['request.object: expected an object for CREATE', reviewOf({ ...UPDATE, operation: 'CREATE', object: null })],
    ['request.oldObject: expected an object for UPDATE', reviewOf({ ...UPDATE, oldObject: null })],
    ['request.oldObject: expected an object for DELETE', reviewOf({ ...UPDATE, operation: 'DELETE', oldObject: null })],
    ['request.object: expected an object', reviewOf({ ...UPDATE, object: [] })],
    ['request.oldObject: expected an object', reviewOf({ ...UPDATE, oldObject: 'x' })],
    ['request.userInfo.username: expected a name', reviewOf({ ...UPDATE, userInfo: { groups: [] } })],
    ['request.userInfo.username: expected a name', reviewOf({ ...UPDATE, userInfo: null })],
  ]
  for (const [message, body] of refused)
    it(`refuses ${JSON.stringify(body).slice(0, 60)}…: ${message}`, () => {
      expect(() => decode(body))
        .to.throw(message)
        .with.property('code', 'UnknownReview')
    })

  it('finds the uid to answer, or none', () => {
    expect(uidOf(reviewOf(UPDATE))).to.equal('review-1')
    for (const body of [null, {}, { request: {} }, { request: { uid: 7 } }]) expect(uidOf(body)).to.equal('')
  })
})
