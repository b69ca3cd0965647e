import type { GovernedAgent } from '../api/objects.ts'
import type { Labels } from '../policy/facts.ts'
import { AGENTS_LABEL } from '../api/names.ts'

/** Usernames and groups, each once and in order. */
export interface Identities {
  readonly usernames: readonly string[]
  readonly groups: readonly string[]
}

/**
 * Everybody who is an agent: the subjects of every GovernedAgent, and the ServiceAccounts of every Namespace labelled
 * as holding agents. The label counts neither on Kubernetes' own Namespaces nor on obstat's: there it would hold up the
 * controllers that the cluster lives by.
 */
export function identitiesOf(
  agents: readonly GovernedAgent[],
  namespaces: ReadonlyMap<string, Labels>,
  ownNamespace: string,
): Identities {
  const usernames = new Set<string>()
  const groups = new Set<string>()
  for (const subject of agents.flatMap((agent) => agent.spec.subjects)) {
    switch (subject.kind) {
      case 'ServiceAccount':
        usernames.add(`system:serviceaccount:${subject.namespace ?? ''}:${subject.name}`)
        break
      case 'User':
        usernames.add(subject.name)
        break
      case 'Group':
        groups.add(subject.name)
        break
    }
  }
  for (const [name, labels] of namespaces)
    if (labels.get(AGENTS_LABEL) === 'true' && name !== ownNamespace && !name.startsWith('kube-'))
      groups.add(`system:serviceaccounts:${name}`)
  return { usernames: [...usernames].sort(), groups: [...groups].sort() }
}
