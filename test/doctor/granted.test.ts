import { expect } from 'chai'
import type { Json } from '../../src/api/json.ts'
import { commandsToClose } from '../../src/doctor/close.ts'
import type { Granted, Subject } from '../../src/doctor/granted.ts'
import { grantedTo, loadRbac } from '../../src/doctor/granted.ts'
import { openWays } from '../../src/doctor/ways-round.ts'

interface Rule {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly verbs: readonly string[]
}
const READ: Rule = { apiGroups: [''], resources: ['secrets', 'pods'], verbs: ['get'] }
const TOKENS: Rule = { apiGroups: [''], resources: ['serviceaccounts/token'], verbs: ['create'] }

const role = (name: string, rules: readonly Rule[], more: object = {}): Json =>
  ({ metadata: { name, ...more }, rules }) as unknown as Json
const bound = (name: string, to: string, subjects: readonly object[], namespace = ''): Json =>
  ({
    metadata: { name, ...(namespace === '' ? {} : { namespace }) },
    roleRef: { kind: 'ClusterRole', name: to },
    subjects,
  }) as unknown as Json

const bot: Subject = { kind: 'ServiceAccount', namespace: 'agents', name: 'bot' }
const other = { kind: 'ServiceAccount', namespace: 'agents', name: 'other' }
const group = (name: string): Subject => ({ kind: 'Group', name })

interface Given {
  readonly clusterRoles?: readonly Json[]
  readonly roles?: readonly Json[]
  readonly clusterBindings?: readonly Json[]
  readonly bindings?: readonly Json[]
}

function rbacOf({ clusterRoles = [], roles = [], clusterBindings = [], bindings = [] }: Given) {
  const lists = new Map([
    ['clusterroles', clusterRoles],
    ['roles', roles],
    ['clusterrolebindings', clusterBindings],
    ['rolebindings', bindings],
  ])
  return loadRbac({ list: (path) => Promise.resolve({ items: lists.get(path.split('/').at(-1) ?? '') ?? [] }) })
}

const sources = (granted: readonly Granted[]): readonly string[] => granted.map(({ from }) => from)

describe('grantedTo', () => {
  const clusterRoles = [role('reader', [READ])]
  const holders: readonly (readonly [object, Subject, boolean])[] = [
    [bot, bot, true],
    [other, bot, false],
    [group('system:authenticated'), bot, true],
    [group('system:serviceaccounts'), bot, true],
    [group('system:serviceaccounts:agents'), bot, true],
    [group('system:serviceaccounts:shop'), bot, false],
    [{ kind: 'User', name: 'system:serviceaccount:agents:bot' }, bot, true],
    [{ kind: 'User', name: 'bot' }, bot, false],
    [{ kind: 'User', name: 'carol' }, { kind: 'User', name: 'carol' }, true],
    [group('system:serviceaccounts'), { kind: 'User', name: 'carol' }, false],
    [group('bots'), group('bots'), true],
    [group('system:authenticated'), group('bots'), true],
    [other, group('system:serviceaccounts:agents'), true],
    [{ kind: 'User', name: 'system:serviceaccount:agents:other' }, group('system:serviceaccounts:agents'), true],
    [other, group('system:serviceaccounts:agentsmith'), false],
    [group('system:serviceaccounts'), group('system:serviceaccounts:agents'), true],
  ]
  for (const [subject, identity, isTheirs] of holders)
    it(`${isTheirs ? 'counts' : 'leaves out'} a binding to ${JSON.stringify(subject)} for ${identity.kind} ${identity.name}`, async () => {
      const rbac = await rbacOf({ clusterRoles, clusterBindings: [bound('b', 'reader', [subject])] })
      expect(grantedTo(rbac, [identity])).to.have.length(isTheirs ? 1 : 0)
    })

  it('takes a Role of the same name from the namespace of its binding', async () => {
    const named = (namespace: string, rules: readonly Rule[]): Json => role('own', rules, { namespace })
    const binding = { ...(bound('b', 'own', [bot], 'shop') as object), roleRef: { kind: 'Role', name: 'own' } }
    const rbac = await rbacOf({
      clusterRoles: [role('own', [])],
      roles: [named('elsewhere', []), named('shop', [READ])],
      bindings: [binding],
    })
    expect(grantedTo(rbac, [bot]).map(({ namespace, from }) => [namespace, from])).to.deep.equal([
      ['shop', 'Role own by RoleBinding shop/b'],
    ])
  })

  it('counts the rules of ClusterRoles that another is made of, before a controller has copied them', async () => {
    const whole = {
      ...(role('whole', []) as object),
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: { into: 'whole' } }] },
    }
    const rbac = await rbacOf({
      clusterRoles: [whole, role('part', [READ], { labels: { into: 'whole' } }), role('rest', [TOKENS])],
      clusterBindings: [bound('b', 'whole', [bot])],
    })
    expect(grantedTo(rbac, [bot]).map(({ resources }) => resources)).to.deep.equal([READ.resources])
  })

  it('grants nothing by a binding whose role is not there', async () => {
    expect(grantedTo(await rbacOf({ clusterBindings: [bound('b', 'gone', [bot])] }), [bot])).to.deep.equal([])
  })

  it('names the group, or the member, that a right comes by', async () => {
    const subjects = [group('system:authenticated'), other]
    const rbac = await rbacOf({ clusterRoles, clusterBindings: [bound('b', 'reader', subjects)] })
    expect(sources(grantedTo(rbac, [group('system:serviceaccounts:agents')]))).to.deep.equal([
      'ClusterRole reader by ClusterRoleBinding b to Group system:authenticated',
      'ClusterRole reader by ClusterRoleBinding b to ServiceAccount agents/other',
    ])
  })

  it('leaves out who is looked at elsewhere', async () => {
    const rbac = await rbacOf({ clusterRoles, clusterBindings: [bound('b', 'reader', [bot, other])] })
    expect(sources(grantedTo(rbac, [group('system:serviceaccounts:agents')], [bot]))).to.deep.equal([
      'ClusterRole reader by ClusterRoleBinding b to ServiceAccount agents/other',
    ])
  })
})

describe('commandsToClose', () => {
  const commands = async (given: Given): Promise<readonly string[]> =>
    openWays(grantedTo(await rbacOf(given), [bot])).flatMap(({ way, granted }) => commandsToClose(way, granted))

  it('takes the resource out of a rule that only the agent has', async () => {
    const clusterRoles = [role('reader', [TOKENS, READ])]
    expect(await commands({ clusterRoles, clusterBindings: [bound('b', 'reader', [bot])] })).to.deep.equal([
      `kubectl patch clusterrole reader --type=json -p '[{"op":"test","path":"/rules/1/resources","value":["secrets","pods"]},{"op":"replace","path":"/rules/1/resources","value":["pods"]}]'`,
      `kubectl patch clusterrole reader --type=json -p '[{"op":"test","path":"/rules/0/verbs","value":["create"]},{"op":"remove","path":"/rules/0"}]'`,
    ])
  })

  it('takes the last rule of a role first, so that the others keep their numbers', async () => {
    const only: Rule = { ...READ, resources: ['secrets'] }
    const clusterRoles = [role('reader', [only, only])]
    const patches = await commands({ clusterRoles, clusterBindings: [bound('b', 'reader', [bot])] })
    expect(patches.map((patch) => /"remove","path":"([^"]+)"/.exec(patch)?.[1])).to.deep.equal(['/rules/1', '/rules/0'])
  })

  it('keeps the verbs that open nothing', async () => {
    const clusterRoles = [role('reader', [{ ...READ, resources: ['secrets'], verbs: ['list', 'create'] }])]
    const [patch] = await commands({ clusterRoles, clusterBindings: [bound('b', 'reader', [bot])] })
    expect(patch).to.include('{"op":"replace","path":"/rules/0/verbs","value":["create"]}')
  })

  const UNBIND = `kubectl patch clusterrolebinding b --type=json -p '[{"op":"test","path":"/subjects/1/name","value":"bot"},{"op":"remove","path":"/subjects/1"}]'`
  const shared: readonly (readonly [string, Json])[] = [
    ['that others have too', role('reader', [READ])],
    ['of Kubernetes', role('reader', [READ], { labels: { 'kubernetes.io/bootstrapping': 'rbac-defaults' } })],
  ]
  for (const [what, reader] of shared)
    it(`unbinds the agent from a role ${what}`, async () => {
      const clusterBindings = [bound('b', 'reader', [other, bot])]
      expect(await commands({ clusterRoles: [reader], clusterBindings })).to.deep.equal([UNBIND])
    })

  it('unbinds the agent from a role that grants by wildcard, and deletes a binding that was only its', async () => {
    const clusterRoles = [role('reader', [{ ...READ, resources: ['*'] }])]
    const bindings = [bound('b', 'reader', [bot], 'shop')]
    expect(new Set(await commands({ clusterRoles, bindings }))).to.deep.equal(
      new Set(['kubectl delete rolebinding b -n shop']),
    )
  })

  it('does not narrow a role for a group that everybody is in', async () => {
    const clusterRoles = [role('reader', [READ])]
    const clusterBindings = [bound('b', 'reader', [group('system:authenticated')])]
    expect(await commands({ clusterRoles, clusterBindings })).to.deep.equal(['kubectl delete clusterrolebinding b'])
  })
})
