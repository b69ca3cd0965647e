import { expect } from 'chai'
import type { GovernedAgent } from '../../src/api/objects.ts'
import {
  agentNamed,
  agentOf,
  hasAgents,
  holdsAgents,
  isAgentAccount,
  names,
  owns,
  serviceAccountOf,
} from '../../src/policy/agents.ts'
import type { Facts } from '../../src/policy/facts.ts'
import type { User } from '../../src/policy/request.ts'
import { agent, facts } from './given.ts'

type Spec = GovernedAgent['spec']

const user = (username: string, groups: readonly string[] = []): User => ({
  username,
  uid: '',
  groups,
  extra: new Map(),
})
const BOT = user('system:serviceaccount:sre:sre-bot')
const having = (...agents: readonly GovernedAgent[]): Facts => facts({ agents })
const subject = (...subjects: Spec['subjects']): Partial<Spec> => ({ subjects })

describe('a GovernedAgent names', () => {
  const named = (one: Spec['subjects'][number], by: User): boolean => names(agent(subject(one)), by)

  it('one ServiceAccount, user or group, exactly', () => {
    const account = { kind: 'ServiceAccount', namespace: 'sre', name: 'sre-bot' } as const
    expect(named(account, BOT)).to.equal(true)
    expect(named({ ...account, namespace: 'other' }, BOT)).to.equal(false)
    expect(named({ kind: 'ServiceAccount', name: 'sre-bot' }, user('system:serviceaccount::sre-bot'))).to.equal(true)
    expect(named({ kind: 'User', name: 'bob' }, user('bob'))).to.equal(true)
    expect(named({ kind: 'User', name: 'bob' }, user('bobby', ['bob']))).to.equal(false)
    expect(named({ kind: 'Group', name: 'bots' }, user('bots'))).to.equal(false)
    expect(named({ kind: 'Group', name: 'bots' }, user('x', ['a', 'bots']))).to.equal(true)
  })

  it('any of its subjects', () => {
    const two = agent(subject({ kind: 'User', name: 'a' }, { kind: 'User', name: 'b' }))
    expect([user('a'), user('b'), user('c')].map((one) => names(two, one))).to.deep.equal([true, true, false])
  })
})

describe('a ServiceAccount', () => {
  it('is read from its username, and nothing else is', () => {
    expect(serviceAccountOf('system:serviceaccount:sre:sre-bot')).to.deep.equal({ namespace: 'sre', name: 'sre-bot' })
    for (const other of [
      'bob',
      'system:serviceaccount:sre',
      'system:serviceaccount:sre:a:b',
      'x:system:serviceaccount:a:b',
    ])
      expect(serviceAccountOf(other), other).to.equal(null)
  })

  const labelled = (namespace: string, value = 'true'): Facts =>
    facts({ agents: [], namespaces: new Map([[namespace, new Map([['obstat.dev/agents', value]])]]) })

  it('is an agent where its Namespace holds agents, but never in Kubernetes’ own or obstat’s', () => {
    expect(holdsAgents(labelled('bots'), 'bots')).to.equal(true)
    expect(holdsAgents(labelled('bots', 'yes'), 'bots')).to.equal(false)
    expect(holdsAgents(labelled('bots'), 'gone')).to.equal(false)
    expect(holdsAgents(labelled('kube-system'), 'kube-system')).to.equal(false)
    expect(holdsAgents(labelled('my-kube-'), 'my-kube-')).to.equal(true)
    expect(holdsAgents(labelled('obstat-system'), 'obstat-system')).to.equal(false)
    expect(isAgentAccount(labelled('bots'), 'bots', 'any')).to.equal(true)
    expect(isAgentAccount(labelled('bots'), 'sre', 'any')).to.equal(false)
  })

  it('is an agent where a GovernedAgent names it, or a group that it is in', () => {
    const other = agent(subject({ kind: 'User', name: 'x' }), 'other')
    expect(isAgentAccount(having(other, agent()), 'sre', 'sre-bot')).to.equal(true)
    expect(isAgentAccount(having(other, agent()), 'sre', 'another')).to.equal(false)
    for (const name of ['system:serviceaccounts', 'system:serviceaccounts:sre', 'system:authenticated'])
      expect(isAgentAccount(having(agent(subject({ kind: 'Group', name }))), 'sre', 'any'), name).to.equal(true)
    expect(isAgentAccount(having(agent(subject({ kind: 'Group', name: 'bots' }))), 'sre', 'any')).to.equal(false)
  })

  it('lives where a subject is, or a label says so', () => {
    const other = agent(subject({ kind: 'User', name: 'sre' }), 'other')
    expect(hasAgents(having(other, agent()), 'sre')).to.equal(true)
    expect(hasAgents(having(other, agent()), 'shop')).to.equal(false)
    expect(hasAgents(having(other), 'sre')).to.equal(false)
    const group = (name: string): Facts => having(agent(subject({ kind: 'User', name: 'x' }, { kind: 'Group', name })))
    expect(hasAgents(group('system:serviceaccounts:sre'), 'sre')).to.equal(true)
    expect(hasAgents(group('system:serviceaccounts:sre'), 'shop')).to.equal(false)
    const named = agent(subject({ kind: 'User', name: 'system:serviceaccounts:sre', namespace: 'sre' }))
    expect(hasAgents(having(named), 'sre')).to.equal(false)
    expect(hasAgents(labelled('bots'), 'bots')).to.equal(true)
  })
})

describe('the agent behind a request', () => {
  it('is that of this user and these facts, whoever asked before', () => {
    const other = user('bob')
    const both = having(agent(), agent({ ...subject({ kind: 'User', name: 'bob' }), trustPhase: 'Shadow' }, 'bobs'))
    expect(agentOf(both, BOT)).to.deep.include({ name: 'sre-bot', phase: 'AutonomousL1' })
    expect(agentOf(both, other)).to.deep.include({ name: 'bobs', phase: 'Shadow' })
    expect(agentOf(both, BOT).name).to.equal('sre-bot')
    expect(agentOf(both, BOT)).to.equal(agentOf(both, BOT))
    expect(agentOf({ ...both, agents: [agent({ suspended: true })] }, BOT).suspended).to.equal('no reason given')
    expect(agentOf(both, BOT).suspended).to.equal(null)
    const noHome = { ...both, namespaces: new Map([['sre', new Map([['obstat.dev/protected', 'true']])]]) }
    expect(agentOf(both, BOT).homeNamespace).to.equal('sre')
    expect(agentOf(noHome, BOT).homeNamespace).to.equal('')
    expect(agentOf(both, BOT).homeNamespace).to.equal('sre')
    expect(agentOf({ ...both, ownNamespace: 'sre' }, BOT).homeNamespace).to.equal('')
    expect(agentOf(both, other).homeNamespace).to.equal('')
  })

  it('that nobody named is phase Shadow, with the defaults', () => {
    expect(agentOf(having(), BOT)).to.deep.equal({
      name: '',
      phase: 'Shadow',
      suspended: null,
      isAudit: false,
      scopes: [[]],
      owns: [],
      required: 1,
      requiredProtected: 1,
      roles: [],
      requestTtlSeconds: 3600,
      approvalTtlSeconds: 900,
      preApprovalTtlSeconds: 86_400,
      homeNamespace: 'sre',
    })
    expect(agentNamed(having(agent()), 'other').name).to.equal('')
    expect(agentNamed(having(agent({}, 'other'), agent()), 'sre-bot')).to.deep.include({
      name: 'sre-bot',
      homeNamespace: '',
    })
  })

  it('of several GovernedAgents is the strictest of each', () => {
    const approvals = (approval: Spec['approval'], more: Partial<Spec> = {}, name = 'a') =>
      agent({ ...(approval && { approval }), ...more }, name)
    const found = agentOf(
      having(
        approvals(
          { required: 2, requiredProtected: 1, roles: ['b'], requestTtlSeconds: 60, approvalTtlSeconds: 50 },
          {
            suspended: true,
            suspendedReason: 'INC-9',
            enforcement: 'Audit',
            owns: [{ apiGroups: ['*'], resources: ['x'] }],
          },
        ),
        approvals({ roles: ['a', 'b'], preApprovalTtlSeconds: 70 }, { trustPhase: 'ReadOnlyAssist', scope: [] }, 'b'),
      ),
      BOT,
    )
    expect(found).to.deep.include({
      name: 'b',
      phase: 'ReadOnlyAssist',
      suspended: 'INC-9',
      isAudit: false,
      owns: [],
      required: 2,
      requiredProtected: 2,
      roles: ['a', 'b'],
      requestTtlSeconds: 60,
      approvalTtlSeconds: 50,
      preApprovalTtlSeconds: 70,
    })
    expect(found.scopes).to.deep.equal([agent().spec.scope, []])
    expect(agentOf(having(approvals({ requiredProtected: 3 })), BOT)).to.deep.include({
      required: 1,
      requiredProtected: 3,
    })
    expect(agentOf(having(approvals({ requestTtlSeconds: 7200 })), BOT).requestTtlSeconds).to.equal(7200)
    expect(agentOf(having(agent({ enforcement: 'Audit' })), BOT).isAudit).to.equal(true)
    expect(agentOf(having(agent({ scope: undefined } as never)), BOT).scopes).to.deep.equal([[]])
  })

  it('owns kinds by group and resource, subresources too', () => {
    const by = (group: string, resource: string, owned: NonNullable<Spec['owns']>[number]): boolean =>
      owns(agentOf(having(agent({ owns: [{ apiGroups: ['z'], resources: ['z'] }, owned] })), BOT), group, resource) ===
      owned
    const one = { apiGroups: ['lab'], resources: ['widgets', 'widgets/status'] }
    expect(by('lab', 'widgets', one)).to.equal(true)
    expect(by('lab', 'widgets/status', one)).to.equal(true)
    expect(by('lab', 'widgets/scale', one)).to.equal(false)
    expect(by('other', 'widgets', one)).to.equal(false)
    expect(by('other', 'widgets', { ...one, apiGroups: ['*'] })).to.equal(true)
    for (const any of ['*', '*/*']) expect(by('lab', 'gadgets', { ...one, resources: [any] }), any).to.equal(true)
  })
})
