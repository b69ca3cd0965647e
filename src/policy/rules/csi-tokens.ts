import { list, text } from '../../api/json.ts'
import { changes } from '../../signing/diff.ts'
import type { Rule } from '../rule.ts'
import { found, quote } from '../rule.ts'

/**
 * `tokenRequests` of a CSIDriver has the kubelet hand the driver a token of every ServiceAccount whose pod mounts one of
 * its volumes (storage/v1 CSIDriverSpec).
 */
export const csiTokens: Rule = {
  id: 'csi-tokens',
  remedy: 'Ask a person to install or change the driver.',
  raises: 'Escalation',
  matches: [{ operations: ['CREATE', 'UPDATE'], group: 'storage.k8s.io', resource: 'csidrivers' }],
  find: (request) => {
    const had = list(request.oldObject, 'spec', 'tokenRequests')
    const wanted = list(request.object, 'spec', 'tokenRequests')
    const added = wanted.find((token) => had.every((old) => changes(old, token).length > 0))
    return added === undefined
      ? null
      : found(
          `has pods' tokens for audience ${quote(text(added, 'audience'))} given to CSI driver ${quote(request.name)}`,
        )
  },
}
