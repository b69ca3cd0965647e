import { text } from '../../api/json.ts'
import { named } from '../objects/named.ts'
import type { Rule } from '../rule.ts'
import { found } from '../rule.ts'

const SWITCHES = ['whenDeleted', 'whenScaled'] as const

/**
 * With `Delete` the controller deletes the claims, and with them the data, at the next scale-down or delete. The
 * default is Retain. In any kind that has the field.
 * Source: KEP-1847; apps/v1 StatefulSetPersistentVolumeClaimRetentionPolicy.
 */
export const claimRetention: Rule = {
  id: 'claim-retention',
  remedy: 'Keep the policy at Retain.',
  raises: 'Destructive',
  matches: [{ operations: ['UPDATE'], group: '*', resource: '*' }],
  find: (request) => {
    const turned = SWITCHES.find(
      (key) =>
        text(request.object, 'spec', 'persistentVolumeClaimRetentionPolicy', key) === 'Delete' &&
        text(request.oldObject, 'spec', 'persistentVolumeClaimRetentionPolicy', key) !== 'Delete',
    )
    return turned === undefined
      ? null
      : found(
          `has the claims of ${named(request)} deleted ${turned === 'whenScaled' ? 'when it is scaled down' : 'with it'}`,
        )
  },
}
