import { expect } from 'chai'
import type { Grant, Granted } from '../../src/doctor/granted.ts'
import { openWays, WAYS } from '../../src/doctor/ways-round.ts'

const grant: Grant = {
  role: { kind: 'ClusterRole', namespace: '', name: 'some' },
  ruleIndex: 0,
  isKept: false,
  isOnlyTheirs: true,
  binding: { kind: 'ClusterRoleBinding', namespace: '', name: 'some' },
  subjectIndex: 0,
  subjectName: 'sre-bot',
  isOnlySubject: true,
}

const granted = (verbs: readonly string[], group: string, resources: readonly string[], namespace = ''): Granted => ({
  verbs,
  apiGroups: [group],
  resources,
  resourceNames: [],
  namespace,
  from: 'somewhere',
  grant,
})

const idsOf = (rule: Granted): readonly string[] => openWays([rule]).map(({ way }) => way.id)

describe('openWays', () => {
  it('finds every way behind cluster-admin', () => {
    expect(idsOf(granted(['*'], '*', ['*']))).to.deep.equal(WAYS.map(({ id }) => id))
  })

  it('finds none behind what admission sees', () => {
    expect(idsOf(granted(['*'], 'apps', ['*']))).to.deep.equal([])
    expect(
      idsOf(granted(['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'], 'apps', ['*'])),
    ).to.deep.equal([])
    expect(idsOf(granted(['get', 'list', 'create', 'delete'], '', ['pods', 'pods/exec', 'configmaps']))).to.deep.equal(
      [],
    )
  })

  const ways: readonly (readonly [Granted, string])[] = [
    [granted(['impersonate'], '', ['serviceaccounts'], 'shop'), 'impersonate'],
    [granted(['impersonate'], 'authentication.k8s.io', ['userextras/scopes']), 'impersonate'],
    [granted(['impersonate:user-info'], 'authentication.k8s.io', ['users']), 'impersonate-constrained'],
    [granted(['impersonate:serviceaccount'], 'authentication.k8s.io', ['serviceaccounts']), 'impersonate-constrained'],
    [granted(['impersonate:arbitrary-node'], 'authentication.k8s.io', ['nodes']), 'impersonate-constrained'],
    [granted(['impersonate:associated-node'], 'authentication.k8s.io', ['nodes']), 'impersonate-constrained'],
    [granted(['watch'], '', ['secrets']), 'secrets'],
    [granted(['get'], '', ['nodes/proxy']), 'kubelet'],
    [granted(['get'], '', ['nodes/log']), 'kubelet'],
    [granted(['get'], '', ['pods/proxy']), 'proxies'],
    [granted(['create'], '', ['services/proxy'], 'shop'), 'proxies'],
    [granted(['unsafe-delete-ignore-read-errors'], 'apps', ['deployments']), 'unsafe-delete'],
    [granted(['patch'], 'admissionregistration.k8s.io', ['mutatingadmissionpolicybindings']), 'admission-policies'],
    [
      granted(['delete'], 'admissionregistration.k8s.io', ['validatingwebhookconfigurations']),
      'webhook-configurations',
    ],
    [granted(['create'], '', ['serviceaccounts/token']), 'tokens'],
    [granted(['bind'], 'rbac.authorization.k8s.io', ['clusterroles']), 'escalate'],
    [granted(['approve'], 'certificates.k8s.io', ['signers']), 'certificates'],
    [granted(['update'], 'apiregistration.k8s.io', ['apiservices']), 'apis'],
    [granted(['patch'], 'apiextensions.k8s.io', ['customresourcedefinitions']), 'definitions'],
    [granted(['create'], 'flowcontrol.apiserver.k8s.io', ['flowschemas']), 'flow-control'],
    [granted(['patch'], 'obstat.dev', ['governedagents']), 'obstat-objects'],
  ]
  for (const [rule, id] of ways)
    it(`finds ${id} behind ${rule.verbs.join()} ${rule.resources.join()}`, () => {
      expect(idsOf(rule)).to.deep.equal([id])
    })

  it('finds what a RoleBinding cannot give only where it can', () => {
    expect(idsOf(granted(['*'], '*', ['*'], 'shop'))).to.deep.equal([
      'impersonate',
      'impersonate-constrained',
      'secrets',
      'unsafe-delete',
      'tokens',
      'escalate',
      'proxies',
    ])
    expect(idsOf(granted(['impersonate'], '', ['users'], 'shop'))).to.deep.equal([])
  })

  it('finds a wildcard on a subresource', () => {
    expect(idsOf(granted(['create'], '', ['*/proxy']))).to.deep.equal(['kubelet', 'proxies'])
  })

  it('lets be what is read by name, and what is read in one namespace is less', () => {
    expect(idsOf({ ...granted(['get'], '', ['secrets']), resourceNames: ['registry'] })).to.deep.equal([])
    const levels = ['', 'shop', 'kube-system'].map(
      (namespace) => openWays([granted(['list'], '', ['secrets'], namespace)])[0]?.level,
    )
    expect(levels).to.deep.equal(['critical', 'warning', 'critical'])
  })

  it('says where a rule holds and where it comes from, once', () => {
    const rule = granted(['get'], '', ['secrets'], 'shop')
    expect(openWays([rule, rule])[0]?.by).to.deep.equal(['get secrets in namespace shop: somewhere'])
  })
})
