import { text } from '../../api/json.ts'
import type { Rule } from '../rule.ts'
import { found, quote } from '../rule.ts'

/**
 * With reclaim policy Delete or Recycle the disk and its data go when the claim goes; Retain keeps them. An absent
 * policy is Retain (core/v1 PersistentVolumeReclaimPolicy). What is not known to keep the data counts as Delete.
 */
export const volumeReclaim: Rule = {
  id: 'volume-reclaim',
  remedy: 'Leave the policy at Retain.',
  raises: 'Destructive',
  matches: [
    { operations: ['UPDATE'], group: '', resource: 'persistentvolumes' },
    { operations: ['UPDATE'], group: '', resource: 'persistentvolumes/*' },
  ],
  find: (request) => {
    const from = text(request.oldObject, 'spec', 'persistentVolumeReclaimPolicy') || 'Retain'
    const to = text(request.object, 'spec', 'persistentVolumeReclaimPolicy') || 'Retain'
    if (to === from || to === 'Retain') return null
    return found(
      `turns the reclaim policy of PersistentVolume ${quote(request.name)} from ${quote(from)} to ${quote(to)}`,
    )
  },
}
