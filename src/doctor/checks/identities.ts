import type { Json } from '../../api/json.ts'
import { field, list, text } from '../../api/json.ts'
import { INVESTIGATION_LABEL } from '../../api/names.ts'
import type { GovernedAgent } from '../../api/objects.ts'
import { agentsIn } from '../agents.ts'
import { quoted } from '../close.ts'
import type { Check, Finding } from '../finding.ts'
import type { Subject } from '../granted.ts'
import { allOf } from '../look.ts'

/** Whoever shares an identity shares its rights, its budget and its blame. */
export const identities: Check = {
  id: 'identities',
  asks: 'does each agent have an identity of its own?',
  isForPre: false,
  run: async ({ api }) => {
    const agents = await agentsIn(api)
    const accounts = agents.flatMap((agent) =>
      agent.spec.subjects.filter(({ kind }) => kind === 'ServiceAccount').map((subject) => ({ agent, subject })),
    )
    const namespaces = [...new Set(accounts.map(({ subject }) => subject.namespace ?? ''))]
    const pods = await Promise.all(namespaces.map((name) => allOf(api, `/api/v1/namespaces/${name}/pods`)))
    return [
      ...sharedByAgents(agents),
      ...accounts.flatMap(({ agent, subject }) => sharedByWorkloads(agent, subject, pods.flat())),
    ]
  },
}

function sharedByAgents(agents: readonly GovernedAgent[]): readonly Finding[] {
  const owners = new Map<string, string[]>()
  for (const agent of agents)
    for (const subject of agent.spec.subjects)
      owners.set(titleOf(subject), [...(owners.get(titleOf(subject)) ?? []), agent.metadata.name])
  return [...owners]
    .filter(([, names]) => new Set(names).size > 1)
    .map(([subject, names]) => ({
      id: 'identities/agents',
      level: 'warning',
      subject,
      what: 'is named by several GovernedAgents: the strictest of each holds',
      evidence: [`GovernedAgents ${names.join(', ')}`],
      fix: names.slice(1).map((name) => `kubectl edit governedagent ${name}  # take ${subject} out of spec.subjects`),
    }))
}

function sharedByWorkloads(agent: GovernedAgent, subject: Subject, pods: readonly Json[]): readonly Finding[] {
  const users = [
    ...new Set(
      pods
        .filter((pod) => text(pod, 'metadata', 'namespace') === subject.namespace)
        .filter((pod) => text(pod, 'spec', 'serviceAccountName') === subject.name)
        .filter((pod) => !['Succeeded', 'Failed'].includes(text(pod, 'status', 'phase')))
        .map(workloadOf),
    ),
  ].sort()
  if (users.length < 2) return []
  return [
    {
      id: 'identities/workloads',
      level: 'warning',
      subject: titleOf(subject),
      what: `is agent ${agent.metadata.name}, and several workloads run as it`,
      evidence: users,
      fix: [
        `kubectl create serviceaccount NAME -n ${subject.namespace ?? ''}`,
        `kubectl set serviceaccount ${quoted(users.at(-1) ?? '')} NAME -n ${subject.namespace ?? ''}`,
      ],
    },
  ]
}

/** What a pod belongs to, as kubectl names it. Investigations are runs of one agent, each a Job of its own. */
function workloadOf(pod: Json): string {
  if (field(pod, 'metadata', 'labels', INVESTIGATION_LABEL) !== undefined) return 'job/(investigations)'
  const owner = list(pod, 'metadata', 'ownerReferences').find((one) => field(one, 'controller') === true)
  const kind = text(owner, 'kind').toLowerCase()
  const name = text(owner, 'name')
  switch (kind) {
    case '':
      return `pod/${text(pod, 'metadata', 'name')}`
    case 'replicaset':
      return `deployment/${name.replace(/-[a-z0-9]+$/, '')}`
    case 'job':
      // Those of a CronJob end with the minute they were made for.
      return `job/${name.replace(/-\d{8,}$/, '')}`
    default:
      return `${kind}/${name}`
  }
}

const titleOf = ({ kind, namespace, name }: Subject): string =>
  `${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`
