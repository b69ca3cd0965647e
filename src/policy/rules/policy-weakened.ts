import { entries, field } from '../../api/json.ts'
import { isUnder } from '../objects/custom-resource.ts'
import { isAlike, isSame } from '../objects/equal.ts'
import { titleOf } from '../objects/metadata.ts'
import type { Request } from '../request.ts'
import type { Rule } from '../rule.ts'
import { found, quote } from '../rule.ts'

/**
 * Policies of other engines protect what Kubernetes' own do not: admission (Kyverno, Gatekeeper, Kubewarden), the
 * running process (KubeArmor, Tetragon, Falco), disruption (Kruise). Their languages differ, so every change of one
 * counts, and so does a new one: an exception lets through, a mutation rewrites. Those of networks are judged by
 * network-policy. Whom and what Kyverno asks about at all stands in a ConfigMap, and so do Falco's rules: these count
 * wherever they are installed.
 * Source: kyverno.io "Configuring Kyverno", resourceFilters; falco.org "Configuration Options".
 */
export const policyWeakened: Rule = {
  id: 'policy-weakened',
  remedy: 'Propose the change where the policies are kept.',
  raises: 'Destructive',
  matches: [{ operations: ['CREATE', 'UPDATE'], group: '*', resource: '*' }],
  find: (request) => {
    if (request.group === '') {
      const key = configured(request)
      return key === undefined
        ? null
        : found(`changes ${quote(key)} of ${titleOf(request)}, by which policies are enforced`)
    }
    if (!isPolicy(request)) return null
    const isChanged = PARTS.some((part) => !isAlike(field(request.oldObject, part), field(request.object, part)))
    return isChanged
      ? found(`${request.operation === 'CREATE' ? 'creates' : 'changes'} the policy ${titleOf(request)}`)
      : null
  },
}

/** ConfigMaps that Helm charts name after the release and the engine, and the keys that say what is enforced. */
const CONFIGS: readonly (readonly [name: RegExp, key: RegExp])[] = [
  [/(^|-)kyverno$/, /^(resourceFilters|exclude[A-Za-z]*|webhooks|matchConditions)$/],
  [/(^|-)falco(-rules.*)?$/, /\.yaml$/],
]

/** The first key of such a ConfigMap that is not as it was. */
function configured({ resource, name, oldObject, object }: Request): string | undefined {
  const keys = resource === 'configmaps' ? CONFIGS.find(([test]) => test.test(name))?.[1] : undefined
  return [...entries(oldObject, 'data'), ...entries(object, 'data')]
    .map(([key]) => key)
    .find((key) => keys?.test(key) === true && !isSame(field(oldObject, 'data', key), field(object, 'data', key)))
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
