import { list, text } from '../../api/json.ts'
import { canonical } from '../../signing/canonical.ts'
import type { Rule } from '../rule.ts'
import { found, quote } from '../rule.ts'

/**
 * `tokenRequests` of a CSIDriver has the kubelet hand the driver a token of every ServiceAccount whose pod mounts one
 * of its volumes (storage/v1 CSIDriverSpec).
 */
export const csiTokens: Rule = {
  id: 'csi-tokens',
  remedy: 'Ask a person to install or change the driver.',
  raises: 'Escalation',
  matches: [{ operations: ['CREATE', 'UPDATE'], group: 'storage.k8s.io', resource: 'csidrivers' }],
  find: (request) => {
    const had = new Set(list(request.oldObject, 'spec', 'tokenRequests').map(canonical))
    const added = list(request.object, 'spec', 'tokenRequests').find((token) => !had.has(canonical(token)))
    return added === undefined
      ? null
      : found(
          `has pods' tokens for audience ${quote(text(added, 'audience'))} given to CSI driver ${quote(request.name)}`,
        )
  },
}
