import { expect } from 'chai'
import type { JsonObject } from '../../../src/api/json.ts'
import { NO_IMPACT, worseThan } from '../../../src/policy/impact/impact.ts'
import { asked, impactIn, object, ownedBy, pod, said } from './world.ts'

const db = (spec: JsonObject = {}): JsonObject => object('statefulsets', 'db', { spec: { replicas: 2, ...spec } })
const mounting = (claim: string): JsonObject => ({
  volumes: [{ name: 'data', persistentVolumeClaim: { claimName: claim } }],
})
const claim = (name: string, volume: string, metadata: JsonObject = {}): JsonObject =>
  object('persistentvolumeclaims', name, { spec: { volumeName: volume } }, metadata)
const volume = (name: string, policy: string): JsonObject =>
  object('persistentvolumes', name, { spec: { persistentVolumeReclaimPolicy: policy } })
const ofDb = ownedBy('statefulsets', 'db', 'StatefulSet')
const apps = { group: 'apps' }
const pods = [pod('db-0', ofDb, true, mounting('data-db-0')), pod('db-1', ofDb, true, mounting('data-db-1'))]
const service = object('services', 'db', { spec: { selector: { app: 'db' } } })
const ingress = object('ingresses', 'front', {
  spec: { rules: [{ host: 'db.example.org', http: { paths: [{ backend: { service: { name: 'db' } } }] } }] },
})
const budget = object('poddisruptionbudgets', 'db', {
  spec: { selector: { matchLabels: { app: 'db' } } },
  status: { disruptionsAllowed: 1 },
})
const autoscaler = (kind: string, name: string): JsonObject =>
  object('horizontalpodautoscalers', 'db', { spec: { scaleTargetRef: { kind, name }, minReplicas: 2, maxReplicas: 9 } })

describe('the impact', () => {
  it('of deleting a StatefulSet is pods, claims that stay, endpoints, routes, budgets and autoscalers', () => {
    const world = [
      ...pods,
      claim('data-db-0', 'pv-0'),
      claim('data-db-1', 'pv-1'),
      volume('pv-0', 'Delete'),
      volume('pv-1', 'Delete'),
      service,
      ingress,
      budget,
      autoscaler('StatefulSet', 'db'),
    ]
    const found = impactIn(world, asked('DELETE', db(), apps))
    expect(said(found)).to.deep.equal([
      'note claims: PersistentVolumeClaims "data-db-0", "data-db-1" stay (reclaim policy Delete)',
      'loss pods: 2 pods lost, 2 ready now: "db-0", "db-1"',
      'loss services: Service "db" is left without endpoints (2 ready now)',
      'loss ingress: Ingress "front" ("db.example.org") leads to Service "db"',
      'loss autoscaler: HorizontalPodAutoscaler "db" (2 to 9 replicas) is left without a target',
      'loss budget: PodDisruptionBudget "db" allows 1 disruptions now, and does not hold this: only evictions',
    ])
    expect(found.counts).to.deep.equal({ 'replicas lost': 2 })
    expect(found.names).to.deep.equal({ 'disks destroyed': [] })
  })

  it('of deleting a StatefulSet that retires its claims says which disks are destroyed and which are kept', () => {
    const world = [
      ...pods,
      claim('data-db-0', 'pv-0'),
      claim('data-db-1', 'pv-1'),
      volume('pv-0', 'Delete'),
      volume('pv-1', 'Retain'),
    ]
    const retiring = db({
      volumeClaimTemplates: [{ metadata: { name: 'data' } }],
      persistentVolumeClaimRetentionPolicy: { whenDeleted: 'Delete', whenScaled: 'Retain' },
    })
    const found = impactIn(world, asked('DELETE', retiring, apps))
    expect(said(found).slice(0, 2)).to.deep.equal([
      'loss claims: PersistentVolumeClaim "data-db-0" goes and its disk is DESTROYED (reclaim policy Delete)',
      'note claims: PersistentVolumeClaim "data-db-1" goes; its disk is kept (reclaim policy Retain)',
    ])
    expect(found.names['disks destroyed']).to.deep.equal(['data-db-0'])
  })

  it('of scaling down names what each Service keeps at worst', () => {
    const web = object('deployments', 'web')
    const set = object('replicasets', 'web-1', {}, ownedBy('deployments', 'web', 'Deployment'))
    const three = ['a', 'b', 'c'].map((name) => pod(name, ownedBy('replicasets', 'web-1'), name !== 'c'))
    const other = pod('other')
    const down = asked('UPDATE', web, {
      ...apps,
      subresource: 'scale',
      oldObject: { metadata: { uid: 'uid-deployments-web' }, spec: { replicas: 3 } },
      object: { spec: { replicas: 1 } },
    })
    const found = impactIn([set, ...three, other, service, autoscaler('Deployment', 'web')], down, web)
    expect(said(found)).to.deep.equal([
      'loss pods: 2 of 3 pods lost, at least 1 ready now: "a", "b", "c"',
      'note services: Service "db" keeps at least 1 of 3 ready endpoints',
      'note autoscaler: HorizontalPodAutoscaler "db" (2 to 9 replicas) sets the number again',
    ])
    expect(found.counts).to.deep.equal({ 'replicas lost': 2 })
  })

  it('of an orphaning delete is what is left behind', () => {
    const found = impactIn(pods, asked('DELETE', db(), { ...apps, options: { propagationPolicy: 'Orphan' } }))
    expect(said(found)).to.deep.equal(['loss pods: 2 pods left behind without a controller: "db-0", "db-1"'])
    expect(found.counts).to.deep.equal({ 'replicas lost': 0 })
  })

  it('of deleting a pod is whether something puts another in its place', () => {
    expect(said(impactIn([], asked('DELETE', pod('bare'))))).to.deep.equal([
      'loss pods: 1 pod lost, ready now; no controller puts another in its place',
    ])
    expect(said(impactIn([], asked('DELETE', pods[0]!)))).to.deep.equal([
      'note pods: 1 pod lost, ready now; StatefulSet "db" puts another in its place, while it lives',
    ])
  })

  it('of an eviction is what the budget allows', () => {
    const found = impactIn(
      [...pods, budget],
      asked('CREATE', pods[0]!, { subresource: 'eviction', oldObject: null }),
      pods[0],
    )
    expect(said(found)).to.include('note budget: PodDisruptionBudget "db" allows 1 disruptions now')
  })

  it('of deleting a claim is its disk, and who uses it', () => {
    const data = claim('data-db-0', 'pv-0')
    const found = impactIn(
      [data, volume('pv-0', 'Delete'), pod('bare', {}, true, mounting('data-db-0'))],
      asked('DELETE', data),
    )
    expect(said(found)).to.include(
      'loss claims: PersistentVolumeClaim "data-db-0" goes and its disk is DESTROYED (reclaim policy Delete)',
    )
  })

  it('of deleting a Service is what is not reached by it any more', () => {
    const found = impactIn([...pods, service, ingress], asked('DELETE', service))
    expect(said(found).slice(0, 2)).to.deep.equal([
      'loss endpoints: 2 ready pods not reached by this name any more',
      'loss ingress: Ingress "front" ("db.example.org") leads to Service "db"',
    ])
  })

  it('of a ConfigMap or Secret is who refers to it', () => {
    const spec = { containers: [{ name: 'main', envFrom: [{ secretRef: { name: 'key' } }] }] }
    const web = object('deployments', 'web', { spec: { template: { spec } } })
    const tls = object('ingresses', 'front', { spec: { tls: [{ secretName: 'key' }] } })
    const key = object('secrets', 'key')
    expect(said(impactIn([web, tls], asked('DELETE', key)))).to.deep.equal([
      'loss used by: Deployment "web", Ingress "front"',
    ])
    expect(said(impactIn([], asked('DELETE', object('configmaps', 'unused'))))).to.deep.equal([
      'note used by: no workload of this Namespace refers to it',
    ])
  })

  it('of deleting a Namespace is counted by kind, and says what is not counted', () => {
    const shop = object('namespaces', 'shop', {}, { namespace: '' })
    const world = [...pods, service, claim('data-db-0', 'pv-0'), volume('pv-0', 'Delete')]
    const found = impactIn(world, asked('DELETE', shop, { namespace: 'shop' }))
    expect(said(found).slice(0, 2)).to.deep.equal([
      'loss contents: 2 Pod, 1 PersistentVolumeClaim, 1 Service',
      'unknown : could not be read: Secrets, ConfigMaps and kinds of your own in it, which go too',
    ])
    expect(found.names['disks destroyed']).to.deep.equal(['data-db-0'])
    expect(found.counts).to.deep.equal({})
  })

  it('of a Node is the pods on it', () => {
    const node = object('nodes', 'n1', {}, { namespace: '' })
    const found = impactIn([...pods, pod('bare')], asked('DELETE', node))
    expect(said(found)).to.deep.equal(['loss pods: 3 pods on it, 1 without a controller: they go'])
  })

  const owners: readonly (readonly [said: string, metadata: JsonObject])[] = [
    [
      'Argo CD application "web"',
      { annotations: { 'argocd.argoproj.io/tracking-id': 'web:apps/Deployment:shop/web' } },
    ],
    [
      'Flux Kustomization "flux/web"',
      { labels: { 'kustomize.toolkit.fluxcd.io/name': 'web', 'kustomize.toolkit.fluxcd.io/namespace': 'flux' } },
    ],
    [
      'the next upgrade of Helm release "shop/web"',
      { annotations: { 'meta.helm.sh/release-name': 'web', 'meta.helm.sh/release-namespace': 'shop' } },
    ],
  ]
  for (const [who, metadata] of owners)
    it(`names ${who} that would put it back`, () => {
      const found = impactIn([], asked('DELETE', object('deployments', 'web', {}, metadata), apps))
      expect(said(found)).to.include(`note GitOps: ${who} would put it back, its labels or annotations say`)
    })

  it('says what could not be read and why', () => {
    const found = impactIn([], asked('DELETE', db(), apps), null, {
      pods: 'no answer in time',
      services: 'no answer in time',
    })
    expect(said(found)).to.include('unknown unknown: could not be read: pods, services (no answer in time)')
    expect(found.names).to.deep.equal({ 'disks destroyed': [] })
  })

  it('says so when there are more than it counts', () => {
    const many = Array.from({ length: 501 }, (_, at) => pod(`p${at}`, ofDb))
    const found = impactIn(many, asked('DELETE', db(), apps))
    expect(said(found)).to.include('unknown unknown: could not be read: pods (more than 500)')
  })

  it('binds nothing that changes by itself: pods that start, endpoints that get ready', () => {
    const act = asked('DELETE', db(), apps)
    const filed = impactIn([], act)
    expect(worseThan(filed, impactIn([...pods, service], act))).to.equal('')
    const grown = asked('DELETE', db({ replicas: 9 }), apps)
    expect(worseThan(filed, impactIn([], grown))).to.equal('9 replicas lost, shown were 2')
  })

  it('of a volume whose policy could not be read does not look harmless', () => {
    const found = impactIn([claim('data', 'pv-0')], asked('DELETE', claim('data', 'pv-0')), null, {
      persistentvolumes: 'HTTP 500',
    })
    expect(said(found)).to.include(
      'unknown claims: PersistentVolumeClaim "data" goes; could not be read: what becomes of the data',
    )
    expect(found.names).not.to.have.property('disks destroyed')
  })

  it('is the same whatever order things are listed in, and survives shapes of any kind', () => {
    const odd: JsonObject[] = [
      { resource: 'pods', metadata: 7 },
      { resource: 'services', metadata: { name: 3 }, spec: { selector: 'x' } },
      { resource: 'ingresses', spec: { rules: [null, { http: [] }] } },
      { resource: 'horizontalpodautoscalers', spec: [] },
    ]
    const world = [...odd, ...pods, service]
    const one = impactIn(world, asked('DELETE', db(), apps))
    const other = impactIn([...world].reverse(), asked('DELETE', db(), apps))
    expect([...said(one)].sort()).to.deep.equal([...said(other)].sort())
  })
})

describe('an impact is worse', () => {
  const shown = { counts: { pods: 2 }, names: { disks: ['a'] } }
  const now = (pods: number, disks: readonly string[]) => ({ ...NO_IMPACT, counts: { pods }, names: { disks } })

  it('with more of what was counted, with another name, or where it cannot be read', () => {
    expect(worseThan(shown, now(3, ['a']))).to.equal('3 pods, shown were 2')
    expect(worseThan(shown, now(2, ['a', 'b']))).to.equal('disks: "b"')
    expect(worseThan(shown, NO_IMPACT)).to.equal('pods could not be read now')
  })

  it('with nothing else', () => {
    expect(worseThan(shown, now(2, ['a']))).to.equal('')
    expect(worseThan(shown, now(0, []))).to.equal('')
    expect(worseThan({}, now(9, ['z']))).to.equal('')
  })
})
