import { field, list } from '../../api/json.ts'
import { canonical } from '../../signing/canonical.ts'
import { isAlike } from '../objects/equal.ts'
import { titleOf } from '../objects/metadata.ts'
import type { Rule } from '../rule.ts'
import { found } from '../rule.ts'

/**
 * Nodes answer for a Service's externalIPs and for the addresses in a load balancer's status, whoever owns them: with
 * them one takes over traffic to any address (CVE-2020-8554), and DNS controllers publish those of an Ingress or
 * Gateway. Reads `spec.externalIPs`, `status.loadBalancer` and `status.addresses` of both sides. Taking an externalIP
 * away is not meant here.
 */
export const serviceAddress: Rule = {
  id: 'service-address',
  remedy: 'Use a Service of type LoadBalancer or an Ingress and let their controllers set the address.',
  raises: 'Escalation',
  matches: [
    { operations: ['CREATE', 'UPDATE'], group: '', resource: 'services' },
    { operations: ['CREATE', 'UPDATE'], group: '', resource: 'services/status' },
    { operations: ['CREATE', 'UPDATE'], group: 'networking.k8s.io', resource: 'ingresses/status' },
    { operations: ['CREATE', 'UPDATE'], group: 'extensions', resource: 'ingresses/status' },
    { operations: ['CREATE', 'UPDATE'], group: 'gateway.networking.k8s.io', resource: 'gateways/status' },
  ],
  find: (request) => {
    const { object, oldObject } = request
    const before = new Set(list(oldObject, 'spec', 'externalIPs').map(canonical))
    const gains = list(object, 'spec', 'externalIPs').some((address) => !before.has(canonical(address)))
    if (gains) return found(`adds externalIPs to ${titleOf(request)}`)
    if (request.operation === 'CREATE') return null
    const moves = ['loadBalancer', 'addresses'].some(
      (key) => !isAlike(field(oldObject, 'status', key), field(object, 'status', key)),
    )
    return moves ? found(`writes the address of ${titleOf(request)} into its status`) : null
  },
}
