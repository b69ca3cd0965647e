import { field, text } from '../../api/json.ts'
import { changes } from '../../signing/diff.ts'
import type { Request } from '../request.ts'
import type { Rule } from '../rule.ts'
import { found, quote } from '../rule.ts'

/**
 * Which claim holds which disk, where the disk may be mounted and how: without its claimRef a volume goes to the next
 * claim that asks; a claim that names a volume takes it; a forged phase or capacity makes the binder and the kubelet act
 * on what is not so. Growing a claim and its performance class are ordinary changes.
 * Source: core/v1 PersistentVolumeSpec and PersistentVolumeClaimSpec.
 */
export const volumeBinding: Rule = {
  id: 'volume-binding',
  remedy: 'Make a new claim and copy the data, or ask a person to rebind the volume.',
  raises: 'Destructive',
  matches: [
    { operations: ['UPDATE'], group: '', resource: 'persistentvolumes' },
    { operations: ['UPDATE'], group: '', resource: 'persistentvolumes/*' },
    { operations: ['CREATE', 'UPDATE'], group: '', resource: 'persistentvolumeclaims' },
    { operations: ['UPDATE'], group: '', resource: 'persistentvolumeclaims/*' },
  ],
  find: (request) => {
    const kind = request.resource === 'persistentvolumes' ? 'PersistentVolume' : 'PersistentVolumeClaim'
    if (request.operation === 'CREATE') {
      const volume = text(request.object, 'spec', 'volumeName')
      return volume === '' ? null : found(`claims the existing PersistentVolume ${quote(volume)}`)
    }
    const path = changedBinding(request)
    return path === undefined ? null : found(`changes ${quote(path)} of ${kind} ${quote(request.name)}`)
  },
}

function changedBinding(request: Request): string | undefined {
  const fine = request.resource === 'persistentvolumes' ? FINE_IN_VOLUMES : FINE_IN_CLAIMS
  const inSpec = changes(field(request.oldObject, 'spec'), field(request.object, 'spec')).find(
    ({ path }) => !fine.test(path),
  )
  if (inSpec !== undefined) return `spec${inSpec.path}`
  const inStatus = changes(field(request.oldObject, 'status'), field(request.object, 'status'))[0]
  return inStatus === undefined ? undefined : `status${inStatus.path}`
}

/** volume-reclaim judges the policy. */
const FINE_IN_VOLUMES = /^\/(persistentVolumeReclaimPolicy|volumeAttributesClassName)$/
/** A claim can only grow: the API server refuses less. */
const FINE_IN_CLAIMS = /^\/(resources(\/.*)?|volumeAttributesClassName)$/
