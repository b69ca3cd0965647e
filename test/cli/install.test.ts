import { join } from 'node:path'
import { expect } from 'chai'
import { parseAllDocuments } from 'yaml'
import type { Json } from '../../src/api/json.ts'
import { entries, field, list, text } from '../../src/api/json.ts'
import { KINDS } from '../../src/api/names.ts'
import { pathOf } from '../../src/cli/apply.ts'
import { renderManifests } from '../../src/cli/manifests.ts'
import { fakeCluster, obstat } from './world.ts'

const root = join(import.meta.dirname, '../..')
const all = await renderManifests(root, { namespace: 'obstat-system', image: undefined, hasWorkload: true })
const kindsOf = (objects: readonly Json[]): readonly string[] => objects.map((object) => text(object, 'kind'))
const rulesOf = (object: Json): readonly Json[] => list(object, 'rules')
const names = (value: Json | undefined): readonly string[] => (Array.isArray(value) ? (value as readonly string[]) : [])

describe('the manifests', () => {
  it('give obstat no impersonation, no escalation, no exec and no Secret but its own', () => {
    const rules = all.filter((object) => text(object, 'metadata', 'name') === 'obstat').flatMap(rulesOf)
    expect(rules).to.not.be.empty
    for (const rule of rules) {
      const verbs = names(field(rule, 'verbs'))
      expect(verbs).to.not.include.members(['*'])
      for (const verb of ['*', 'impersonate', 'escalate', 'bind', 'deletecollection'])
        expect(verbs).to.not.include(verb)
      const resources = names(field(rule, 'resources'))
      const isRead = verbs.every((verb) => ['get', 'list', 'watch'].includes(verb))
      if (!isRead) expect(resources).to.not.include('*')
      if (names(field(rule, 'apiGroups')).includes('')) expect(resources).to.not.include('*')
      if (resources.includes('secrets') && !verbs.includes('create'))
        expect(field(rule, 'resourceNames')).to.deep.equal(['obstat-tls'])
    }
  })

  it('let people who approve only patch requests', () => {
    const role = all.find((object) => text(object, 'metadata', 'name') === 'obstat-approver')
    const writes = rulesOf(role ?? null).filter((rule) =>
      names(field(rule, 'verbs')).some((verb) => !['get', 'list', 'watch'].includes(verb)),
    )
    expect(writes).to.deep.equal([{ apiGroups: ['obstat.dev'], resources: ['approvalrequests'], verbs: ['patch'] }])
  })

  it('run as the restricted pod security standard wants it', () => {
    const deployment = all.find((object) => text(object, 'kind') === 'Deployment') ?? null
    const pod = field(deployment, 'spec', 'template', 'spec')
    expect(field(pod, 'securityContext', 'runAsNonRoot')).to.equal(true)
    expect(field(pod, 'securityContext', 'seccompProfile', 'type')).to.equal('RuntimeDefault')
    for (const container of list(pod, 'containers')) {
      expect(field(container, 'securityContext')).to.deep.equal({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      })
      for (const probe of ['readinessProbe', 'livenessProbe', 'startupProbe'])
        expect(field(container, probe, 'httpGet')).to.exist
    }
    expect(field(deployment, 'spec', 'replicas')).to.equal(2)
  })

  it('carry one label by which they are found again', () => {
    const others = all.filter((object) => text(object, 'kind') !== 'CustomResourceDefinition')
    for (const object of others)
      expect(field(object, 'metadata', 'labels', 'app.kubernetes.io/name'), pathOf(object)).to.equal('obstat')
  })

  it('describe every field of the CRDs', () => {
    const undescribed = (schema: Json, path: string): readonly string[] => [
      ...(text(schema, 'description') === '' && path !== '.metadata' ? [path] : []),
      ...entries(schema, 'properties').flatMap(([key, inner]) => undescribed(inner, `${path}.${key}`)),
      ...['items', 'additionalProperties'].flatMap((key) => {
        const inner = field(schema, key)
        return inner === undefined ? [] : undescribed(inner, `${path}[]`)
      }),
    ]
    for (const object of all.filter((one) => text(one, 'kind') === 'CustomResourceDefinition')) {
      const schema = field(list(object, 'spec', 'versions')[0], 'schema', 'openAPIV3Schema') ?? null
      expect(undescribed(schema, ''), text(object, 'metadata', 'name')).to.deep.equal([])
    }
  })
})

describe('install', () => {
  it('prints what it would apply, and applies nothing', async () => {
    const ran = await obstat(['install', '--print'])
    expect(ran.code).to.equal(0)
    const printed = [...parseAllDocuments(ran.out)].map((document) => document.toJS() as Json)
    expect(printed).to.deep.equal(all)
  })

  it('leaves what runs in the cluster out when it runs outside', async () => {
    const ran = await obstat(['install', '--print', '--url', 'https://127.0.0.1:9443'])
    const printed = [...parseAllDocuments(ran.out)].map((document) => document.toJS() as Json)
    expect(kindsOf(printed)).to.include('CustomResourceDefinition').and.to.include('ClusterRole')
    for (const kind of ['Deployment', 'Service', 'PodDisruptionBudget']) expect(kindsOf(printed)).to.not.include(kind)
  })

  it('goes into another namespace with another image', async () => {
    const ran = await obstat(['install', '--print', '-n', 'guard', '--image', 'obstat:test'])
    const printed = [...parseAllDocuments(ran.out)].map((document) => document.toJS() as Json)
    const others = printed.filter((object) => text(object, 'kind') !== 'CustomResourceDefinition')
    expect(JSON.stringify(others)).to.not.include('obstat-system')
    expect(
      others.filter((object) => text(object, 'kind') === 'Namespace').map((object) => text(object, 'metadata', 'name')),
    ).to.deep.equal(['guard'])
    expect(ran.out).to.include('image: obstat:test')
    const crds = (objects: readonly Json[]): readonly Json[] =>
      objects.filter((object) => text(object, 'kind') === 'CustomResourceDefinition')
    expect(crds(printed)).to.deep.equal(crds(all))
  })

  it('applies everything, CRDs first, and says what is new', async () => {
    const cluster = fakeCluster()
    const ran = await obstat(['install'], { cluster })
    expect(ran.code).to.equal(0)
    expect(cluster.calls.map(({ path }) => path.split('?')[0])).to.deep.equal(all.map(pathOf))
    expect(ran.out.split('\n')[0]).to.equal(
      'customresourcedefinition.apiextensions.k8s.io/governedagents.obstat.dev created',
    )
    expect((await obstat(['install'], { cluster })).out).to.not.include('created')
  })

  for (const flags of [
    ['--url', 'http://a'],
    ['--url', 'a'],
    ['--namespace', 'Guard'],
  ])
    it(`refuses ${flags.join(' ')}`, async () => {
      expect((await obstat(['install', ...flags])).code).to.equal(2)
    })
})

describe('uninstall', () => {
  const ADMISSION = '/apis/admissionregistration.k8s.io/v1'

  it('takes the webhook configuration away first, and keeps the CRDs', async () => {
    const cluster = fakeCluster({
      [`${ADMISSION}/validatingwebhookconfigurations/obstat`]: { metadata: { name: 'obstat' } },
      [`${ADMISSION}/validatingadmissionpolicies/agents-webhooks.obstat.dev`]: {
        metadata: { name: 'agents-webhooks.obstat.dev' },
      },
    })
    await obstat(['install'], { cluster })
    cluster.calls.length = 0
    const ran = await obstat(['uninstall', '--yes'], { cluster })
    expect(ran.code).to.equal(0)
    expect(cluster.calls[0]).to.deep.include({
      verb: 'delete',
      path: `${ADMISSION}/validatingwebhookconfigurations/obstat`,
    })
    const left = [...cluster.objects.keys()]
    expect(left).to.have.length(KINDS.length)
    for (const path of left) expect(path).to.include('/customresourcedefinitions/')
  })

  it('takes the CRDs too when told', async () => {
    const cluster = fakeCluster()
    await obstat(['install'], { cluster })
    await obstat(['uninstall', '--yes', '--crds'], { cluster })
    expect([...cluster.objects.keys()]).to.deep.equal([])
  })

  it('asks first', async () => {
    const cluster = fakeCluster()
    expect((await obstat(['uninstall'], { cluster, answer: 'no' })).code).to.equal(1)
    expect((await obstat(['uninstall'], { cluster, answer: null })).code).to.equal(2)
    expect(cluster.calls).to.deep.equal([])
  })
})
