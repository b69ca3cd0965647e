import type { Json } from '../../api/json.ts'
import { text } from '../../api/json.ts'
import { named } from '../objects/named.ts'
import { textOf } from '../objects/quantity.ts'
import { count } from '../objects/replicas.ts'
import { bound } from '../objects/scale-target.ts'
import { given } from '../objects/walk.ts'
import type { Rule } from '../rule.ts'
import { found } from '../rule.ts'

/**
 * With the strategy Recreate, or with most pods allowed to be away, the next rollout, a mere restart, takes them all
 * down at once: half of an outage that needs nobody's leave, the other half being a restart. Reads the strategy of
 * Deployments, StatefulSets, DaemonSets and what has one like theirs; a share is worked out from the replicas.
 * Source: apps/v1 DeploymentStrategy, RollingUpdateDeployment, RollingUpdateDaemonSet,
 * RollingUpdateStatefulSetStrategy.
 */
export const rolloutAtOnce: Rule = {
  id: 'rollout-at-once',
  remedy: 'Keep at least half of the pods through a rollout.',
  raises: 'Destructive',
  matches: [{ operations: ['UPDATE'], group: '*', resource: '*' }],
  find: (request) => {
    const [before, after] = [strategyOf(request.oldObject), strategyOf(request.object)]
    if (after === null) return null
    if (text(after, 'type') === 'Recreate' && text(before, 'type') !== 'Recreate')
      return found(`has rollouts of ${named(request)} take all pods down first`)
    const [from, to] = [before, after].map((each) => given(each, 'rollingUpdate', 'maxUnavailable'))
    return to !== undefined && textOf(from) !== textOf(to) && isMost(to, request.object)
      ? found(`has rollouts of ${named(request)} take ${textOf(to)} of its pods down at once`)
      : null
  },
}

const strategyOf = (object: Json): Json =>
  given(object, 'spec', 'strategy') ?? given(object, 'spec', 'updateStrategy') ?? null

/** More than half of the pods; of a number, where there are no replicas to compare with, more than one. */
function isMost(unavailable: Json, object: Json): boolean {
  const written = textOf(unavailable)
  if (written.endsWith('%')) return (count(written.slice(0, -1)) ?? 100) > 50
  const number = count(unavailable) ?? Infinity
  return number > 1 && number * 2 > bound(object, 1, 'spec', 'replicas')
}
