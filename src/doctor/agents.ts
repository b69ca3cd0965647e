import type { Json } from '../api/json.ts'
import { field, isArray, text } from '../api/json.ts'
import { AGENTS_LABEL, API_VERSION, PLURALS, PROTECTED_LABEL } from '../api/names.ts'
import type { GovernedAgent } from '../api/objects.ts'
import type { Labels } from '../policy/facts.ts'
import { labelsOf } from '../policy/objects/selectors.ts'
import type { Subject } from './granted.ts'
import type { Lister } from './look.ts'
import { allOf } from './look.ts'

/** Somebody whose rights are looked at. */
export interface Identity {
  /** `agent sre-bot`, or `ServiceAccounts of namespace agents`. */
  readonly title: string
  readonly subjects: readonly Subject[]
  /** Who of them is looked at elsewhere. */
  readonly but: readonly Subject[]
}

export const AGENTS_PATH = `/apis/${API_VERSION}/${PLURALS.GovernedAgent}`

/** Every GovernedAgent; [] where obstat is not installed. */
export const agentsIn = async (lister: Lister): Promise<readonly GovernedAgent[]> =>
  (await allOf(lister, AGENTS_PATH)).filter(isAgent)

const isAgent = (object: Json): object is Json & GovernedAgent => isArray(field(object, 'spec', 'subjects'))

/** Labels of every Namespace by name. */
export async function namespacesIn(lister: Lister): Promise<ReadonlyMap<string, Labels>> {
  const { items } = await lister.list('/api/v1/namespaces')
  return new Map(items.map((item) => [text(item, 'metadata', 'name'), labelsOf(item)]))
}

/** Namespaces that somebody labelled as protected; those of Kubernetes and of obstat are so without. */
export const labelledProtected = (namespaces: ReadonlyMap<string, Labels>): readonly string[] =>
  [...namespaces].filter(([, labels]) => labels.get(PROTECTED_LABEL) === 'true').map(([name]) => name)

/**
 * Every agent there is: the GovernedAgents, and the ServiceAccounts of each Namespace that is labelled as holding
 * agents.
 */
export async function identitiesIn(lister: Lister, ownNamespace: string): Promise<readonly Identity[]> {
  const [agents, namespaces] = await Promise.all([agentsIn(lister), namespacesIn(lister)])
  const named = agents.flatMap(({ spec }) => spec.subjects)
  return [
    ...agents.map((agent) => ({ title: `agent ${agent.metadata.name}`, subjects: agent.spec.subjects, but: [] })),
    ...[...namespaces]
      .filter(([name, labels]) => isHome(name, labels, ownNamespace))
      .map(([name]) => ({
        title: `ServiceAccounts of namespace ${name}`,
        subjects: [{ kind: 'Group', name: `system:serviceaccounts:${name}` } as const],
        but: named,
      })),
  ]
}

const isHome = (name: string, labels: Labels, ownNamespace: string): boolean =>
  labels.get(AGENTS_LABEL) === 'true' && name !== ownNamespace && !name.startsWith('kube-')
