import type { Json } from '../../api/json.ts'
import { text } from '../../api/json.ts'
import { isSame } from '../objects/equal.ts'
import { named } from '../objects/named.ts'
import { compare, quantity, textOf } from '../objects/quantity.ts'
import { given } from '../objects/walk.ts'
import type { Rule } from '../rule.ts'
import { found, quote } from '../rule.ts'

/**
 * A PodDisruptionBudget keeps drains and evictions from taking too many pods. Fewer that must stay, more that may go,
 * other pods that it covers, or unhealthy pods that may always go: each lets later evictions pass that it would refuse.
 * A floor and a ceiling, or a number and a percentage, can't be compared without counting pods, so a switch is a
 * finding.
 * Source: policy/v1 PodDisruptionBudgetSpec.
 */
export const disruptionBudgetWeakened: Rule = {
  id: 'disruption-budget-weakened',
  remedy: 'Tighten the budget, or ask an approver to loosen it.',
  raises: 'Destructive',
  matches: [{ operations: ['UPDATE'], group: 'policy', resource: 'poddisruptionbudgets' }],
  find: ({ oldObject, object, ...request }) => {
    const what = weakened(given(oldObject, 'spec') ?? null, given(object, 'spec') ?? null)
    return what === '' ? null : found(`weakens ${named({ ...request, oldObject, object })}: ${what}`)
  },
}

function weakened(before: Json, after: Json): string {
  if (!isSame(given(before, 'selector'), given(after, 'selector'))) return 'it covers other pods'
  const policy = text(after, 'unhealthyPodEvictionPolicy')
  if (policy === 'AlwaysAllow' && text(before, 'unhealthyPodEvictionPolicy') !== policy)
    return 'unhealthy pods may always be evicted'
  const [was, is] = [given(before, 'minAvailable'), given(after, 'minAvailable')]
  const [had, has] = [given(before, 'maxUnavailable'), given(after, 'maxUnavailable')]
  if (had === undefined && has === undefined)
    return isAtLeast(is ?? 0, was ?? 0) ? '' : `minAvailable ${shown(was)} → ${shown(is)}`
  if (was === undefined && is === undefined)
    return isAtLeast(had, has) ? '' : `maxUnavailable ${shown(had)} → ${shown(has)}`
  return isSame(was, is) && isSame(had, has)
    ? ''
    : `minAvailable ${shown(was)} → ${shown(is)}, maxUnavailable ${shown(had)} → ${shown(has)}`
}

/** Is `a` at least `b`, for every number of pods? False where that can't be told. */
function isAtLeast(a: Json | undefined, b: Json | undefined): boolean {
  if (isSame(a, b)) return true
  const [left, right] = [textOf(a), textOf(b)]
  if (left.endsWith('%') !== right.endsWith('%')) return left === '100%' || right === '0%' || right === '0'
  const [x, y] = [quantity(left.replace('%', '')), quantity(right.replace('%', ''))]
  return x !== null && y !== null && compare(x, y) >= 0
}

const shown = (value: Json | undefined): string => (value === undefined ? 'none' : quote(textOf(value)))
