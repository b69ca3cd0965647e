import type { Json } from '../../api/json.ts'
import { entries } from '../../api/json.ts'
import { containerChanges } from '../objects/containers.ts'
import { listed, named } from '../objects/named.ts'
import type { PodSpecChange } from '../objects/pod-specs.ts'
import { podSpecChanges } from '../objects/pod-specs.ts'
import { isLowered, textOf } from '../objects/quantity.ts'
import { given } from '../objects/walk.ts'
import { isProtected } from '../protection.ts'
import type { Rule } from '../rule.ts'
import { found, quote } from '../rule.ts'

/**
 * Less memory than a container needs gets it killed at every start, less CPU starves it; no limit at all lets it starve
 * its neighbours. Quantities are compared by value, of containers and whole pods, by template and by pods/resize.
 * Elsewhere than in a protected Namespace this is an ordinary change.
 * Source: core/v1 ResourceRequirements; KEP-2837 (pod level), KEP-1287 (resize).
 */
export const limitsLowered: Rule = {
  id: 'limits-lowered',
  remedy: 'Raise limits, or ask an approver to lower them.',
  raises: 'Destructive',
  matches: [{ operations: ['UPDATE'], group: '*', resource: '*/*' }],
  find: (request, facts) => {
    if (!isProtected(facts, request.namespace)) return null
    const lowered = podSpecChanges(request, facts).flatMap(loweredIn)
    return lowered.length === 0 ? null : found(`lowers ${listed(lowered)} in ${named(request)}`)
  },
}

function loweredIn({ from, to }: PodSpecChange): readonly string[] {
  if (from === null) return []
  return [
    ...loweredLimits('the pods', from.spec, to.spec),
    ...containerChanges(from, to).flatMap(({ name, from: before, to: after }) =>
      before === null ? [] : loweredLimits(`container ${quote(name)}`, before.spec, after.spec),
    ),
  ]
}

/** A limit where there was none counts: it was endless. So does one that is gone. */
function loweredLimits(whose: string, before: Json, after: Json): readonly string[] {
  const was = new Map(entries(before, 'resources', 'limits'))
  const is = new Map(entries(after, 'resources', 'limits'))
  return [...new Set([...was.keys(), ...is.keys()])].flatMap((key) => {
    const [from, to] = [given(was.get(key)), given(is.get(key))]
    if (from === to || (from !== undefined && to !== undefined && !isLowered(from, to))) return []
    const [shownFrom, shownTo] = [from, to].map((value) => (value === undefined ? 'none' : textOf(value)))
    return [`the ${key} limit of ${whose} (${shownFrom ?? ''} → ${shownTo ?? ''})`]
  })
}
