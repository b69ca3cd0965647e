import type { Json } from '../../api/json.ts'
import { entries, list } from '../../api/json.ts'
import { canonical } from '../../signing/canonical.ts'
import { isSame } from '../objects/equal.ts'
import { named } from '../objects/named.ts'
import { given } from '../objects/walk.ts'
import type { Rule } from '../rule.ts'
import { found, quote } from '../rule.ts'

const POD = ['spec', 'template', 'spec'] as const
const REQUIRED = ['affinity', 'nodeAffinity', 'requiredDuringSchedulingIgnoredDuringExecution'] as const

/**
 * A DaemonSet's controller deletes its pods from every node that its template no longer fits, without a scale in sight:
 * a nodeSelector that matches nothing is a scale to zero. One more condition counts, and one toleration less; a
 * condition that goes away does not. (Other workloads keep their pods until something replaces them.)
 * Source: apps/v1 DaemonSet; pkg/controller/daemon NodeShouldRunDaemonPod.
 */
export const daemonSetNarrowed: Rule = {
  id: 'daemon-set-narrowed',
  remedy: 'Leave the nodes it runs on as they are, or ask an approver.',
  raises: 'Destructive',
  matches: [{ operations: ['UPDATE'], group: '*', resource: 'daemonsets' }],
  find: ({ oldObject, object, ...request }) => {
    const what = narrowed(given(oldObject, ...POD) ?? null, given(object, ...POD) ?? null)
    return what === '' ? null : found(`takes ${named({ ...request, oldObject, object })} off nodes: ${what}`)
  },
}

function narrowed(before: Json, after: Json): string {
  const had = new Map(entries(before, 'nodeSelector'))
  const added = entries(after, 'nodeSelector').find(([key, value]) => had.get(key) !== value)
  if (added !== undefined) return `nodeSelector ${quote(added[0])}`
  const required = given(after, ...REQUIRED)
  if (required !== undefined && !isSame(given(before, ...REQUIRED), required)) return 'another required node affinity'
  const kept = new Set(list(after, 'tolerations').map(canonical))
  return list(before, 'tolerations').every((one) => kept.has(canonical(one))) ? '' : 'a toleration less'
}
