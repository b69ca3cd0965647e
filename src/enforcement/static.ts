import type { Json, JsonObject } from '../api/json.ts'
import { field, isObject, list, text } from '../api/json.ts'
import { backstopPolicies } from './backstop.ts'
import type { Source } from './webhooks.ts'

const CONFIG_VERSION = 'apiserver.config.k8s.io/v1'
/** Where `staticAdmission` looks for the policies on every machine that runs kube-apiserver. */
export const STATIC_FOLDER = '/etc/kubernetes/obstat/policies'

/**
 * For `--admission-control-config-file` of kube-apiserver 1.36 with the feature gate
 * ManifestBasedAdmissionControlConfig (KEP-5793, alpha): policies in files, which nobody can change by the API.
 */
export const staticAdmission = (): JsonObject => ({
  apiVersion: CONFIG_VERSION,
  kind: 'AdmissionConfiguration',
  plugins: [
    {
      name: 'ValidatingAdmissionPolicy',
      configuration: {
        apiVersion: CONFIG_VERSION,
        kind: 'ValidatingAdmissionPolicyConfiguration',
        staticManifestsDir: STATIC_FOLDER,
      },
    },
  ],
})

/** Policies by the API are never asked about the last four; policies in files are. */
const RESOURCES = [
  'validatingwebhookconfigurations',
  'mutatingwebhookconfigurations',
  'validatingadmissionpolicies',
  'validatingadmissionpolicybindings',
  'mutatingadmissionpolicies',
  'mutatingadmissionpolicybindings',
] as const

/**
 * The policies that keep agents off webhook configurations, as files, and there off every admission policy too. They
 * name the agents of now: kube-apiserver reads the folder again when its files change.
 */
export function staticPolicies(source: Source): readonly JsonObject[] {
  const { policies, bindings } = backstopPolicies(source)
  return [
    ...policies.filter(isOnWebhooks).map((policy) => named(policy, widened(policy))),
    ...bindings.filter(isOnWebhooks).map((binding) => named(binding, bound(binding))),
  ]
}

const nameOf = (object: Json): string => text(object, 'metadata', 'name')
const isOnWebhooks = (object: Json): boolean => nameOf(object).startsWith('agents-webhooks')

/** The suffix that kube-apiserver keeps for files. */
const staticName = (name: string): string => name.replace(/\.obstat\.dev$/, '-obstat.static.k8s.io')

const named = (object: JsonObject, spec: JsonObject): JsonObject => ({
  ...object,
  metadata: { name: staticName(nameOf(object)) },
  spec,
})

function widened(policy: JsonObject): JsonObject {
  const spec = objectAt(policy, 'spec')
  const constraints = objectAt(spec, 'matchConstraints')
  const message =
    'NeverAllowed: agents do not write webhook configurations or admission policies; ask a person to do it with their own rights'
  return {
    ...spec,
    matchConstraints: {
      ...constraints,
      resourceRules: list(constraints, 'resourceRules').map((rule) =>
        isObject(rule) ? { ...rule, resources: RESOURCES } : rule,
      ),
    },
    validations: list(spec, 'validations').map((one) => (isObject(one) ? { ...one, message } : one)),
  }
}

const bound = (binding: JsonObject): JsonObject => ({
  ...objectAt(binding, 'spec'),
  policyName: staticName(text(binding, 'spec', 'policyName')),
})

function objectAt(value: Json, key: string): JsonObject {
  const found = field(value, key)
  return isObject(found) ? found : {}
}
