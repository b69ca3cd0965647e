import { expect } from 'chai'
import { entries, field, list, text } from '../../src/api/json.ts'
import type { Json, JsonObject } from '../../src/api/json.ts'
import type { GovernedAgent } from '../../src/api/objects.ts'
import { backstopPolicies, isBackstopName } from '../../src/enforcement/backstop.ts'
import { isStandbyName, standbyBinding, standbyMode } from '../../src/enforcement/standby.ts'
import { webhookConfiguration } from '../../src/enforcement/webhooks.ts'
import type { Source, WebhookSource } from '../../src/enforcement/webhooks.ts'

type Subjects = GovernedAgent['spec']['subjects']

const agent = (subjects: Subjects): GovernedAgent => ({
  apiVersion: 'obstat.dev/v1alpha1',
  kind: 'GovernedAgent',
  metadata: { name: 'bot' },
  spec: { subjects, trustPhase: 'Shadow' },
})

const source = (changes: Partial<Source> = {}): WebhookSource => ({
  agents: [agent([{ kind: 'ServiceAccount', namespace: 'sre', name: 'bot' }])],
  namespaces: new Map(),
  ownNamespace: 'obstat-system',
  ownUsername: 'system:serviceaccount:obstat-system:obstat',
  caBundle: 'PEM',
  destination: { kind: 'url', url: 'https://127.0.0.1:9443' },
  ...changes,
})

const webhooks = (changes: Partial<Source> = {}): readonly Json[] =>
  list(webhookConfiguration(source(changes)), 'webhooks')
const expressions = (hook: Json | undefined): readonly string[] =>
  list(hook, 'matchConditions').map((condition) => text(condition, 'expression'))
const names = (hooks: readonly Json[]): readonly string[] => hooks.map((hook) => text(hook, 'name'))

describe('the webhook configuration', () => {
  it('asks about every request of every agent, and lets none through when nobody answers', () => {
    const [agents] = webhooks()
    expect(agents).to.deep.equal({
      name: 'agents.obstat.dev',
      clientConfig: { url: 'https://127.0.0.1:9443/agents', caBundle: 'UEVN' },
      rules: [{ apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['*/*'], scope: '*' }],
      failurePolicy: 'Fail',
      matchPolicy: 'Equivalent',
      namespaceSelector: {},
      objectSelector: {},
      sideEffects: 'NoneOnDryRun',
      timeoutSeconds: 5,
      admissionReviewVersions: ['v1'],
      matchConditions: [
        {
          name: 'agents',
          expression:
            "!(has(request.userInfo.username) && request.userInfo.username == 'system:serviceaccount:obstat-system:obstat')" +
            " && ((has(request.userInfo.username) && request.userInfo.username in ['system:serviceaccount:sre:bot']))",
        },
      ],
    })
  })

  it('lets people wait for two seconds at most, and their writes through when nobody answers', () => {
    const guard = webhooks().at(-1)
    expect(text(guard, 'name')).to.equal('guard.obstat.dev')
    expect(field(guard, 'timeoutSeconds')).to.equal(2)
    expect(text(guard, 'failurePolicy')).to.equal('Ignore')
  })

  it('calls the Service inside the cluster', () => {
    const destination = { kind: 'service', namespace: 'obstat-system', name: 'obstat', port: 443 } as const
    const [agents, guard] = list(webhookConfiguration({ ...source(), destination }), 'webhooks')
    const service = { namespace: 'obstat-system', name: 'obstat', port: 443 }
    expect(field(agents, 'clientConfig', 'service')).to.deep.equal({ ...service, path: '/agents' })
    expect(field(guard, 'clientConfig', 'service')).to.deep.equal({ ...service, path: '/guard' })
  })

  it('guards what people change, and lets them through when nobody answers', () => {
    const guard = webhooks().at(-1)
    expect(text(guard, 'name')).to.equal('guard.obstat.dev')
    expect(text(guard, 'failurePolicy')).to.equal('Ignore')
    expect(list(guard, 'rules').map((rule) => list(rule, 'resources'))).to.deep.equal([
      ['*/*'],
      ['namespaces', 'namespaces/finalize', 'namespaces/status'],
    ])
  })

  it('never asks obstat about its own requests', () => {
    for (const hook of webhooks())
      expect(expressions(hook)[0]).to.match(/^!\(.*== 'system:serviceaccount:obstat-system:obstat'\)/)
  })

  it('is valid and matches nobody without an agent', () => {
    const [agents, guard, ...rest] = webhooks({ agents: [] })
    expect(expressions(agents)[0]).to.match(/ && \(false\)$/)
    expect(text(guard, 'name')).to.equal('guard.obstat.dev')
    expect(rest).to.deep.equal([])
  })

  it('names users and groups as they are, once and in order', () => {
    const subjects: Subjects = [
      { kind: 'User', name: 'zoe' },
      { kind: 'User', name: 'amy' },
      { kind: 'Group', name: 'robots' },
      { kind: 'User', name: 'zoe' },
    ]
    expect(expressions(webhooks({ agents: [agent(subjects)] })[0])[0])
      .to.contain("in ['amy','zoe']")
      .and.to.contain("in ['robots']")
  })

  it('holds up the ServiceAccounts of labelled Namespaces, but never those of Kubernetes or obstat', () => {
    const holds = new Map([['obstat.dev/agents', 'true']])
    const namespaces = new Map([
      ['bots', holds],
      ['kube-system', holds],
      ['obstat-system', holds],
      ['shop', new Map([['obstat.dev/agents', 'false']])],
    ])
    const [expression] = expressions(webhooks({ agents: [], namespaces })[0])
    expect(expression).to.contain("g in ['system:serviceaccounts:bots']")
  })

  it('is split into entries before an expression is too long', () => {
    const subjects = Array.from(
      { length: 4000 },
      (_, i) => ({ kind: 'User', name: `robot-number-${i}-${'x'.repeat(30)}` }) as const,
    )
    const hooks = webhooks({ agents: [agent(subjects)] })
    expect(names(hooks)).to.deep.equal([
      'agents.obstat.dev',
      'agents-2.obstat.dev',
      'agents-3.obstat.dev',
      'guard.obstat.dev',
    ])
    for (const hook of hooks)
      for (const expression of expressions(hook)) expect(Array.from(expression).length).to.be.lessThan(100_000)
    expect(new Set(hooks.slice(0, -1).map((hook) => text(hook, 'clientConfig', 'url')))).to.deep.equal(
      new Set(['https://127.0.0.1:9443/agents']),
    )
  })
})

describe('the backstop', () => {
  it('keeps agents off webhook configurations for good, with a reason that clients show', () => {
    const { policies, bindings } = backstopPolicies(source())
    const spec = field(policies[0], 'spec')
    expect(text(policies[0], 'metadata', 'name')).to.equal('agents-webhooks.obstat.dev')
    expect(list(list(spec, 'matchConstraints', 'resourceRules')[0], 'resources')).to.deep.equal([
      'validatingwebhookconfigurations',
      'mutatingwebhookconfigurations',
    ])
    const [validation] = list(spec, 'validations')
    expect(text(validation, 'expression')).to.equal('false')
    expect(text(validation, 'reason')).to.equal('Forbidden')
    expect(text(validation, 'message')).to.match(/^NeverAllowed: [^\n]+$/)
    expect(field(bindings[0], 'spec')).to.deep.equal({
      policyName: 'agents-webhooks.obstat.dev',
      validationActions: ['Deny'],
    })
  })

  it('names the agents in the policy itself', () => {
    const [policy] = backstopPolicies(source()).policies
    expect(entries(policy, 'spec').map(([key]) => key)).not.to.include('paramKind')
    expect(expressions(field(policy, 'spec'))[0]).to.contain("'system:serviceaccount:sre:bot'")
  })

  it('is split as the webhook is, one binding for each policy', () => {
    const subjects = Array.from(
      { length: 4000 },
      (_, i) => ({ kind: 'User', name: `robot-number-${i}-${'x'.repeat(30)}` }) as const,
    )
    const { policies, bindings } = backstopPolicies(source({ agents: [agent(subjects)] }))
    const policyNames = policies.map((policy) => text(policy, 'metadata', 'name'))
    expect(policyNames).to.deep.equal([
      'agents-webhooks.obstat.dev',
      'agents-webhooks-2.obstat.dev',
      'agents-webhooks-3.obstat.dev',
      'agents-standby.obstat.dev',
      'agents-standby-2.obstat.dev',
      'agents-standby-3.obstat.dev',
    ])
    expect(bindings.map((binding) => text(binding, 'spec', 'policyName'))).to.deep.equal(policyNames)
    expect(policyNames.every(isBackstopName)).to.equal(true)
    expect(isBackstopName('other-agents-webhooks.obstat.dev')).to.equal(false)
  })
})

describe('the standby policy', () => {
  const { policies, bindings } = backstopPolicies(source())
  const policy = policies.find((one) => isStandbyName(text(one, 'metadata', 'name')))
  const binding = bindings.find((one) => isStandbyName(text(one, 'metadata', 'name'))) ?? null
  const NAME = 'agents-standby.obstat.dev'

  it('matches every request of the same agents as the webhook, and takes no parameters', () => {
    const spec = field(policy, 'spec')
    const [rule] = list(spec, 'matchConstraints', 'resourceRules')
    for (const part of ['apiGroups', 'apiVersions', 'operations']) expect(list(rule, part)).to.deep.equal(['*'])
    expect(list(rule, 'resources')).to.deep.equal(['*/*'])
    expect(expressions(spec)).to.deep.equal(expressions(webhooks()[0]))
    expect(entries(spec).map(([key]) => key)).not.to.include('paramKind')
  })

  it('says in one line that no approval opens it, with a reason that clients show', () => {
    const [validation, ...rest] = list(policy, 'spec', 'validations')
    expect(rest).to.deep.equal([])
    expect(text(validation, 'reason')).to.equal('Forbidden')
    expect(text(validation, 'message')).to.match(/^NeverAllowed: [^\n]+$/)
  })

  it('is bound to what nobody serves, for the audit log alone, until somebody wants it', () => {
    expect(list(binding, 'spec', 'validationActions')).to.deep.equal(['Audit'])
    const [rule] = list(binding, 'spec', 'matchResources', 'resourceRules')
    expect(list(rule, 'apiGroups')).to.deep.equal(['standby.obstat.dev'])
    expect(standbyMode(binding)).to.equal('Waiting')
  })

  for (const mode of ['Waiting', 'EnforcedByLeader', 'EnforcedByPerson'] as const)
    it(`is known again as ${mode}`, () => {
      expect(standbyMode(standbyBinding(NAME, mode))).to.equal(mode)
    })

  it('is a person’s as soon as a person has changed what the leader wrote, or added Deny', () => {
    const [leaders, waiting] = [standbyBinding(NAME, 'EnforcedByLeader'), standbyBinding(NAME, 'Waiting')]
    const withActions = (object: JsonObject, validationActions: readonly string[]): JsonObject => ({
      ...object,
      spec: { ...(field(object, 'spec') as JsonObject), validationActions },
    })
    expect(standbyMode(withActions(leaders, ['Deny']))).to.equal('EnforcedByPerson')
    expect(standbyMode(withActions(waiting, ['Deny']))).to.equal('EnforcedByPerson')
    expect(standbyMode(withActions(waiting, ['Audit', 'Deny']))).to.equal('EnforcedByPerson')
    expect(standbyMode(withActions(leaders, ['Audit']))).to.equal('Waiting')
  })

  it('waits where there is no binding', () => {
    expect(standbyMode(null)).to.equal('Waiting')
  })
})
