import { text } from '../../api/json.ts'
import { isOperatorsWork } from '../objects/owned.ts'
import type { Request } from '../request.ts'
import type { Rule } from '../rule.ts'
import { found, quote } from '../rule.ts'

/**
 * A claim takes its disk with it unless the volume's reclaim policy is Retain; a volume, a snapshot or its content is
 * data, or the only way to it (kubernetes.io "Persistent Volumes: reclaiming", external-snapshotter).
 */
export const volumeDelete: Rule = {
  id: 'volume-delete',
  remedy: 'Ask a person; take a VolumeSnapshot with deletion policy Retain first.',
  raises: 'Destructive',
  matches: [
    { operations: ['DELETE'], group: '', resource: 'persistentvolumeclaims' },
    { operations: ['DELETE'], group: '', resource: 'persistentvolumes' },
    { operations: ['DELETE'], group: 'snapshot.storage.k8s.io', resource: '*' },
    { operations: ['DELETE'], group: 'groupsnapshot.storage.k8s.io', resource: '*' },
  ],
  find: (request, facts) => (isOperatorsWork(request, facts) ? null : found(what(request))),
}

function what(request: Request): string {
  const name = quote(request.name)
  switch (request.resource) {
    case 'persistentvolumeclaims': {
      const volume = text(request.oldObject, 'spec', 'volumeName')
      return volume === ''
        ? `deletes PersistentVolumeClaim ${name}`
        : `deletes PersistentVolumeClaim ${name} and, unless it is retained, the data on volume ${quote(volume)}`
    }
    case 'persistentvolumes': {
      const claim = text(request.oldObject, 'spec', 'claimRef', 'name')
      return `deletes PersistentVolume ${name}${claim === '' ? '' : `, which claim ${quote(claim)} holds`}`
    }
    default:
      return `deletes ${quote(request.resource)} ${name}: a way back to data`
  }
}
