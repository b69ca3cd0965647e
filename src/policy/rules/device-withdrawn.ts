import { field } from '../../api/json.ts'
import { changes } from '../../signing/diff.ts'
import type { Rule } from '../rule.ts'
import { found, quote } from '../rule.ts'

/**
 * Devices are taken from pods that hold them by a taint on the device (DeviceTaintRule, ResourceSlice) or by an
 * allocation that is written away in the claim's status. Drivers and the scheduler write these
 * (resource.k8s.io; KEP-5055 "device taints and tolerations").
 */
export const deviceWithdrawn: Rule = {
  id: 'device-withdrawn',
  remedy: 'Ask a person to take the device out of service.',
  raises: 'Destructive',
  matches: [
    { operations: ['CREATE', 'UPDATE'], group: 'resource.k8s.io', resource: 'devicetaintrules' },
    { operations: ['CREATE', 'UPDATE'], group: 'resource.k8s.io', resource: 'resourceslices' },
    { operations: ['UPDATE'], group: 'resource.k8s.io', resource: 'resourceclaims/*' },
  ],
  find: (request) => {
    const part = request.subresource === '' ? 'spec' : 'status'
    if (changes(field(request.oldObject, part), field(request.object, part)).length === 0) return null
    return found(`changes which devices pods may keep (${request.resource} ${quote(request.name)})`)
  },
}
