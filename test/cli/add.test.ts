import { generateKeyPairSync } from 'node:crypto'
import { expect } from 'chai'
import { parse } from 'yaml'
import type { Json } from '../../src/api/json.ts'
import { parseObject } from '../../src/api/parse.ts'
import { parseScope } from '../../src/cli/scope.ts'
import { testKey } from '../signing/signer.ts'
import { fakeCluster, obstat } from './world.ts'

const alice = testKey('ssh-ed25519')
const files = {
  'alice.pub': `${alice.record.publicKey}\n`,
  'sk.pub': `${testKey('sk-ssh-ed25519@openssh.com').record.publicKey}\n`,
  'raw.pem': testKey('es256').record.publicKey,
  alice: '-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n-----END OPENSSH PRIVATE KEY-----\n',
  'rsa.pub': 'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAA somebody',
  'rsa.pem': generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({
    format: 'pem',
    type: 'spki',
  }) as string,
  'two.pub': `${alice.record.publicKey}\n${alice.record.publicKey}\n`,
  'empty.pub': '',
  'passkey.json': JSON.stringify({ ...testKey('webauthn').record, credentialId: 'YWxpY2U' }),
  'no-passkey.json': JSON.stringify(alice.record),
  'broken.json': '{"type": "webauthn"',
}

describe('approver add', () => {
  it('prints an Approver and shows the fingerprint', async () => {
    const ran = await obstat(
      ['approver', 'add', 'alice', '--key', 'alice.pub', '--role', 'platform', '--username', 'a@b'],
      { files },
    )
    expect(ran.code).to.equal(0)
    expect(parse(ran.out)).to.deep.equal({
      apiVersion: 'obstat.dev/v1alpha1',
      kind: 'Approver',
      metadata: { name: 'alice' },
      spec: {
        keys: [{ type: 'ssh-ed25519', publicKey: alice.record.publicKey }],
        roles: ['platform'],
        usernames: ['a@b'],
      },
    })
    expect(ran.err).to.match(/^alice\.pub: ssh-ed25519 SHA256:[A-Za-z0-9+/]{43}\n$/)
  })

  it('takes several keys of several kinds', async () => {
    const args = ['--key', 'sk.pub', '--key', 'raw.pem', '--verify-required', '--namespace', 'shop']
    const ran = await obstat(['approver', 'add', 'alice', ...args], { files })
    const object = parse(ran.out) as Json
    expect(parseObject('Approver', object).ok).to.equal(true)
    expect(ran.out).to.include('type: es256').and.to.include('verifyRequired: true').and.to.include('- shop')
  })

  it('takes the record of a passkey', async () => {
    const ran = await obstat(['approver', 'add', 'alice', '--key', 'passkey.json'], { files })
    expect(parseObject('Approver', parse(ran.out) as Json).ok, ran.err).to.equal(true)
    expect(ran.out).to.include('type: webauthn').and.to.include('credentialId: YWxpY2U')
    expect(ran.err).to.match(/^passkey\.json: webauthn SHA256:/)
  })

  it('applies what it would print', async () => {
    const cluster = fakeCluster()
    const ran = await obstat(['approver', 'add', 'alice', '--key', 'alice.pub', '--apply'], { files, cluster })
    expect([ran.code, ran.out]).to.deep.equal([0, 'approver.obstat.dev/alice created\n'])
    expect(cluster.objects.get('/apis/obstat.dev/v1alpha1/approvers/alice')).to.deep.include({ kind: 'Approver' })
  })

  const refused: readonly (readonly [file: string, said: string])[] = [
    ['no-passkey.json', '--key no-passkey.json: not the record of a passkey: expected type webauthn'],
    ['broken.json', '--key broken.json: not JSON: '],
    ['alice', 'this is a private key; keep it, and give the public one (alice.pub)'],
    ['rsa.pub', 'not a key that counts: obstat accepts ssh-ed25519,'],
    ['rsa.pem', 'not a key that counts'],
    ['two.pub', 'not a key that counts'],
    ['empty.pub', 'not a key that counts'],
    ['nothing.pub', 'cannot read nothing.pub: no such file'],
  ]
  for (const [file, said] of refused)
    it(`refuses ${file}`, async () => {
      const ran = await obstat(['approver', 'add', 'alice', '--key', file], { files })
      expect([ran.code, ran.out]).to.deep.equal([2, ''])
      expect(ran.err).to.include(said)
      expect(ran.err).to.not.include('b3Bl')
    })

  it('names every wrong field', async () => {
    const ran = await obstat(
      ['approver', 'add', 'alice', '--key', 'alice.pub', '--role', 'Platform', '--role', 'a b'],
      { files },
    )
    expect(ran.code).to.equal(2)
    expect(ran.err).to.include('spec.roles[0]:').and.to.include('spec.roles[1]:')
  })
})

const RBAC = '/apis/rbac.authorization.k8s.io/v1'
const role = (name: string, rules: readonly object[]): object => ({ metadata: { name }, rules })
const bound = (kind: string, name: string, subject: object): object => ({
  metadata: { name: 'given' },
  roleRef: { kind, name },
  subjects: [subject],
})

describe('agent add', () => {
  const add = ['agent', 'add', 'sre-bot', '--serviceaccount', 'agents/sre-bot']

  it('prints a GovernedAgent that is Shadow unless told', async () => {
    const ran = await obstat(add, { cluster: fakeCluster() })
    expect(ran.code).to.equal(0)
    expect(parse(ran.out)).to.deep.equal({
      apiVersion: 'obstat.dev/v1alpha1',
      kind: 'GovernedAgent',
      metadata: { name: 'sre-bot' },
      spec: { subjects: [{ kind: 'ServiceAccount', namespace: 'agents', name: 'sre-bot' }], trustPhase: 'Shadow' },
    })
    expect(ran.err).to.equal('RBAC leaves sre-bot no known way round admission\n')
  })

  it('puts every flag where it belongs', async () => {
    const flags = [
      '--user',
      'bot@b',
      '--group',
      'bots',
      '--phase',
      'AutonomousL1',
      '--scope',
      'shop:pods:DELETE',
      '--required',
      '2',
    ]
    const ran = await obstat([...add, ...flags, '--role', 'platform', '--audit', '--environment', 'staging'], {
      cluster: fakeCluster(),
    })
    const object = parse(ran.out) as Json
    expect(parseObject('GovernedAgent', object).ok).to.equal(true)
    expect(object).to.have.deep.property('spec', {
      subjects: [
        { kind: 'ServiceAccount', namespace: 'agents', name: 'sre-bot' },
        { kind: 'User', name: 'bot@b' },
        { kind: 'Group', name: 'bots' },
      ],
      trustPhase: 'AutonomousL1',
      enforcement: 'Audit',
      scope: [{ apiGroups: [''], resources: ['pods'], operations: ['DELETE'], namespaces: ['shop'] }],
      approval: { required: 2, requiredProtected: 2, roles: ['platform'] },
      environment: 'staging',
    })
  })

  it('warns of what RBAC leaves, by whatever binding, and how to close it', async () => {
    const account = { kind: 'ServiceAccount', namespace: 'agents', name: 'sre-bot' }
    const cluster = fakeCluster({
      [`${RBAC}/clusterroles/reader`]: role('reader', [
        { apiGroups: [''], resources: ['secrets'], verbs: ['get', 'list'] },
      ]),
      [`${RBAC}/clusterroles/other`]: role('other', [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }]),
      [`${RBAC}/clusterrolebindings/a`]: bound('ClusterRole', 'reader', {
        kind: 'Group',
        name: 'system:serviceaccounts:agents',
      }),
      [`${RBAC}/clusterrolebindings/b`]: bound('ClusterRole', 'other', { ...account, namespace: 'elsewhere' }),
    })
    const ran = await obstat(add, { cluster })
    expect(ran.err).to.equal(
      [
        'warning: RBAC leaves sre-bot ways round admission:',
        'critical  rights/secrets            agent sre-bot',
        '  reads tokens and passwords of others, and acts with them',
        '  seen  get,list secrets: ClusterRole reader by ClusterRoleBinding given to',
        '        Group system:serviceaccounts:agents',
        '  fix   # grant get on Secrets by resourceNames, or not at all; list and watch',
        '        # read everything',
        '        kubectl delete clusterrolebinding given',
        '',
      ].join('\n'),
    )
  })

  it('prints even when no cluster answers, and says that nothing was checked', async () => {
    const silent = { ...fakeCluster(), list: () => Promise.reject(new Error('cannot reach it')) }
    const ran = await obstat(add, { cluster: silent })
    expect(ran.code).to.equal(0)
    expect(ran.out).to.include('kind: GovernedAgent')
    expect(ran.err).to.equal('note: what RBAC grants was not checked: cannot reach it\n')
  })

  const mistakes: readonly (readonly [readonly string[], string])[] = [
    [['agent', 'add', 'sre-bot'], '--serviceaccount is missing'],
    [
      ['agent', 'add', 'sre-bot', '--serviceaccount', 'sre-bot'],
      '--serviceaccount: expected NAMESPACE/NAME, got "sre-bot"',
    ],
    [
      [...add, '--phase', 'Autonomous'],
      '--phase: expected Shadow, ReadOnlyAssist, LimitedRemediation, AutonomousL1, got "Autonomous"',
    ],
    [[...add, '--required', 'two'], '--required: expected a number from 1 to 8'],
    [[...add, '--scope', 'shop'], '--scope: expected NAMESPACES:RESOURCES[:OPERATIONS]'],
    [
      ['agent', 'add', 'sre-bot', '--group', 'system:masters'],
      'spec.subjects[0].name: a system: group is never an agent',
    ],
    [['agent', 'add', 'Bot', '--user', 'bot'], 'metadata.name: expected text that matches'],
  ]
  for (const [line, said] of mistakes)
    it(`names the mistake: ${said}`, async () => {
      const ran = await obstat(line)
      expect([ran.code, ran.out]).to.deep.equal([2, ''])
      expect(ran.err).to.include(said)
    })
})

describe('parseScope', () => {
  it('makes one entry for each API group', () => {
    expect(
      parseScope(
        'shop,pay:deployments.apps,deployments.apps/scale,pods,pods/eviction,ingresses.networking.k8s.io:update,DELETE',
      ),
    ).to.deep.equal([
      {
        apiGroups: ['apps'],
        resources: ['deployments', 'deployments/scale'],
        operations: ['UPDATE', 'DELETE'],
        namespaces: ['shop', 'pay'],
      },
      {
        apiGroups: [''],
        resources: ['pods', 'pods/eviction'],
        operations: ['UPDATE', 'DELETE'],
        namespaces: ['shop', 'pay'],
      },
      {
        apiGroups: ['networking.k8s.io'],
        resources: ['ingresses'],
        operations: ['UPDATE', 'DELETE'],
        namespaces: ['shop', 'pay'],
      },
    ])
  })

  it('takes * for everything', () => {
    expect(parseScope('*:*')).to.deep.equal([
      { apiGroups: ['*'], resources: ['*', '*/*'], operations: ['*'], namespaces: ['*'] },
    ])
  })

  for (const text of ['', 'shop', 'shop:', ':pods', 'shop:pods,', 'shop:pods:PATCH', 'a:b:c:d'])
    it(`refuses ${JSON.stringify(text)}`, () => {
      expect(() => parseScope(text)).to.throw('--scope')
    })
})
