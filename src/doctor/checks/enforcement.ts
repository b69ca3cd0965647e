import type { Json, JsonObject } from '../../api/json.ts'
import { field, list, text } from '../../api/json.ts'
import type { StandbyMode } from '../../api/names.ts'
import { backstopPolicies } from '../../enforcement/backstop.ts'
import { isStandbyName, standbyBinding, standbyMode } from '../../enforcement/standby.ts'
import type { Destination } from '../../enforcement/webhooks.ts'
import { CONFIGURATION_NAME, webhookConfiguration } from '../../enforcement/webhooks.ts'
import { changes } from '../../signing/diff.ts'
import type { Change } from '../../signing/diff.ts'
import { agentsIn, namespacesIn } from '../agents.ts'
import { quoted } from '../close.ts'
import type { Check, Finding } from '../finding.ts'
import type { Api, Look } from '../look.ts'
import { orNull, orUnseen, secretPath } from '../look.ts'

const ADMISSION = '/apis/admissionregistration.k8s.io/v1'
const BINDINGS = 'validatingadmissionpolicybindings'
/** The leader is never this late: what is wrong for longer, nobody puts right. */
const TRIES = 4
const EVERY_MS = 1000

/** Are the webhook configuration and the policies behind it what the leader would generate from the agents of now? */
export const enforcement: Check = {
  id: 'enforcement',
  asks: 'are webhook configuration and policies as obstat makes them?',
  isForPre: false,
  run: async (look) => {
    for (let tries = 1; ; tries++) {
      const findings = await wrong(look)
      if (findings.length === 0 || tries === TRIES) return findings
      await look.pause(EVERY_MS)
    }
  },
}

async function wrong({ live: api, namespace }: Look): Promise<readonly Finding[]> {
  const found = await orNull(api.get(`${ADMISSION}/validatingwebhookconfigurations/${CONFIGURATION_NAME}`))
  const fix = fixOf(found, namespace)
  if (found === null)
    return [
      {
        id: 'enforcement/missing',
        level: 'critical',
        subject: `ValidatingWebhookConfiguration ${CONFIGURATION_NAME}`,
        what: 'is not there: nothing holds agents up',
        evidence: ['a running obstat makes it within a second'],
        fix,
      },
    ]
  const [agents, namespaces] = await Promise.all([agentsIn(api), namespacesIn(api)])
  const source = {
    agents,
    namespaces,
    ownNamespace: namespace,
    ownUsername: `system:serviceaccount:${namespace}:obstat`,
  }
  const authority = await authorityOf(api, namespace, found)
  const wanted = webhookConfiguration({ ...source, ...authority, destination: destinationOf(found, namespace) })
  const { policies, bindings } = backstopPolicies(source)
  const kept = await Promise.all([
    ...policies.map((policy) => compared(api, 'validatingadmissionpolicies', policy, fix)),
    ...bindings.map((binding) => compared(api, BINDINGS, binding, fix)),
  ])
  return [...differences('webhooks', wanted, found, fix), ...kept.flat()]
}

async function compared(
  api: Api,
  resource: string,
  wanted: JsonObject,
  fix: readonly string[],
): Promise<readonly Finding[]> {
  const name = text(wanted, 'metadata', 'name')
  const found = await orNull(api.get(`${ADMISSION}/${resource}/${name}`))
  if (found === null || !isStandbyName(name) || resource !== BINDINGS) return differences('spec', wanted, found, fix)
  // It may stand by or be in force, by the leader or by a person: each is right, in its own form.
  const mode = standbyMode(found)
  return [
    ...(mode === 'Waiting' ? [] : [inForce(name, mode)]),
    ...differences('spec', standbyBinding(name, mode), found, fix),
  ]
}

const inForce = (name: string, mode: StandbyMode): Finding => ({
  id: 'enforcement/standby',
  level: 'info',
  subject: `ValidatingAdmissionPolicyBinding ${name}`,
  what: 'is in force: agents may only read',
  evidence: [mode],
  fix: ['obstat resume --all'],
})

/** More is no help to whoever reads it. */
const MAX_SHOWN = 4

function differences(
  part: 'webhooks' | 'spec',
  wanted: JsonObject,
  found: Json,
  fix: readonly string[],
): readonly Finding[] {
  const differing = changes(field(wanted, part), field(found, part))
  if (differing.length === 0) return []
  return [
    {
      id: `enforcement/${found === null ? 'missing' : 'differs'}`,
      level: 'critical',
      subject: `${text(wanted, 'kind')} ${text(wanted, 'metadata', 'name')}`,
      what: found === null ? 'is not there' : 'is not what obstat generates',
      evidence: found === null ? [] : differing.slice(0, MAX_SHOWN).map((change) => shown(part, change)),
      fix,
    },
  ]
}

const shown = (part: string, { path, from, to }: Change): string =>
  `${part}${path}: expected ${brief(from)}, got ${brief(to)}`

const brief = (value: Json | undefined): string => {
  const whole = value === undefined ? 'nothing' : JSON.stringify(value)
  return whole.length > 200 ? `${whole.slice(0, 199)}…` : whole
}

const SERVICE = { name: 'obstat', port: 443 } as const

/** The Service that obstat has in the cluster, unless it runs outside: where only obstat itself knows the URL. */
function destinationOf(found: Json, namespace: string): Destination {
  const url = text(list(found, 'webhooks')[0], 'clientConfig', 'url')
  return url === '' ? { kind: 'service', namespace, ...SERVICE } : { kind: 'url', url: url.replace(/\/[a-z]*$/, '') }
}

/** The authorities in obstat's Secret, or where that may not be read those that stand there. */
async function authorityOf(api: Api, namespace: string, found: Json): Promise<{ readonly caBundle: string }> {
  const stands = text(list(found, 'webhooks')[0], 'clientConfig', 'caBundle')
  const kept = text(await orUnseen(api.get(secretPath(namespace))), 'data', 'ca.crt')
  return { caBundle: Buffer.from(kept === '' ? stands : kept, 'base64').toString() }
}

/** The leader mends it; so where it stays wrong none runs. */
function fixOf(found: Json, namespace: string): readonly string[] {
  const url = destinationOf(found, namespace)
  return url.kind === 'url'
    ? [`obstat serve --kubeconfig obstat.kubeconfig --url ${quoted(url.url)}`]
    : [`kubectl rollout restart deployment obstat -n ${namespace}`]
}
