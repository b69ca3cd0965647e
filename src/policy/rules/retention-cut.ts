import { isCustomResource } from '../objects/custom-resource.ts'
import { shown, titleOf } from '../objects/metadata.ts'
import { isRetentionCut } from '../objects/retention.ts'
import { isOperatorsWork } from '../objects/owned.ts'
import { turns } from '../objects/turns.ts'
import type { Rule } from '../rule.ts'
import { found, quote } from '../rule.ts'

/**
 * A shorter ttl or retention deletes backups, snapshots and records at the controller's next round (Velero Backup ttl
 * and status.expiration, CloudNativePG retentionPolicy, Strimzi retention.ms, Longhorn retain). Reads every field of a
 * custom resource; numbers and durations are compared, what can't be is a finding.
 */
export const retentionCut: Rule = {
  id: 'retention-cut',
  remedy: 'Leave the retention or lengthen it.',
  raises: 'Destructive',
  matches: [
    { operations: ['UPDATE'], group: '*', resource: '*' },
    { operations: ['UPDATE'], group: '*', resource: '*/status' },
  ],
  find: (request, facts) => {
    if (isOperatorsWork(request, facts)) return null
    if (!isCustomResource(request)) return null
    const turn = turns(request).find((each) => !each.path.startsWith('/metadata/') && isRetentionCut(each))
    return turn === undefined
      ? null
      : found(
          `cuts ${quote(turn.path)} of ${titleOf(request)} from ${shown(turn.from)} to ${shown(turn.to)}: what is older is deleted`,
        )
  },
}
