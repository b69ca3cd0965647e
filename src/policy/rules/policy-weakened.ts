import { field } from '../../api/json.ts'
import { isUnder } from '../objects/custom-resource.ts'
import { isAlike } from '../objects/equal.ts'
import { titleOf } from '../objects/metadata.ts'
import type { Request } from '../request.ts'
import type { Rule } from '../rule.ts'
import { found } from '../rule.ts'

/**
 * Policies of other engines protect what Kubernetes' own do not: admission (Kyverno, Gatekeeper, Kubewarden), the running
 * process (KubeArmor, Tetragon, Falco), disruption (Kruise). Their languages differ, so every change of one counts, and
 * so does a new one: an exception lets through, a mutation rewrites. Those of networks are judged by network-policy.
 */
export const policyWeakened: Rule = {
  id: 'policy-weakened',
  remedy: 'Propose the change where the policies are kept.',
  raises: 'Destructive',
  matches: [{ operations: ['CREATE', 'UPDATE'], group: '*', resource: '*' }],
  find: (request) => {
    if (!isPolicy(request)) return null
    const isChanged = PARTS.some((part) => !isAlike(field(request.oldObject, part), field(request.object, part)))
    return isChanged
      ? found(`${request.operation === 'CREATE' ? 'creates' : 'changes'} the policy ${titleOf(request)}`)
      : null
  },
}

const isPolicy = ({ group, resource }: Request): boolean =>
  POLICIES.some(([domain, resources]) => isUnder(group, domain) && resources.test(resource))

/** `specs` is Cilium's second form. */
const PARTS: readonly string[] = ['spec', 'specs', 'rules', 'parameters', 'enforcementAction']

const POLICIES: readonly (readonly [string, RegExp])[] = [
  ['kyverno.io', /polic(y|ies)|exceptions?$|globalcontextentries/],
  // Lets objects of one namespace be used from another.
  ['gateway.networking.k8s.io', /^referencegrants$/],
  ['gatekeeper.sh', /./],
  ['kubewarden.io', /polic|policyservers/],
  ['jspolicy.com', /./],
  ['policy.sigstore.dev', /./],
  ['kuma.io', /permissions?$|meshes/],
  ['consul.hashicorp.com', /intentions/],
  ['cilium.io', /^tracingpolicies/],
  ['kubearmor.com', /./],
  ['falcosecurity.dev', /./],
  ['open-cluster-management.io', /^polic(y|ies)$|placementbindings|policysets/],
  ['apps.kruise.io', /podunavailablebudgets/],
  ['policy.kruise.io', /./],
  ['security-profiles-operator.x-k8s.io', /./],
]
