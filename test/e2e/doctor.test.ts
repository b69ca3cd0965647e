import { dirname } from 'node:path'
import { expect } from 'chai'
import type { Json } from '../../src/api/json.ts'
import { list, text } from '../../src/api/json.ts'
import { connect } from '../../src/cluster/client.ts'
import type { Client } from '../../src/cluster/client.ts'
import type { Finding } from '../../src/doctor/finding.ts'
import { CHECKS, examine } from '../../src/doctor/index.ts'
import { orNull, remembering } from '../../src/doctor/look.ts'
import { actor, administrator, done } from './harness/actors.ts'
import type { Actor } from './harness/actors.ts'
import { startControlPlane } from './harness/control-plane.ts'
import type { ControlPlane } from './harness/control-plane.ts'
import { plainEnvironment } from './harness/family.ts'
import { startObstat } from './harness/obstat.ts'
import type { Obstat } from './harness/obstat.ts'
import { pathOf } from './harness/programs.ts'
import { run } from './harness/run.ts'
import { until } from './harness/wait.ts'
import { deployment } from './harness/workloads.ts'

const RBAC = 'rbac.authorization.k8s.io'
const AGENT = { kind: 'ServiceAccount', namespace: 'agents', name: 'sre-bot' }

interface Rule {
  readonly verbs: readonly string[]
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
}
const rule = (verbs: string, group: string, resources: string): Rule => ({
  verbs: verbs.split(','),
  apiGroups: [group],
  resources: resources.split(','),
})

const clusterRole = (name: string, rules: readonly Rule[], labels = {}): object => ({
  apiVersion: `${RBAC}/v1`,
  kind: 'ClusterRole',
  metadata: { name, labels },
  rules,
})
const binding = (role: string, subject: object, namespace = ''): object => ({
  apiVersion: `${RBAC}/v1`,
  kind: namespace === '' ? 'ClusterRoleBinding' : 'RoleBinding',
  metadata: { name: `planted-${role}`, ...(namespace === '' ? {} : { namespace }) },
  roleRef: { apiGroup: RBAC, kind: 'ClusterRole', name: role },
  subjects: [subject],
})
const ofGroup = (name: string): object => ({ kind: 'Group', apiGroup: RBAC, name })

/** A role of the agent's own, with these rules. */
const given = (...rules: readonly Rule[]): readonly object[] => [
  clusterRole('planted', rules),
  binding('planted', AGENT),
]

const volume = (reclaim: string): object => ({
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: { name: 'planted' },
  spec: {
    capacity: { storage: '1Gi' },
    accessModes: ['ReadWriteOnce'],
    persistentVolumeReclaimPolicy: reclaim,
    hostPath: { path: '/nowhere' },
    claimRef: { namespace: 'payments', name: 'ledger' },
  },
})

const withKey = (part: 'labels' | 'annotations', key: string): object => {
  const made = deployment('payments', 'armed', 0) as { readonly metadata: object }
  return { ...made, metadata: { ...made.metadata, [part]: { [key]: '24h' } } }
}

const workloadOf = (name: string): object => {
  const made = deployment('agents', name, 1) as { readonly spec: { readonly template: { readonly spec: object } } }
  const { template } = made.spec
  const spec = { ...made.spec, template: { ...template, spec: { ...template.spec, serviceAccountName: 'sre-bot' } } }
  return { ...made, spec }
}

const governed = (name: string): object => ({
  apiVersion: 'obstat.dev/v1alpha1',
  kind: 'GovernedAgent',
  metadata: { name },
  spec: { subjects: [AGENT], trustPhase: 'Shadow' },
})

const admission = (kind: string, name: string, body: object): object => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind,
  metadata: { name },
  ...body,
})
const nowhere = { clientConfig: { url: 'https://127.0.0.1:1/' }, sideEffects: 'None', admissionReviewVersions: ['v1'] }
const everything = { apiGroups: ['*'], apiVersions: ['*'], operations: ['CREATE'], resources: ['*'], scope: '*' }

const definition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'widgets.shop.example' },
  spec: {
    group: 'shop.example',
    scope: 'Namespaced',
    names: { plural: 'widgets', singular: 'widget', kind: 'Widget' },
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } }],
    conversion: {
      strategy: 'Webhook',
      webhook: { clientConfig: { url: 'https://127.0.0.1:1/' }, conversionReviewVersions: ['v1'] },
    },
  },
}

const apiService = {
  apiVersion: 'apiregistration.k8s.io/v1',
  kind: 'APIService',
  metadata: { name: 'v1.planted.example' },
  spec: {
    group: 'planted.example',
    version: 'v1',
    groupPriorityMinimum: 100,
    versionPriority: 100,
    insecureSkipTLSVerify: true,
    service: { namespace: 'shop', name: 'nowhere' },
  },
}

interface Plant {
  readonly finds: readonly string[]
  readonly objects: readonly object[]
  /** Who comes by it, where that is not plain from the id. */
  readonly by?: string
  /** The commands it gives are carried out, where they are others than those of the plants before. */
  readonly isMended?: boolean
}

const right = (id: string, ...rules: readonly Rule[]): Plant => ({
  finds: [`rights/${id}`],
  objects: given(...rules),
  isMended: false,
})

const AUTHENTICATION = 'authentication.k8s.io'
const ADMISSION = 'admissionregistration.k8s.io'

const PLANTS: readonly Plant[] = [
  right('impersonate', rule('impersonate', '', 'users,groups')),
  right('impersonate-constrained', rule('impersonate:user-info', AUTHENTICATION, 'users')),
  right('impersonate-constrained', rule('impersonate:serviceaccount', AUTHENTICATION, 'serviceaccounts')),
  right('impersonate-constrained', rule('impersonate:arbitrary-node', AUTHENTICATION, 'nodes')),
  right('impersonate-constrained', rule('impersonate:associated-node', AUTHENTICATION, 'nodes')),
  { ...right('secrets', rule('get', '', 'pods,secrets'), rule('list', '', 'secrets')), isMended: true },
  right('secrets', rule('list', '', 'secrets')),
  right('secrets', rule('watch', '', 'secrets')),
  right('kubelet', rule('get', '', 'nodes/proxy')),
  right('admission-policies', rule('create', ADMISSION, 'mutatingadmissionpolicies')),
  right('webhook-configurations', rule('delete', ADMISSION, 'validatingwebhookconfigurations')),
  right('unsafe-delete', rule('unsafe-delete-ignore-read-errors', '', 'configmaps')),
  right('tokens', rule('create', '', 'serviceaccounts/token')),
  { ...right('escalate', rule('get,escalate,bind', RBAC, 'clusterroles')), isMended: true },
  right('escalate', rule('patch', RBAC, 'rolebindings')),
  right('certificates', rule('update', 'certificates.k8s.io', 'certificatesigningrequests/approval')),
  right('proxies', rule('get', '', 'services/proxy')),
  right('apis', rule('patch', 'apiregistration.k8s.io', 'apiservices')),
  right('definitions', rule('delete', 'apiextensions.k8s.io', 'customresourcedefinitions')),
  right('flow-control', rule('create', 'flowcontrol.apiserver.k8s.io', 'flowschemas')),
  right('obstat-objects', rule('patch', 'obstat.dev', 'governedagents')),
  {
    by: 'through a group that everybody is in',
    finds: ['rights/secrets'],
    objects: [
      clusterRole('planted', [rule('get', '', 'secrets')]),
      binding('planted', ofGroup('system:authenticated')),
    ],
  },
  {
    by: 'in one namespace, through the group of its ServiceAccounts',
    finds: ['rights/secrets'],
    objects: [
      clusterRole('planted', [rule('list', '', 'secrets')]),
      binding('planted', ofGroup('system:serviceaccounts:agents'), 'shop'),
    ],
  },
  {
    by: 'through a ClusterRole that is made of others',
    finds: ['rights/tokens'],
    objects: [
      {
        ...clusterRole('planted', []),
        aggregationRule: { clusterRoleSelectors: [{ matchLabels: { into: 'planted' } }] },
      },
      clusterRole('part', [rule('create', '', 'serviceaccounts/token')], { into: 'planted' }),
      binding('planted', AGENT),
    ],
  },
  {
    by: 'of edit in one namespace',
    finds: ['rights/broad-role', 'rights/impersonate', 'rights/proxies', 'rights/secrets', 'rights/tokens'],
    objects: [binding('edit', AGENT, 'shop')],
  },
  {
    by: 'in the namespace of obstat',
    finds: ['rights/obstat-namespace'],
    objects: [clusterRole('planted', [rule('get', '', 'pods')]), binding('planted', AGENT, 'obstat-system')],
  },
  {
    finds: ['rights/secrets'],
    by: 'of whatever ServiceAccount lives among agents',
    objects: [
      clusterRole('planted', [rule('get', '', 'secrets')]),
      binding('planted', { kind: 'ServiceAccount', namespace: 'lodgers', name: 'unnamed' }),
    ],
  },
  {
    finds: ['anonymous'],
    objects: [clusterRole('planted', [rule('get', '', 'pods')]), binding('planted', ofGroup('system:unauthenticated'))],
  },
  {
    finds: ['aggregated/own-admission', 'rights/aggregated'],
    objects: [apiService, ...given(rule('create', 'planted.example', '*'))],
  },
  { finds: ['armed/reclaim-policy'], objects: [volume('Delete')] },
  { by: 'by a label', finds: ['armed/key'], objects: [withKey('labels', 'cleanup.kyverno.io/ttl')] },
  { by: 'by an annotation', finds: ['armed/key'], objects: [withKey('annotations', 'janitor/ttl')] },
  { finds: ['conversion/webhook'], objects: [definition] },
  { finds: ['identities/agents'], objects: [governed('second')] },
  {
    by: 'by a webhook',
    finds: ['mutators'],
    objects: [
      admission('MutatingWebhookConfiguration', 'planted', {
        webhooks: [
          {
            ...nowhere,
            name: 'planted.shop.example',
            failurePolicy: 'Ignore',
            timeoutSeconds: 1,
            rules: [{ ...everything, apiGroups: ['obstat.dev'] }],
          },
        ],
      }),
    ],
  },
  {
    by: 'by a policy',
    finds: ['mutators'],
    objects: [
      admission('MutatingAdmissionPolicy', 'planted', {
        spec: {
          matchConstraints: { resourceRules: [{ ...everything, resources: ['*'] }] },
          mutations: [
            { patchType: 'JSONPatch', jsonPatch: { expression: '[JSONPatch{op: "test", path: "/a", value: 1}]' } },
          ],
          reinvocationPolicy: 'Never',
          failurePolicy: 'Ignore',
        },
      }),
    ],
  },
]

const PLURALS: ReadonlyMap<string, string> = new Map([
  ['APIService', 'apiservices'],
  ['MutatingAdmissionPolicy', 'mutatingadmissionpolicies'],
])

function collectionOf(object: Json): string {
  const kind = text(object, 'kind')
  const version = text(object, 'apiVersion')
  const namespace = text(object, 'metadata', 'namespace')
  const base = version === 'v1' ? '/api/v1' : `/apis/${version}`
  return `${base}${namespace === '' ? '' : `/namespaces/${namespace}`}/${PLURALS.get(kind) ?? `${kind.toLowerCase()}s`}`
}

/** Can it be run as it stands: nothing to choose, nothing to edit by hand? */
const isRunnable = ({ fix }: Finding): boolean =>
  fix.every((line) =>
    /^(# |kubectl (patch|delete|label|annotate|scale|create poddisruptionbudget|get namespace) )/.test(line),
  )

describe('obstat doctor', () => {
  let plane: ControlPlane
  let webhook: Obstat
  let admin: Actor
  let client: Client

  const look = async (now: () => Date = () => new Date()): Promise<readonly Finding[]> =>
    examine(
      {
        live: client,
        api: remembering(client),
        by: (way) => connect({ kubeconfig: plane.adminKubeconfig, ...way }),
        namespace: 'obstat-system',
        now,
        // What it waits for between two looks is its own; a test need not wait as long.
        pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms / 10)),
      },
      CHECKS,
    )
  const ids = (findings: readonly Finding[]): readonly string[] => [...new Set(findings.map(({ id }) => id))].sort()
  const shell = (script: string): Promise<{ readonly code: number; readonly stderr: string }> => {
    const env = plainEnvironment(plane.dir)
    const path = `${dirname(pathOf('kubectl'))}:/usr/bin:/bin`
    return run('/bin/sh', ['-ec', script], { env: { ...env, PATH: path, KUBECONFIG: plane.adminKubeconfig } })
  }
  /** Carries out what it says, and looks again. */
  const mend = async (findings: readonly Finding[]): Promise<void> => {
    const runnable = findings.filter(isRunnable)
    for (const { fix } of runnable) {
      const { stderr } = await shell(fix.join('\n'))
      // Two findings may name one binding, or one rule: the first fix was enough, and the test in the second says so.
      expect(stderr, fix.join('\n')).to.match(/^$|NotFound|The request is invalid/)
    }
    const left = ids(await look())
    expect(left.filter((id) => runnable.some((one) => one.id === id))).to.deep.equal([])
  }
  const removed = async (objects: readonly object[]): Promise<void> => {
    for (const object of objects) {
      const path = `${collectionOf(object as Json)}/${text(object as Json, 'metadata', 'name')}`
      await orNull(client.delete(path))
      await until(`${path} to be gone`, async () => (await orNull(client.get(path))) === null)
    }
  }
  const until0 = (what: string): Promise<unknown> =>
    until(what, async () => {
      const found = ids(await look())
      if (found.length === 0) return true
      throw new Error(found.join())
    })

  before(async () => {
    plane = await startControlPlane()
    admin = administrator(plane)
    webhook = await startObstat(plane)
    client = connect({ kubeconfig: plane.adminKubeconfig })
    for (const name of ['agents', 'lodgers', 'shop', 'payments']) await done(admin.kubectl(`create namespace ${name}`))
    await done(admin.kubectl('label namespace payments obstat.dev/protected=true'))
    await done(admin.kubectl('label namespace agents lodgers obstat.dev/agents=true'))
    await done(admin.kubectl('create serviceaccount sre-bot -n agents'))
    const role = clusterRole('ours', [rule('get,list,watch,patch', 'apps', 'deployments,deployments/scale')])
    for (const object of [role, binding('ours', AGENT, 'shop'), governed('sre-bot')])
      await done(admin.pipe('create -f -', object))
  })

  after(async () => {
    client.close()
    await webhook.stop()
    await plane.stop()
  })

  it('finds nothing in a clean installation', async () => {
    await until0('nothing to be found')
    const ran = await admin.obstat('doctor')
    expect([ran.code, ran.stdout, ran.stderr]).to.deep.equal([0, '', `nothing found by ${CHECKS.length} checks\n`])
  })

  for (const { finds, objects, by, isMended = true } of PLANTS)
    it(`finds ${finds.join(', ')}${by === undefined ? '' : ` ${by}`}${isMended ? ', and mends it' : ''}`, async () => {
      for (const object of objects) await client.create(`${collectionOf(object as Json)}?fieldManager=test`, object)
      try {
        const findings = await look()
        expect(ids(findings)).to.deep.equal(finds)
        for (const finding of findings) expect(finding.evidence, finding.id).to.not.deep.equal([])
        if (isMended) await mend(findings)
      } finally {
        await removed(objects)
      }
    })

  it('writes into the condition Contained what RBAC leaves each agent', async () => {
    const lodger = { ...AGENT, namespace: 'lodgers', name: 'lodger' }
    const open = [
      clusterRole('planted', [rule('get', '', 'secrets'), rule('create', '', 'serviceaccounts/token')]),
      binding('planted', lodger),
      { ...governed('lodger'), spec: { subjects: [lodger], trustPhase: 'Shadow' } },
      { ...governed('poor'), spec: { subjects: [{ kind: 'User', name: 'poor' }], trustPhase: 'Shadow' } },
    ]
    for (const object of open) await client.create(collectionOf(object as Json), object)
    const said = (name: string): Promise<readonly string[]> =>
      until(`${name} to be said to be contained or not`, async () => {
        const agent = await client.get(`/apis/obstat.dev/v1alpha1/governedagents/${name}`)
        const one = list(agent, 'status', 'conditions').find((condition) => text(condition, 'type') === 'Contained')
        return one === undefined ? null : [text(one, 'status'), text(one, 'message')]
      })
    expect(await said('poor')).to.deep.equal(['True', 'no known way round admission'])
    expect(await said('lodger')).to.deep.equal([
      'False',
      'RBAC leaves secrets; obstat doctor says what closes each. secrets: get secrets: ClusterRole planted by ClusterRoleBinding planted-planted',
    ])
    await removed(open)
  })

  it('finds several workloads with the identity of one agent', async () => {
    const pods = ['one', 'two'].map(workloadOf)
    for (const object of pods) await client.create(collectionOf(object as Json), object)
    const found = await until('both workloads to run', async () =>
      (await look()).find(({ id }) => id === 'identities/workloads'),
    )
    expect(found.evidence).to.deep.equal(['deployment/one', 'deployment/two'])
    await removed(pods)
    await until0('their pods to be gone')
  })

  it('finds one replica, all on one node, and no budget, where obstat runs in the cluster', async () => {
    const found = async (id: string): Promise<void> => {
      const finding = await until(id, async () => (await look()).find((one) => one.id === id))
      for (const line of finding.fix.filter((one) => /^kubectl (scale|create)/.test(one))) await shell(line)
    }
    await done(admin.obstat('install'))
    await until0('two replicas to be ready')
    await done(admin.kubectl('scale deployment obstat -n obstat-system --replicas=1'))
    await found('replicas/few')
    await until0('the second replica to be ready again')
    await done(admin.kubectl('delete pdb obstat -n obstat-system'))
    await found('replicas/no-budget')
    await until0('the budget to be there again')
    await done(admin.kubectl('cordon node-0'))
    await done(admin.kubectl('delete pods -n obstat-system --field-selector spec.nodeName=node-0 --wait=false'))
    await found('replicas/one-node')
    await done(admin.kubectl('delete -n obstat-system deployment/obstat pdb/obstat service/obstat'))
    await done(admin.kubectl('uncordon node-0'))
    await until0('the Deployment to be gone')
  })

  it('finds a Namespace that nobody will empty, and how to mend it', async () => {
    const hollow = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'hollow', labels: { a: 'b' } } }
    await client.create('/api/v1/namespaces', hollow)
    await client.replace('/api/v1/namespaces/hollow/finalize', { ...hollow, spec: {} })
    const findings = await look()
    expect(ids(findings)).to.deep.equal(['armed/namespace-finalize'])
    expect((await shell(findings[0]?.fix.join('\n') ?? '')).stderr).to.equal('')
    expect(ids(await look())).to.deep.equal([])
    expect(text(await client.get('/api/v1/namespaces/hollow'), 'metadata', 'labels', 'a')).to.equal('b')
  })

  it('finds a clock that differs, and a Lease that is out of date by it', async () => {
    expect(ids(await look(() => new Date(Date.now() + 60_000)))).to.deep.equal(['clock', 'replicas/no-leader'])
  })

  it('says what it may not look at, to whom', async () => {
    await done(admin.kubectl('create clusterrolebinding alice-view --clusterrole=view --user=alice'))
    const ran = await actor(plane, plane.humanKubeconfig).obstat('doctor -o json')
    expect(ran.code, ran.stderr).to.equal(1)
    const { findings } = JSON.parse(ran.stdout) as { readonly findings: readonly Finding[] }
    expect(ids(findings)).to.deep.equal(['unchecked'])
    expect(findings.map(({ subject }) => subject)).to.include('check rights')
  })

  it('needs no obstat with --pre', async () => {
    const ran = await admin.obstat('doctor --pre --namespace elsewhere')
    expect([ran.code, ran.stdout], ran.stderr).to.deep.equal([0, ''])
  })

  describe('while obstat does not run', () => {
    const CONFIGURATION = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/obstat'
    const BINDING = '/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicybindings/agents-webhooks.obstat.dev'
    const foundNow = async (): Promise<readonly string[]> => ids(await look())

    before(() => webhook.stop())

    it('finds that agents are stopped', async () => {
      expect(await foundNow()).to.deep.equal(['canary/unanswered', 'replicas/no-leader'])
    })

    it('finds a binding that only warns', async () => {
      await client.patch(BINDING, { spec: { validationActions: ['Audit'] } })
      expect(await foundNow()).to.include('enforcement/differs')
      await client.patch(BINDING, { spec: { validationActions: ['Deny'] } })
      expect(await foundNow()).to.not.include('enforcement/differs')
    })

    it('finds a configuration that fails open, an API server that asks nobody, and that it happened', async () => {
      const path = '/webhooks/0/failurePolicy'
      await client.patch(CONFIGURATION, [{ op: 'replace', path, value: 'Ignore' }], {
        contentType: 'application/json-patch+json',
      })
      const findings = await look()
      expect(ids(findings)).to.include.members(['canary/unasked', 'enforcement/differs'])
      expect(findings.find(({ id }) => id === 'enforcement/differs')?.evidence).to.deep.equal([
        'webhooks/0/failurePolicy: expected "Fail", got "Ignore"',
      ])
      expect(await foundNow()).to.include('metrics/failed-open')
    })

    it('finds that the configuration is gone', async () => {
      await client.delete(CONFIGURATION)
      expect(await foundNow()).to.include.members(['canary/unasked', 'enforcement/missing'])
    })

    it('finds a Lease that nobody holds', async () => {
      await client.delete('/apis/coordination.k8s.io/v1/namespaces/obstat-system/leases/obstat')
      expect(await foundNow()).to.include('replicas/no-leader')
    })

    it('finds a group of Kubernetes that somebody else serves', async () => {
      const api = '/apis/apiregistration.k8s.io/v1/apiservices/v1.node.k8s.io'
      await client.patch(api, {
        spec: { service: { namespace: 'shop', name: 'nowhere' }, insecureSkipTLSVerify: true },
      })
      const taken = (await look()).find(({ id }) => id === 'aggregated/taken')
      expect(taken?.fix).to.deep.equal(['kubectl delete apiservice v1.node.k8s.io'])
      expect((await shell(taken?.fix.join() ?? '')).code).to.equal(0)
    })
  })
})
