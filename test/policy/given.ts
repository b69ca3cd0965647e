import type { GovernedAgent } from '../../src/api/objects.ts'
import type { Catalogue } from '../../src/policy/classify.ts'
import type { Class } from '../../src/policy/class.ts'
import type { Facts } from '../../src/policy/facts.ts'
import { Answers } from '../../src/policy/read.ts'
import type { Request } from '../../src/policy/request.ts'

/** A request, facts and a catalogue that decide nothing by themselves: tests change the one field they are about. */
export const request = (more: Partial<Request> = {}): Request => ({
  uid: 'review-1',
  operation: 'UPDATE',
  group: 'apps',
  version: 'v1',
  resource: 'deployments',
  subresource: '',
  kind: { group: 'apps', version: 'v1', kind: 'Deployment' },
  namespace: 'shop',
  name: 'cart',
  isCollectionItem: false,
  user: {
    username: 'system:serviceaccount:sre:sre-bot',
    uid: 'sa',
    groups: ['system:serviceaccounts', 'system:serviceaccounts:sre'],
    extra: new Map(),
  },
  isDryRun: false,
  object: { metadata: { name: 'cart' }, spec: { replicas: 5 } },
  oldObject: { metadata: { name: 'cart' }, spec: { replicas: 3 } },
  options: null,
  ...more,
})

export const agent = (spec: Partial<GovernedAgent['spec']> = {}, name = 'sre-bot'): GovernedAgent => ({
  apiVersion: 'obstat.dev/v1alpha1',
  kind: 'GovernedAgent',
  metadata: { name },
  spec: {
    subjects: [{ kind: 'ServiceAccount', namespace: 'sre', name: 'sre-bot' }],
    trustPhase: 'AutonomousL1',
    scope: [{ apiGroups: ['apps'], resources: ['deployments'], operations: ['UPDATE'], namespaces: ['*'] }],
    ...spec,
  },
})

export const facts = (more: Partial<Facts> = {}): Facts => ({
  now: new Date('2026-11-20T08:00:00Z'),
  cluster: 'cluster-uid',
  ownNamespace: 'obstat-system',
  ageMs: 0,
  agents: [agent()],
  policy: null,
  namespaces: new Map([
    ['shop', new Map()],
    ['vault', new Map([['obstat.dev/protected', 'true']])],
    ['sre', new Map()],
  ]),
  live: new Answers(new Map()),
  claimed: new Map(),
  approvers: [],
  approvalRequests: [],
  ...more,
})

/** A catalogue in which every request is of this class. */
export const classed = (worst: Class): Catalogue => ({
  rules: [
    {
      id: 'raised',
      remedy: 'Do something else.',
      raises: worst,
      matches: [{ operations: '*', group: '*', resource: '*/*' }],
      find: () => ({ what: 'a finding' }),
    },
  ],
  harmless: [
    {
      id: 'lowered',
      lowersTo: 'Observe',
      matches: [{ operations: '*', group: '*', resource: '*/*' }],
      proves: () => ({ what: 'a proof' }),
    },
  ],
})
