import { isCustomResource } from '../objects/custom-resource.ts'
import { titleOf } from '../objects/metadata.ts'
import { count, isDrastic, isToZero } from '../objects/replicas.ts'
import type { Turn } from '../objects/turns.ts'
import { specTurns, wordsOf } from '../objects/turns.ts'
import type { Rule } from '../rule.ts'
import { found, quote } from '../rule.ts'

/**
 * Operators call the number of members by other names than replicas: `instances` (CloudNativePG), `numberOfInstances`
 * (Zalando), `count` (Elastic), `size` (etcd, Percona), `serversPerPool`. Fewer of them is a scale down, and often
 * data: it is judged by the same measure, to zero or drastically. Also Helm parameters (`name: replicaCount, value:
 * "0"`).
 */
export const memberCut: Rule = {
  id: 'member-cut',
  remedy: 'Take away fewer than half, or ask a person.',
  raises: 'Destructive',
  matches: [{ operations: ['UPDATE'], group: '*', resource: '*' }],
  find: (request, { policy }) => {
    if (!isCustomResource(request)) return null
    const cut = specTurns(request)
      .flatMap(cutOf)
      .find((one) => isToZero(one) || isDrastic(one, policy))
    return cut === undefined
      ? null
      : found(`takes ${quote(cut.path)} of ${titleOf(request)} from ${cut.from} to ${cut.to ?? 'nothing'}`)
  },
}

/** Names of a number of members. */
const COUNTS: ReadonlySet<string> = new Set([
  'brokers',
  'count',
  'instances',
  'members',
  'nodes',
  'replicas',
  'servers',
  'shards',
  'size',
  'workers',
])
/** Words that make it a number of something else. */
const OTHERS =
  /^(backoff|batch|block|buffer|burst|cache|chunk|connections?|disk|error|failures?|header|heap|history|limit|max|maximum|memory|page|pool|queue|restart|retries|retry|sample|storage|surge|threads?|unavailable|volume|window)$/

/** Not a parameter of Helm: without one, the chart's own value counts. */
const IN_A_LIST = /\/\d+\/(?!value$)[^/]+$/

function cutOf({ path, key, from, to }: Turn): readonly { path: string; from: number; to: number | null }[] {
  const words = wordsOf(key)
  if (!words.some((word) => COUNTS.has(word)) || words.some((word) => OTHERS.test(word))) return []
  // scale-to-zero and scale-down-drastic judge these.
  if (/\/(replicas|replicaCount)$/.test(path)) return []
  const before = count(from)
  const after = count(to)
  if (before === null || (after === null && to !== undefined && to !== null)) return []
  // Sizes of disks and caches are quantities with a unit, not numbers of members.
  if (typeof from === 'string' && !/^\d+$/.test(from)) return []
  // A part of a list takes its members along: there is no default for what is not there.
  return [{ path, from: before, to: to === undefined && IN_A_LIST.test(path) ? 0 : after }]
}
