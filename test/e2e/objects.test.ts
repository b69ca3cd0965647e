import { expect } from 'chai'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import type { Json, JsonObject } from '../../src/api/json.ts'
import { field, list, text } from '../../src/api/json.ts'
import { API_VERSION, KINDS, PLURALS } from '../../src/api/names.ts'
import { objectCases } from '../api/object-cases.ts'
import type { Answer } from './harness/api.ts'
import type { ControlPlane } from './harness/control-plane.ts'
import { startControlPlane } from './harness/control-plane.ts'
import { until } from './harness/wait.ts'

const CRDS = join(import.meta.dirname, '../../manifests/crds')
const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
const pathOf = (plural: string, name = ''): string => `/apis/${API_VERSION}/${plural}${name === '' ? '' : `/${name}`}`

/** What a Status answer complains about: the fields of its causes, and its text for unknown fields. */
const complaint = (answer: Answer): string =>
  `${answer.text} ${list(answer.json, 'details', 'causes')
    .map((cause) => text(cause, 'field'))
    .join(' ')}`

/** `/spec/keys/0/type` as Kubernetes writes it: `spec.keys[0].type`. */
const asField = (pointer: string): string =>
  pointer
    .slice(1)
    .replace(/\/(\d+)/g, '[$1]')
    .replaceAll('/', '.')

describe('the CRDs at a real API server', () => {
  let plane: ControlPlane

  before(async () => {
    plane = await startControlPlane({ controllers: false, nodesFake: false })
    for (const file of readdirSync(CRDS).filter((name) => name !== 'kustomization.yaml')) {
      const body = parse(readFileSync(join(CRDS, file), 'utf8')) as Json
      expect((await plane.call(DEFINITIONS, { method: 'POST', body })).status, file).to.equal(201)
    }
    for (const plural of Object.values(PLURALS))
      await until(`${plural} to be served`, async () => (await plane.call(pathOf(plural))).status === 200)
  })

  after(() => plane.stop())

  for (const kind of KINDS)
    describe(`judge a ${kind} as parseObject does`, () => {
      for (const { title, object, issue } of objectCases(kind))
        it(`${issue === undefined ? 'accept' : 'refuse'} ${title}`, async () => {
          const path = `${pathOf(PLURALS[kind])}?dryRun=All&fieldValidation=Strict`
          const answer = await plane.call(path, { method: 'POST', body: object })
          if (issue === undefined) expect(answer.status, answer.text).to.equal(201)
          else {
            expect(answer.status, answer.text).to.be.oneOf([400, 422])
            expect(complaint(answer)).to.include(asField(issue))
          }
        })
    })

  describe('keep an ApprovalRequest as it was filed', () => {
    const path = pathOf(PLURALS.ApprovalRequest, 'ar-7f3k2m9q')
    const envelope = { payloadType: 'a', payload: 'b', signatures: [{ keyid: 'c', sig: 'd' }] }
    const filed = objectCases('ApprovalRequest')[0]?.object ?? {}
    const use = {
      act: 0,
      reviewUid: 'a',
      objectUid: 'b',
      generation: 1,
      resourceVersion: '1',
      at: '2026-11-20T07:00:00.000001Z',
    }
    const patch = (operations: readonly object[], subresource = ''): Promise<Answer> =>
      plane.call(`${path}${subresource}`, {
        method: 'PATCH',
        body: operations,
        contentType: 'application/json-patch+json',
      })

    before(async () => {
      const body = withValues(filed)
      expect((await plane.call(pathOf(PLURALS.ApprovalRequest), { method: 'POST', body })).status).to.equal(201)
      expect((await patch([{ op: 'add', path: '/spec/decisions/-', value: { envelope } }])).status).to.equal(200)
      const more = { envelope: { ...envelope, payload: 'c' } }
      expect((await patch([{ op: 'add', path: '/spec/decisions/-', value: more }])).status).to.equal(200)
      expect((await patch([{ op: 'add', path: '/status', value: { uses: [use] } }], '/status')).status).to.equal(200)
    })

    it('to the last byte, whatever the values are', async () => {
      const stored = (await plane.call(path)).json
      for (const key of ['acts', 'review'])
        expect(field(stored, 'spec', key)).to.deep.equal(field(withValues(filed), 'spec', key))
    })

    const set = (pointer: string, value: unknown): object => ({ op: 'replace', path: `/spec${pointer}`, value })
    const cut = (pointer: string): object => ({ op: 'remove', path: `/spec${pointer}` })
    const put = (pointer: string, value: unknown): object => ({ op: 'add', path: `/spec${pointer}`, value })
    const forbidden: readonly (readonly [string, readonly object[]])[] = [
      ['another cluster', [set('/cluster', 'x')]],
      ['another agent', [set('/agent', 'x')]],
      ['another name in an act', [set('/acts/0/name', 'x')]],
      ['another value in a change', [set('/acts/0/change/0/to', 1)]],
      ['a change from null to missing', [cut('/acts/0/change/1/from')]],
      ['another option', [set('/acts/0/options', { other: 1 })]],
      ['one more act', [{ op: 'copy', from: '/spec/acts/0', path: '/spec/acts/-' }]],
      ['an order', [set('/ordered', true)]],
      ['fewer signatures', [set('/required/count', 1)]],
      ['fewer roles', [set('/required/roles', [])]],
      ['more time', [set('/expiresAt', '2036-11-20T08:00:00Z')]],
      ['another summary', [set('/review/summary', 'x')]],
      ['another impact', [set('/review/impact', { other: 1 })]],
      ['another claim', [cut('/review/claims/reason'), put('/review/claims/incident', 'x')]],
      ['no review', [cut('/review')]],
      ['no spec', [{ op: 'remove', path: '/spec' }]],
      ['a decision taken away', [cut('/decisions/0')]],
      ['all decisions taken away', [cut('/decisions')]],
      ['a decision changed', [set('/decisions/0/envelope/payload', 'x')]],
      [
        'a member of a signature renamed',
        [cut('/decisions/0/envelope/signatures/0/keyid'), put('/decisions/0/envelope/signatures/0/x', 'c')],
      ],
      ['two decisions in another order', [{ op: 'move', from: '/spec/decisions/1', path: '/spec/decisions/0' }]],
      ['a decision before the others', [put('/decisions/0', { envelope: { ...envelope, payload: 'x' } })]],
    ]
    for (const [title, operations] of forbidden)
      it(`against ${title}`, async () => {
        const answer = await patch(operations)
        expect(answer.status, answer.text).to.equal(422)
      })

    const forbiddenInStatus: readonly (readonly [string, object])[] = [
      ['no status', { op: 'remove', path: '/status' }],
      ['no uses', { op: 'remove', path: '/status/uses' }],
      ['one use less', { op: 'remove', path: '/status/uses/0' }],
      ['another use', { op: 'replace', path: '/status/uses/0/reviewUid', value: 'x' }],
    ]
    for (const [title, operation] of forbiddenInStatus)
      it(`against ${title}`, async () => {
        const answer = await patch([operation], '/status')
        expect(answer.status, answer.text).to.equal(422)
      })

    it('and take a use more', async () => {
      expect((await patch([{ op: 'add', path: '/status/uses/-', value: use }], '/status')).status).to.equal(200)
    })

    it('and find it by its agent', async () => {
      const found = async (agent: string): Promise<readonly string[]> => {
        const answer = await plane.call(`${pathOf(PLURALS.ApprovalRequest)}?fieldSelector=spec.agent%3D${agent}`)
        return list(answer.json, 'items').map((item) => text(item, 'metadata', 'name'))
      }
      expect(await found('sre-bot')).to.include('ar-7f3k2m9q')
      expect(await found('other-bot')).to.deep.equal([])
    })
  })

  it('take the largest ApprovalRequest that can be signed, eight decisions and every use', async () => {
    const [base] = objectCases('ApprovalRequest')
    const act = list(base?.object, 'spec', 'acts')[0] as JsonObject
    const big = {
      ...base?.object,
      metadata: { name: 'ar-big' },
      spec: { ...(field(base?.object, 'spec') as JsonObject), acts: Array.from({ length: 128 }, () => act) },
    }
    expect((await plane.call(pathOf(PLURALS.ApprovalRequest), { method: 'POST', body: big })).status).to.equal(201)
    const signature = { keyid: `SHA256:${'a'.repeat(43)}`, sig: 'b'.repeat(600) }
    const value = { envelope: { payloadType: 'a', payload: 'A'.repeat(43_692), signatures: Array(8).fill(signature) } }
    const path = pathOf(PLURALS.ApprovalRequest, 'ar-big')
    const contentType = 'application/json-patch+json'
    for (let n = 1; n <= 9; n++) {
      const body = [{ op: 'add', path: '/spec/decisions/-', value }]
      expect((await plane.call(path, { method: 'PATCH', body, contentType })).status).to.equal(n <= 8 ? 200 : 422)
    }
  })
})

/** A request with values of every kind in what is signed. */
function withValues(filed: JsonObject): JsonObject {
  const spec = structuredClone(field(filed, 'spec')) as Record<string, Record<string, unknown>>
  const act = (spec['acts'] as unknown as Record<string, unknown>[])[0] ?? {}
  act['options'] = { gracePeriodSeconds: 0, deep: { list: [null, {}, []] } }
  act['change'] = [
    { path: '/a', from: 3, to: { 'obstat.dev/number': '9007199254740993', list: [null, 1.5, -1, ''], empty: {} } },
    { path: '/b', from: null, to: [] },
  ]
  spec['review'] = { ...spec['review'], claims: { reason: 'because' }, impact: { pods: [{ name: 'a', node: null }] } }
  spec['required'] = { count: 2, roles: ['platform'] }
  return { ...filed, spec } as JsonObject
}
