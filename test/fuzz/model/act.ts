import type { Json, JsonObject } from '../../../src/api/json.ts'
import { field, list, text } from '../../../src/api/json.ts'
import type { AgentSpec, Case, World } from '../world.ts'
import { OWN_NAMESPACE } from '../world.ts'
import type { Change, Flat } from './flat.ts'
import { changesOf, flatten } from './flat.ts'

/** One request as the model sees it: its names, and what it changes. */
export interface Act {
  readonly operation: string
  readonly group: string
  readonly resource: string
  readonly sub: string
  /** '' for what is cluster-scoped, Namespaces too. */
  readonly namespace: string
  readonly name: string
  readonly isCollection: boolean
  readonly isDryRun: boolean
  readonly was: Flat
  readonly is: Flat
  readonly changes: readonly Change[]
  readonly old: Json
  readonly object: Json
  readonly options: Json
  readonly username: string
  readonly ownPod: string
  readonly agents: readonly AgentSpec[]
  readonly home: string
  readonly world: World
}

export function actOf({ request, world }: Case): Act {
  const old = field(request, 'oldObject') ?? null
  const object = field(request, 'object') ?? null
  const was = flatten(old)
  const is = flatten(object)
  const username = text(request, 'userInfo', 'username')
  const resource = text(request, 'resource', 'resource')
  const group = text(request, 'resource', 'group')
  const namespace = resource === 'namespaces' && group === '' ? '' : text(request, 'namespace')
  const operation = text(request, 'operation')
  const changes = operation === 'DELETE' ? [] : changesOf(was, is)
  return {
    operation,
    group,
    resource,
    sub: text(request, 'subResource'),
    namespace,
    name: text(request, 'name') || text(old ?? object, 'metadata', 'name'),
    isCollection: operation === 'DELETE' && text(request, 'name') === '',
    isDryRun: field(request, 'dryRun') === true,
    was,
    is,
    changes,
    old,
    object,
    options: field(request, 'options') ?? null,
    username,
    ownPod: podOf(list(request, 'userInfo', 'extra', 'authentication.kubernetes.io/pod-name')[0]),
    agents: agentsOf(world, username, list(request, 'userInfo', 'groups')),
    home: homeOf(world, username),
    world,
  }
}

const podOf = (name: Json | undefined): string => (typeof name === 'string' ? name : '')

const agentsOf = (world: World, username: string, groups: readonly Json[]): readonly AgentSpec[] =>
  world.agents.filter(({ subjects }) =>
    subjects.some(({ kind, namespace = '', name }) => {
      if (kind === 'Group') return groups.includes(name)
      return username === (kind === 'User' ? name : `system:serviceaccount:${namespace}:${name}`)
    }),
  )

export const isProtected = (world: World, namespace: string): boolean => {
  const labels = world.namespaces[namespace]
  if (labels === undefined || namespace === OWN_NAMESPACE || namespace.startsWith('kube-')) return true
  return labels['obstat.dev/protected'] === 'true'
}

function homeOf(world: World, username: string): string {
  const namespace = /^system:serviceaccount:([^:]+):[^:]+$/.exec(username)?.[1] ?? ''
  return namespace === '' || isProtected(world, namespace) ? '' : namespace
}

/** Does a GovernedAgent name this ServiceAccount, by itself or by a group that it is in? */
export const isNamedAccount = (world: World, namespace: string, name: string): boolean =>
  agentsOf(world, `system:serviceaccount:${namespace}:${name}`, [
    'system:serviceaccounts',
    'system:authenticated',
    `system:serviceaccounts:${namespace}`,
  ]).length > 0

/** Is it an agent because of where it is? */
export const holdsAgents = (world: World, namespace: string): boolean =>
  world.namespaces[namespace]?.['obstat.dev/agents'] === 'true' && namespace !== OWN_NAMESPACE

/** The operator's own kinds: two GovernedAgents on one subject leave none to be sure of. */
export const ownsIt = (act: Act): boolean =>
  act.agents.some(({ owns }) => owns.some(({ apiGroups }) => apiGroups.includes(act.group)))

export const annotationsOf = (object: Json): JsonObject =>
  (field(object, 'metadata', 'annotations') ?? {}) as JsonObject
