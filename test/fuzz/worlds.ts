import type { JsonObject } from '../../src/api/json.ts'
import type { Random } from './random.ts'
import type { AgentSpec, ScopeEntry, World } from './world.ts'

const EVERYTHING: ScopeEntry = { apiGroups: ['*'], resources: ['*', '*/*'], operations: ['*'], namespaces: ['*'] }
const NARROW: readonly (readonly ScopeEntry[])[] = [
  [],
  [
    {
      apiGroups: ['apps'],
      resources: ['deployments', 'deployments/scale'],
      operations: ['*'],
      namespaces: ['shop', 'sre'],
    },
  ],
  [{ apiGroups: ['*'], resources: ['*'], operations: ['*'], namespaces: ['shop', 'sre', 'vault'] }],
  [{ apiGroups: ['', 'apps'], resources: ['*', '*/scale'], operations: ['UPDATE', 'CREATE'], namespaces: ['*'] }],
]

/** Who asks, as the API server says it. */
export interface Identity {
  readonly username: string
  readonly uid?: string
  readonly groups: readonly string[]
  readonly extra?: JsonObject
}

const account = (namespace: string, name: string): Identity => ({
  username: `system:serviceaccount:${namespace}:${name}`,
  uid: `uid-of-${name}`,
  groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
})
const BOT = account('sre', 'sre-bot')
const POD = {
  'authentication.kubernetes.io/pod-name': ['sre-bot-pod'],
  'authentication.kubernetes.io/pod-uid': ['pod-uid'],
}

const IDENTITIES: readonly Identity[] = [
  BOT,
  { ...BOT, extra: { ...POD, 'authentication.kubernetes.io/credential-id': ['JTI=1'] } },
  { ...BOT, extra: POD },
  account('vault', 'vault-bot'),
  account('labelled', 'anyone'),
  { username: 'bot@example.org', groups: ['robots', 'system:authenticated'] },
  { username: 'other@example.org', groups: ['robots', 'system:authenticated'], extra: { team: ['sre'] } },
]

/** The agent of every fixture. */
export const BOT_USER: Identity = BOT
export const identityOf = (random: Random): Identity =>
  random.chance(0.6) ? random.pick(IDENTITIES.slice(0, 3)) : random.pick(IDENTITIES)

const SUBJECTS: readonly AgentSpec['subjects'][] = [
  [
    { kind: 'ServiceAccount', namespace: 'sre', name: 'sre-bot' },
    { kind: 'User', name: 'bot@example.org' },
    { kind: 'ServiceAccount', namespace: 'vault', name: 'vault-bot' },
  ],
  [
    { kind: 'Group', name: 'robots' },
    { kind: 'Group', name: 'system:serviceaccounts:sre' },
  ],
  [{ kind: 'User', name: 'nobody' }],
]

function agentOf(random: Random, name: string, subjects: AgentSpec['subjects']): AgentSpec {
  const isPlain = random.chance(0.6)
  return {
    name,
    subjects,
    trustPhase: isPlain
      ? 'AutonomousL1'
      : random.pick(['Shadow', 'ReadOnlyAssist', 'LimitedRemediation', 'AutonomousL1']),
    enforcement: random.chance(0.06) ? 'Audit' : 'Enforce',
    suspended: random.chance(0.03),
    scope: random.chance(0.8) ? [EVERYTHING] : random.pick(NARROW),
    owns: random.chance(0.8)
      ? []
      : [{ apiGroups: ['lab.example'], resources: ['*'], finalizers: ['sre-bot.lab.example/cleanup'] }],
  }
}

const POLICIES: readonly JsonObject[] = [
  { images: { allowedRepositories: ['registry.example/team', 'docker.io/library'] } },
  { scaleDown: { maxPercent: 20, minReplicas: 3 } },
  { destructiveKeys: { labels: ['team.example/'], annotations: ['lab.dev/wipe'] } },
  { raise: [{ apiGroups: ['*'], resources: ['configmaps'], operations: ['*'], class: 'Destructive' }] },
]

/** A world where what is harmless goes through. */
export const openWorld = (world: World): World => ({
  ...world,
  agents: [
    {
      name: 'sre-bot',
      subjects: SUBJECTS[0]!,
      trustPhase: 'AutonomousL1',
      enforcement: 'Enforce',
      suspended: false,
      scope: [EVERYTHING],
      owns: [],
    },
  ],
  policy: null,
  namespaces: { ...world.namespaces, sre: {} },
  ageMs: 0,
})

export function worldOf(random: Random): World {
  const agents = [agentOf(random, 'sre-bot', SUBJECTS[0]!)]
  if (random.chance(0.15)) agents.push(agentOf(random, 'second', random.pick(SUBJECTS)))
  return {
    agents,
    policy: random.chance(0.1) ? random.pick(POLICIES) : null,
    namespaces: {
      shop: {},
      vault: { 'obstat.dev/protected': 'true' },
      sre: random.chance(0.05) ? { 'obstat.dev/protected': 'true' } : {},
      labelled: { 'obstat.dev/agents': 'true' },
      'kube-system': {},
      'obstat-system': {},
    },
    ageMs: random.chance(0.02) ? 6000 : random.int(4000),
    live: [],
  }
}
