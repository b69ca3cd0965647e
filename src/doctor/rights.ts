import type { Identity } from './agents.ts'
import { commandsToClose, unbind } from './close.ts'
import type { Finding, Level } from './finding.ts'
import type { Granted, Rbac } from './granted.ts'
import { grantedTo } from './granted.ts'
import { described, openWays } from './ways-round.ts'

/** What RBAC leaves open to one agent. Pure. `aggregated` are API groups that other servers answer for. */
export function rightsOf(
  rbac: Rbac,
  identity: Identity,
  aggregated: readonly string[],
  ownNamespace: string,
): readonly Finding[] {
  const granted = grantedTo(rbac, identity.subjects, identity.but)
  const { title: subject } = identity
  return [
    ...broadRoles(granted, subject),
    ...openWays(granted).map(({ way, by, granted: opened, level }) => ({
      id: `rights/${way.id}`,
      level,
      subject,
      what: way.isSeen ? `${way.what}; obstat refuses it, and only obstat` : way.what,
      evidence: by,
      fix: [`# ${way.close}`, ...commandsToClose(way, opened)],
    })),
    ...inOwnNamespace(granted, subject, ownNamespace),
    ...inAggregated(granted, subject, aggregated),
  ]
}

/** Roles that nobody reads before binding them, the worst first. */
const BROAD: ReadonlyMap<string, Level> = new Map([
  ['cluster-admin', 'critical'],
  ['admin', 'warning'],
  ['edit', 'warning'],
])

function broadRoles(granted: readonly Granted[], subject: string): readonly Finding[] {
  return [...BROAD].flatMap(([name, level]) => {
    const by = granted.filter(({ grant: { role } }) => role.kind === 'ClusterRole' && role.name === name)
    return by.length === 0 ? [] : [finding('broad-role', level, subject, `is bound to ${name}`, by, sourceOf)]
  })
}

function inOwnNamespace(granted: readonly Granted[], subject: string, ownNamespace: string): readonly Finding[] {
  const by = granted.filter(({ namespace }) => namespace === ownNamespace)
  const what = 'has rights in the namespace of obstat, where it has no business'
  return by.length === 0 ? [] : [finding('obstat-namespace', 'critical', subject, what, by)]
}

function inAggregated(granted: readonly Granted[], subject: string, aggregated: readonly string[]): readonly Finding[] {
  return aggregated.flatMap((group) => {
    const by = granted.filter((rule) => isWrite(rule) && rule.apiGroups.some((one) => one === group || one === '*'))
    const what = `writes in ${group}, whose own API server decides; obstat sees nothing of it`
    return by.length === 0 ? [] : [finding('aggregated', 'warning', subject, what, by)]
  })
}

const isWrite = ({ verbs }: Granted): boolean => verbs.some((verb) => !['get', 'list', 'watch'].includes(verb))

const sourceOf = (rule: Granted): string => rule.from + (rule.namespace === '' ? '' : ` in namespace ${rule.namespace}`)

const finding = (
  id: string,
  level: Level,
  subject: string,
  what: string,
  by: readonly Granted[],
  say: (rule: Granted) => string = (rule) => described(rule),
): Finding => ({
  id: `rights/${id}`,
  level,
  subject,
  what,
  evidence: [...new Set(by.map(say))],
  fix: [...new Set(by.map(unbind))],
})
