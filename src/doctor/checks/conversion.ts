import type { Json } from '../../api/json.ts'
import { text } from '../../api/json.ts'
import type { Check, Finding } from '../finding.ts'
import { allOf } from '../look.ts'

/** Conversion comes after admission: what obstat was shown is not always what is stored. */
export const conversion: Check = {
  id: 'conversion',
  asks: 'which kinds are converted after obstat has seen them?',
  isForPre: true,
  run: async ({ api }) => {
    const definitions = await allOf(api, '/apis/apiextensions.k8s.io/v1/customresourcedefinitions')
    return definitions.filter((one) => text(one, 'spec', 'conversion', 'strategy') === 'Webhook').map(findingOf)
  },
}

function findingOf(definition: Json): Finding {
  const name = text(definition, 'metadata', 'name')
  const isOurs = text(definition, 'spec', 'group') === 'obstat.dev'
  const webhook = ['spec', 'conversion', 'webhook', 'clientConfig'] as const
  const target =
    text(definition, ...webhook, 'url') ||
    `Service ${text(definition, ...webhook, 'service', 'namespace')}/${text(definition, ...webhook, 'service', 'name')}`
  return {
    id: `conversion/${isOurs ? 'own' : 'webhook'}`,
    level: isOurs ? 'critical' : 'info',
    subject: `CustomResourceDefinition ${name}`,
    what: isOurs
      ? 'has a conversion webhook, which may turn any approval into another'
      : 'has a conversion webhook: what is stored may differ from what obstat was shown',
    evidence: [`spec.conversion.webhook ${target}`],
    fix: isOurs
      ? [`kubectl patch crd ${name} --type=merge -p '{"spec":{"conversion":{"strategy":"None","webhook":null}}}'`]
      : ['Guard that webhook as you guard the API server, or let agents write only the stored version.'],
  }
}
