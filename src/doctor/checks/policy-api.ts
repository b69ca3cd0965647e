import { list, text } from '../../api/json.ts'
import type { Check } from '../finding.ts'
import { orNull } from '../look.ts'

/** Without ValidatingAdmissionPolicy (GA in Kubernetes 1.30) nothing keeps agents off the webhook configuration. */
export const policyApi: Check = {
  id: 'policy-api',
  asks: 'does the API server have ValidatingAdmissionPolicies?',
  isForPre: true,
  run: async ({ api }) => {
    const [known, version] = await Promise.all([
      orNull(api.get('/apis/admissionregistration.k8s.io/v1')),
      api.get('/version'),
    ])
    const names = new Set(list(known, 'resources').map((resource) => text(resource, 'name')))
    const missing = ['validatingadmissionpolicies', 'validatingadmissionpolicybindings'].filter((n) => !names.has(n))
    if (missing.length === 0) return []
    return [
      {
        id: 'policy-api',
        level: 'critical',
        subject: `API server ${text(version, 'gitVersion')}`,
        what: 'has no admission policies: an agent with the right can remove the webhook configuration',
        evidence: [`admissionregistration.k8s.io/v1 has no ${missing.join(' and no ')}`],
        fix: ['Use Kubernetes 1.30 or newer, without --runtime-config that switches them off.'],
      },
    ]
  },
}
