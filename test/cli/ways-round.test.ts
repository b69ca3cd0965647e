import { expect } from 'chai'
import type { Granted } from '../../src/cli/ways-round.ts'
import { openWays, WAYS } from '../../src/cli/ways-round.ts'

const granted = (verbs: readonly string[], group: string, resources: readonly string[], namespace = ''): Granted => ({
  verbs,
  apiGroups: [group],
  resources,
  namespace,
  from: 'somewhere',
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
    [granted(['impersonate:user-info'], 'authentication.k8s.io', ['users']), 'impersonate'],
    [granted(['watch'], '', ['secrets']), 'secrets'],
    [granted(['get'], '', ['nodes/proxy']), 'kubelet'],
    [granted(['create'], '', ['*/proxy']), 'kubelet'],
    [granted(['patch'], 'admissionregistration.k8s.io', ['mutatingadmissionpolicybindings']), 'admission-policies'],
    [
      granted(['delete'], 'admissionregistration.k8s.io', ['validatingwebhookconfigurations']),
      'webhook-configurations',
    ],
    [granted(['create'], '', ['serviceaccounts/token']), 'tokens'],
    [granted(['bind'], 'rbac.authorization.k8s.io', ['clusterroles']), 'escalate'],
    [granted(['approve'], 'certificates.k8s.io', ['signers']), 'certificates'],
    [granted(['update'], 'apiregistration.k8s.io', ['apiservices']), 'apis'],
  ]
  for (const [rule, id] of ways)
    it(`finds ${id} behind ${rule.verbs.join()} ${rule.resources.join()}`, () => {
      expect(idsOf(rule)).to.deep.equal([id])
    })

  it('says where a rule holds and where it comes from, once', () => {
    const rule = granted(['get'], '', ['secrets'], 'shop')
    expect(openWays([rule, rule])[0]?.by).to.deep.equal(['get secrets in namespace shop: somewhere'])
  })
})
