import type { Json } from '../../api/json.ts'
import { entries, list, text } from '../../api/json.ts'
import { canonical } from '../../signing/canonical.ts'
import { quantity } from './quantity.ts'
import { given } from './walk.ts'

/**
 * Numbers of a trigger that hold more pods when they are higher (keda.sh, cron scaler); of others, a lower one does.
 */
const PODS: ReadonlySet<string> = new Set(['desiredReplicas'])

/**
 * What KEDA scales by: each number of a trigger, by what the trigger asks. A number of pods is left to
 * autoscaler-bounds.
 */
export function kedaTargets(scaled: Json): ReadonlyMap<string, Json> {
  const taken = new Map<string, number>()
  const found = new Map<string, Json>()
  for (const trigger of list(scaled, 'spec', 'triggers')) {
    const numbers = entries(trigger, 'metadata').filter(([, value]) => quantity(value) !== null)
    const question = questionOf(trigger, new Set(numbers.map(([key]) => key)))
    const nth = (taken.get(question) ?? 0) + 1
    taken.set(question, nth)
    found.set(`${question} #${nth}`, 0)
    for (const [key, value] of numbers) if (!PODS.has(key)) found.set(`${question} #${nth} ${key}`, value)
  }
  const modifiers = given(scaled, 'spec', 'advanced', 'scalingModifiers')
  const formula = text(modifiers, 'formula')
  if (formula !== '') found.set(`formula ${formula}`, given(modifiers, 'target') ?? 0)
  return found
}

/** All that a trigger says but its numbers, and its name, which only people and formulas read. */
const questionOf = (trigger: Json, numbers: ReadonlySet<string>): string =>
  [
    text(trigger, 'type'),
    canonical(Object.fromEntries(entries(trigger, 'metadata').filter(([key]) => !numbers.has(key)))),
    canonical(given(trigger, 'authenticationRef') ?? null),
  ].join(' ')

/**
 * Does a formula stand where there was none, or another one than before? Its triggers no longer count by themselves.
 */
export const isOtherFormula = (before: Json, after: Json): boolean =>
  formulaOf(after) !== '' && formulaOf(after) !== formulaOf(before)

const formulaOf = (scaled: Json): string => text(scaled, 'spec', 'advanced', 'scalingModifiers', 'formula')
