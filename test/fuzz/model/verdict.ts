import type { ScopeEntry } from '../world.ts'
import type { Act } from './act.ts'
import { isProtected } from './act.ts'

export const CLASSES = ['Observe', 'Routine', 'Change', 'Destructive', 'Escalation', 'Tampering'] as const
export type Class = (typeof CLASSES)[number]
export const rank = (one: string): number => CLASSES.indexOf(one as Class)

/** null: it goes through. Else the reasons that a refusal of an act of this class, or of a worse one, may have. */
export function refusalOf(act: Act, one: Class): readonly string[] | null {
  const { agents, world } = act
  const first = world.ageMs > 5000 ? ['StateStale'] : []
  if (agents.some(({ suspended }) => suspended)) return [...first, 'AgentSuspended']
  if (first.length > 0) return first
  const isAudit = agents.length > 0 && agents.every(({ enforcement }) => enforcement === 'Audit')
  if (isAudit && one !== 'Tampering') return null
  const reasons = enforced(act, one)
  return reasons === null ? null : [...reasons, 'NeverAllowed']
}

function enforced(act: Act, one: Class): readonly string[] | null {
  if (rank(one) >= rank('Escalation')) return []
  if (act.isDryRun && isForeignSecret(act)) return []
  if (one === 'Observe' || act.isDryRun) return null
  const phases = act.agents.map(({ trustPhase }) => trustPhase)
  // Whom no GovernedAgent names is in Shadow.
  if (phases.length === 0 || phases.some((phase) => phase === 'Shadow' || phase === 'ReadOnlyAssist'))
    return ['PhaseForbidden']
  const isInScope = act.agents.every(({ scope }) => scope.some((entry) => covers(entry, act)))
  if (phases.includes('LimitedRemediation')) return isInScope ? APPROVAL : ['ScopeForbidden']
  if (one === 'Destructive' || !isInScope || needsCare(act)) return APPROVAL
  return null
}

const isForeignSecret = (act: Act): boolean =>
  act.group === '' && act.resource === 'secrets' && act.namespace !== act.home

const APPROVAL = ['ApprovalRequired', 'ApprovalPending', 'SignatureInvalid']

const needsCare = (act: Act): boolean =>
  act.namespace === '' ? !(act.group === '' && act.resource === 'nodes') : isProtected(act.world, act.namespace)

function covers(entry: ScopeEntry, act: Act): boolean {
  const has = (values: readonly string[], value: string): boolean => values.includes('*') || values.includes(value)
  const whole = act.sub === '' ? act.resource : `${act.resource}/${act.sub}`
  const resources = [whole, '*/*', act.sub === '' ? '*' : `*/${act.sub}`]
  return (
    has(entry.apiGroups, act.group) &&
    entry.resources.some((resource) => resources.includes(resource)) &&
    has(entry.operations, act.operation) &&
    (entry.namespaces.includes('*') || (act.namespace !== '' && entry.namespaces.includes(act.namespace)))
  )
}
