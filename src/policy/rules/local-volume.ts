import { field, text } from '../../api/json.ts'
import type { Rule } from '../rule.ts'
import { found, quote } from '../rule.ts'

/**
 * A local PersistentVolume is a path of one named node: whoever claims it reads and writes what is there, and
 * reclaiming it wipes it (core/v1 LocalVolumeSource).
 */
export const localVolume: Rule = {
  id: 'local-volume',
  remedy: 'Use a StorageClass, or ask a person to provide the disk.',
  raises: 'Destructive',
  matches: [{ operations: ['CREATE', 'UPDATE'], group: '', resource: 'persistentvolumes' }],
  find: (request) => {
    const local = field(request.object, 'spec', 'local')
    const had = field(request.oldObject, 'spec', 'local')
    if (local === undefined || local === null || (had !== undefined && had !== null)) return null
    return found(`makes PersistentVolume ${quote(request.name)} from ${quote(text(local, 'path'))} of a node`)
  },
}
