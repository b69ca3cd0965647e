import { expect } from 'chai'
import type { Json } from '../../src/api/json.ts'
import { canonical, sha256Hex } from '../../src/signing/canonical.ts'
import { parseJson } from '../../src/signing/json.ts'
import { create, POD, printed, update } from './sources.ts'

const SERVICE = { group: '', resource: 'services', kind: { group: '', kind: 'Service' } } as const
const JOB = { group: 'batch', resource: 'jobs', kind: { group: 'batch', kind: 'Job' } } as const
const SECRET = { group: '', resource: 'secrets', kind: { group: '', kind: 'Secret' } } as const

describe('actOf: what is left out of objects', () => {
  const server = {
    managedFields: [{}],
    resourceVersion: '1',
    generation: 2,
    creationTimestamp: 't',
    uid: 'u',
    selfLink: '/x',
  }

  it('leaves out what the API server writes into metadata, there alone', () => {
    const spec = { template: { metadata: { ...server } } }
    expect(create({ metadata: { ...server, name: 'a' }, spec })).to.deep.equal({ metadata: { name: 'a' }, spec })
    expect(
      update({ metadata: { ...server } }, { metadata: { ...server, resourceVersion: '2', uid: 'v' } }),
    ).to.deep.equal([])
  })

  it('keeps finalizers, ownerReferences, deletionTimestamp and status', () => {
    const metadata = { finalizers: ['f'], ownerReferences: [{ uid: 'o' }], deletionTimestamp: 't', labels: {} }
    expect(create({ metadata, status: { phase: 'x' } })).to.deep.equal({ metadata, status: { phase: 'x' } })
  })

  it('leaves out annotations under obstat.dev/, and the map that this empties', () => {
    const own = { 'obstat.dev/approval': '{}', 'obstat.dev/reason': 'x' }
    expect(create({ metadata: { annotations: own } })).to.deep.equal({ metadata: {} })
    expect(create({ metadata: { annotations: { ...own, a: 'b' } } })).to.deep.equal({
      metadata: { annotations: { a: 'b' } },
    })
    expect(create({ metadata: { annotations: { 'obstat.dev/approval': '' } } })).to.deep.equal({ metadata: {} })
    expect(create({ metadata: { annotations: {} } })).to.deep.equal({ metadata: { annotations: {} } })
    expect(update({ metadata: {} }, { metadata: { annotations: own } })).to.deep.equal([])
  })

  it('keeps annotations of subdomains, and labels under obstat.dev/', () => {
    const metadata = { annotations: { 'x.obstat.dev/y': '1' }, labels: { 'obstat.dev/protected': 'true' } }
    expect(create({ metadata })).to.deep.equal({ metadata })
  })

  it('does not change the object that it reads', () => {
    const object = { metadata: { uid: 'u', annotations: { 'obstat.dev/x': 'y' } } }
    const before = structuredClone(object)
    create(object)
    expect(object).to.deep.equal(before)
  })
})

describe('actOf: what the API server makes anew for a CREATE', () => {
  const token = (name: string): Json => ({ name, projected: { sources: [{ serviceAccountToken: { path: 'token' } }] } })
  const pod = (volumes: Json, mounts: readonly string[]): Json => {
    const container = { name: 'c', volumeMounts: mounts.map((name) => ({ name, mountPath: `/${name.length}` })) }
    return { spec: { volumes, containers: [container], initContainers: [container], ephemeralContainers: [container] } }
  }

  it('names the token volume kube-api-access, and its mounts', () => {
    const made = create(pod([{ name: 'd' }, token('kube-api-access-x2k9z')], ['d', 'kube-api-access-x2k9z']), POD)
    expect(canonical(made)).to.equal(
      canonical(pod([{ name: 'd' }, token('kube-api-access')], ['d', 'kube-api-access'])).replaceAll('"/15"', '"/21"'),
    )
  })

  for (const [title, volumes] of [
    ['two of them', [token('kube-api-access-x2k9z'), token('kube-api-access-bcdfg')]],
    [
      'one beside a volume of the plain name',
      [token('kube-api-access-x2k9z'), { name: 'kube-api-access', secret: {} }],
    ],
    ['a volume without a token', [{ name: 'kube-api-access-x2k9z', secret: {} }]],
    ['a name that is not made', [token('kube-api-access-aeiou')]],
  ] as const)
    it(`keeps the names of ${title}`, () => {
      const given = pod(volumes, ['kube-api-access-x2k9z'])
      expect(create(given, POD)).to.deep.equal(given)
    })

  it('keeps the name in an UPDATE and in other kinds', () => {
    const given = pod([token('kube-api-access-x2k9z')], [])
    expect(create(given)).to.deep.equal(given)
    expect(update({ spec: {} }, given, POD)).to.deep.equal([
      { path: '/spec/containers', to: [{ name: 'c', volumeMounts: [] }] },
      { path: '/spec/ephemeralContainers', to: [{ name: 'c', volumeMounts: [] }] },
      { path: '/spec/initContainers', to: [{ name: 'c', volumeMounts: [] }] },
      { path: '/spec/volumes', to: [token('kube-api-access-x2k9z')] },
    ])
  })

  const job = (uid: string, manualSelector?: boolean): Json => {
    const labels = { 'controller-uid': 'u1', 'batch.kubernetes.io/controller-uid': 'u1', a: 'b' }
    return {
      metadata: { uid, labels },
      spec: {
        ...(manualSelector !== undefined && { manualSelector }),
        selector: { matchLabels: { 'batch.kubernetes.io/controller-uid': 'u1' } },
        template: { metadata: { labels } },
      },
    }
  }

  it("leaves out a Job's made selector and labels", () => {
    expect(create(job('u1', false), JOB)).to.deep.equal({
      metadata: { labels: { a: 'b' } },
      spec: { manualSelector: false, template: { metadata: { labels: { a: 'b' } } } },
    })
    expect(create(job('u1'), JOB)).to.deep.equal({
      metadata: { labels: { a: 'b' } },
      spec: { template: { metadata: { labels: { a: 'b' } } } },
    })
  })

  it('keeps the selector and labels of a Job that somebody wrote', () => {
    for (const given of [job('u2'), job('u1', true), job('')]) {
      const { metadata, ...rest } = given as { readonly metadata: { readonly labels: Json } }
      expect(create(given, JOB)).to.deep.equal({ ...rest, metadata: { labels: metadata.labels } })
    }
  })

  it("leaves out a Service's allocated addresses and ports", () => {
    const spec = {
      type: 'LoadBalancer',
      clusterIP: '10.0.0.7',
      clusterIPs: ['10.0.0.7'],
      healthCheckNodePort: 31000,
      ports: [{ port: 80, nodePort: 30080 }],
    }
    expect(create({ spec }, SERVICE)).to.deep.equal({ spec: { type: 'LoadBalancer', ports: [{ port: 80 }] } })
    expect(update({ spec }, { spec: { ...spec, clusterIP: '10.0.0.8' } }, SERVICE)).to.deep.equal([
      { path: '/spec/clusterIP', from: '10.0.0.7', to: '10.0.0.8' },
    ])
  })

  it('keeps that a Service is headless', () => {
    const spec = { clusterIP: 'None', clusterIPs: ['None'], ports: [] }
    expect(create({ spec }, SERVICE)).to.deep.equal({ spec })
  })
})

describe('actOf: markers', () => {
  const digest = (form: string): Json => ({
    'obstat.dev/sha256': sha256Hex(form),
    'obstat.dev/bytes': Buffer.byteLength(form),
  })

  it('stands a digest for a side longer than 4,096 bytes', () => {
    // The form of a text is two quotes longer.
    const short = 'x'.repeat(4094)
    const long = 'é'.repeat(2048)
    expect(printed(update({ a: short, b: 1 }, { a: long, b: 2 }))).to.deep.equal([
      { path: '/a', from: short, to: digest(`"${long}"`) },
      { path: '/b', from: 1, to: 2 },
    ])
    const over = `${short}x`
    expect(printed(update({ a: 1 }, { a: over }))).to.deep.equal([{ path: '/a', from: 1, to: digest(`"${over}"`) }])
    expect(printed(create({ a: short }))).to.deep.equal(digest(`{"a":"${short}"}`))
  })

  const SECRET_MARK = (value: string): Json => ({ 'obstat.dev/sha256': sha256Hex(JSON.stringify(value)) })

  it('stands a digest for every value of a Secret', () => {
    const secret = { data: { a: 'YQ==' }, stringData: { b: 'c' }, type: 'Opaque' }
    expect(printed(create(secret, SECRET))).to.deep.equal({
      data: { a: SECRET_MARK('YQ==') },
      stringData: { b: SECRET_MARK('c') },
      type: 'Opaque',
    })
    expect(printed(update({ data: { a: 'YQ==', b: 'x' } }, { data: { a: 'Yg==', b: 'x' } }, SECRET))).to.deep.equal([
      { path: '/data/a', from: SECRET_MARK('YQ=='), to: SECRET_MARK('Yg==') },
    ])
    expect(printed(update({}, { data: { a: 'YQ==' } }, SECRET))).to.deep.equal([
      { path: '/data', to: { a: SECRET_MARK('YQ==') } },
    ])
  })

  it('shows the data of other kinds', () => {
    expect(create({ data: { a: 'YQ==' } })).to.deep.equal({ data: { a: 'YQ==' } })
    expect(create({ data: { a: 'x' } }, { kind: { group: 'lab.dev', kind: 'Secret' } })).to.deep.equal({
      data: { a: 'x' },
    })
  })

  it('keeps the text of a number that a double would change', () => {
    expect(canonical(update(parseJson('{"a":1}'), parseJson('{"a":9007199254740993}')))).to.equal(
      '[{"from":1,"path":"/a","to":{"obstat.dev/number":"9007199254740993"}}]',
    )
  })

  const applied = (text: string): Json => ({
    metadata: { annotations: { 'kubectl.kubernetes.io/last-applied-configuration': text } },
  })
  const APPLIED_PATH = '/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration'

  it('stands a digest for the last applied configuration, however short', () => {
    expect(printed(update(applied('{"b": 1, "a": 2}\n'), applied('{"a":3}')))).to.deep.equal([
      { path: APPLIED_PATH, from: digest('{"a":2,"b":1}'), to: digest('{"a":3}') },
    ])
    expect(printed(create(applied('not JSON')))).to.deep.equal({
      metadata: { annotations: { 'kubectl.kubernetes.io/last-applied-configuration': digest('"not JSON"') } },
    })
  })

  it('does not see an approval that travels in the last applied configuration', () => {
    const before = applied('{"metadata":{"annotations":{}}}')
    const after = applied('{"metadata":{"annotations":{"obstat.dev/approval":"{}"}}}')
    expect(update(before, after)).to.deep.equal([])
    expect(update(before, applied('{"metadata":{"annotations":{"other":"{}"}}}'))).to.have.length(1)
  })

  const restarted = (time: Json): Json => ({
    spec: { template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': time, a: 'b' } } } },
  })
  const RESTART_PATH = '/spec/template/metadata/annotations/kubectl.kubernetes.io~1restartedAt'
  const GENERATED = { 'obstat.dev/generated': true }

  it('stands a marker for the time of a rollout restart, and still sees the change', () => {
    const [first, second] = [restarted('2026-11-20T07:26:31Z'), restarted('2026-11-20T08:26:31+01:00')]
    expect(printed(update(first, second))).to.deep.equal([{ path: RESTART_PATH, from: GENERATED, to: GENERATED }])
    expect(update(first, first)).to.deep.equal([])
    expect(printed(create(second))).to.deep.equal({
      spec: { template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': GENERATED, a: 'b' } } } },
    })
    expect(printed(update({ spec: { template: { metadata: {} } } }, first))).to.deep.equal([
      { path: '/spec/template/metadata/annotations', to: { 'kubectl.kubernetes.io/restartedAt': GENERATED, a: 'b' } },
    ])
  })

  it('finds it in any template, in lists too', () => {
    const list = { items: [{ jobTemplate: 1 }, restarted('2026-11-20T07:26:31.5Z')] }
    expect(canonical(create(list))).to.contain('"kubectl.kubernetes.io/restartedAt":{"obstat.dev/generated":true}')
  })

  for (const time of ['2024-01-10T00:00:00Z', '2024-10-01T23:20:09+23:00', '2024-12-31T20:09:59.123456789-00:59'])
    it(`knows ${time} for such a time`, () => {
      expect(printed(create(restarted(time)))).to.deep.equal(printed(create(restarted('2026-11-20T07:26:31Z'))))
    })

  for (const time of [
    '2026-00-20T07:26:31Z',
    '2026-11-00T07:26:31Z',
    '2026-11-32T07:26:31Z',
    '2026-11-20T24:26:31Z',
    '2026-11-20T07:60:31Z',
    '2026-11-20T07:26:60Z',
    '2026-11-20T07:26:31.0123456789Z',
    '2026-11-20T07:26:31+24:00',
    '2026-11-20T07:26:31+01:60',
    'now',
    '',
    '2026-13-20T07:26:31Z',
    '2026-11-20 07:26:31Z',
    '2026-11-20T07:26:31',
    '2026-11-20T07:26:31Z;rm',
    7,
  ])
    it(`shows ${JSON.stringify(time)}, which is no such time`, () => {
      expect(create(restarted(time))).to.deep.equal(restarted(time))
    })

  it('shows the annotation anywhere but in a template', () => {
    const object = { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': '2026-11-20T07:26:31Z' } } }
    expect(create(object)).to.deep.equal(object)
  })

  it('keeps own keys named __proto__ beside a marker', () => {
    const text = canonical(restarted('2026-11-20T07:26:31Z')).replace('{"spec"', '{"__proto__":{"x":{"y":1}},"spec"')
    expect(canonical(create(parseJson(text)))).to.match(/^\{"__proto__":\{"x":\{"y":1\}\},"spec".*generated/)
  })
})
