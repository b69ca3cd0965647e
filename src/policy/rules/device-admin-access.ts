import { field, list } from '../../api/json.ts'
import type { Json } from '../../api/json.ts'
import type { Request } from '../request.ts'
import type { Rule } from '../rule.ts'
import { found, quote } from '../rule.ts'

/**
 * A claim with adminAccess gets devices that other pods have in use, past their isolation (resource.k8s.io
 * DeviceRequest, KEP-5018). It stands in `exactly` since v1beta2, in the request itself before.
 */
export const deviceAdminAccess: Rule = {
  id: 'device-admin-access',
  remedy: 'Claim a device of its own for the pod.',
  raises: 'Escalation',
  matches: [
    { operations: ['CREATE', 'UPDATE'], group: 'resource.k8s.io', resource: 'resourceclaims' },
    { operations: ['CREATE', 'UPDATE'], group: 'resource.k8s.io', resource: 'resourceclaimtemplates' },
  ],
  find: (request) =>
    asks(request, request.object) && !asks(request, request.oldObject)
      ? found(`asks for admin access to devices in ${quote(request.name)}`)
      : null,
}

function asks(request: Request, object: Json): boolean {
  const spec = request.resource === 'resourceclaimtemplates' ? field(object, 'spec', 'spec') : field(object, 'spec')
  return list(spec, 'devices', 'requests').some((each) =>
    [each, field(each, 'exactly'), ...list(each, 'firstAvailable')].some((one) => field(one, 'adminAccess') === true),
  )
}
