import type { Json } from '../../api/json.ts'
import { given } from '../objects/walk.ts'
import type { Rule } from '../rule.ts'
import { found, quote } from '../rule.ts'

/**
 * A PersistentVolume with a hostPath hands a folder of whatever node the pod runs on to any claim: with `/` that is the
 * kubelet's credentials and every other pod's data, and no pod security level sees it (core/v1 HostPathVolumeSource,
 * "should never be used in production").
 */
export const hostPathVolume: Rule = {
  id: 'host-path-volume',
  remedy: 'Use a StorageClass; hostPath volumes are never let through.',
  raises: 'Escalation',
  matches: [{ operations: ['CREATE', 'UPDATE'], group: '', resource: 'persistentvolumes' }],
  find: (request) => {
    const has = (volume: Json): boolean => given(volume, 'spec', 'hostPath') !== undefined
    return has(request.object) && !has(request.oldObject)
      ? found(`makes PersistentVolume ${quote(request.name)} from a path of the node`)
      : null
  },
}
