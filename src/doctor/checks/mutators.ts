import type { Json } from '../../api/json.ts'
import { list, text } from '../../api/json.ts'
import { GROUP } from '../../api/names.ts'
import type { Check, Finding } from '../finding.ts'
import { allOf } from '../look.ts'

const ADMISSION = '/apis/admissionregistration.k8s.io'

/** What changes objects of obstat on their way in changes what people sign and who is an agent. */
export const mutators: Check = {
  id: 'mutators',
  asks: 'does something else change objects of obstat on the way in?',
  isForPre: true,
  run: async ({ api }) => {
    const [configurations, ...policies] = await Promise.all([
      allOf(api, `${ADMISSION}/v1/mutatingwebhookconfigurations`),
      allOf(api, `${ADMISSION}/v1/mutatingadmissionpolicies`),
      allOf(api, `${ADMISSION}/v1beta1/mutatingadmissionpolicies`),
    ])
    const names = new Set<string>()
    return [...configurations.map(ofConfiguration), ...policies.flat().map(ofPolicy)]
      .flat()
      .filter(({ subject }) => !names.has(subject) && names.add(subject))
  },
}

function ofConfiguration(configuration: Json): readonly Finding[] {
  const name = text(configuration, 'metadata', 'name')
  const entries = list(configuration, 'webhooks').filter((webhook) => list(webhook, 'rules').some(isOurs))
  return entries.length === 0
    ? []
    : [
        finding(
          `MutatingWebhookConfiguration ${name}`,
          entries.map((webhook) => `webhook ${text(webhook, 'name')} matches ${GROUP}`),
          `kubectl edit mutatingwebhookconfiguration ${name}`,
        ),
      ]
}

function ofPolicy(policy: Json): readonly Finding[] {
  const name = text(policy, 'metadata', 'name')
  return list(policy, 'spec', 'matchConstraints', 'resourceRules').some(isOurs)
    ? [
        finding(
          `MutatingAdmissionPolicy ${name}`,
          [`its resourceRules match ${GROUP}`],
          `kubectl edit mutatingadmissionpolicy ${name}`,
        ),
      ]
    : []
}

const isOurs = (rule: Json): boolean =>
  list(rule, 'apiGroups').some((group) => group === '*' || group === GROUP) &&
  list(rule, 'operations').some((operation) => operation !== 'DELETE' && operation !== 'CONNECT')

const finding = (subject: string, evidence: readonly string[], command: string): Finding => ({
  id: 'mutators',
  level: 'warning',
  subject,
  what: 'may change who is an agent, who approves, and what was signed',
  evidence,
  fix: [`${command}  # name the apiGroups that it needs, without ${GROUP}`],
})
