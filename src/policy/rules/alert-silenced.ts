import type { Json } from '../../api/json.ts'
import { field, list, text } from '../../api/json.ts'
import { isUnder } from '../objects/custom-resource.ts'
import { canonical } from '../../signing/canonical.ts'
import { isAlike } from '../objects/equal.ts'
import { titleOf } from '../objects/metadata.ts'
import { specTurns } from '../objects/turns.ts'
import type { Request } from '../request.ts'
import type { Rule } from '../rule.ts'
import { found, quote } from '../rule.ts'

/**
 * Alerts are what people hear of an agent's mistakes by. An alerting rule that is taken out or asks something else, a
 * silence, another route, a monitor or a Prometheus that selects nothing loses evidence. A new rule is an ordinary
 * change.
 * Source: API references of Prometheus Operator, VictoriaMetrics, Loki and Grafana operators, Datadog operator.
 */
export const alertSilenced: Rule = {
  id: 'alert-silenced',
  remedy: 'Leave alerts as they are; say in your report which of them misfire.',
  raises: 'Destructive',
  matches: [{ operations: ['CREATE', 'UPDATE'], group: '*', resource: '*' }],
  find: (request) => {
    if (isSilence(request)) return found(`writes the silence ${titleOf(request)}`)
    if (request.operation !== 'UPDATE' || !WATCHERS.some((domain) => isUnder(request.group, domain))) return null
    if (/rules?$/.test(request.resource)) {
      const lost = lostRule(request)
      return lost === undefined ? null : found(`changes or removes the rule ${quote(lost)} in ${titleOf(request)}`)
    }
    const isOther = !isAlike(field(request.oldObject, 'spec'), field(request.object, 'spec'))
    const isTold = isOther && TELLS.test(request.resource)
    return isTold || (EVALUATES.test(request.resource) && asksOtherwise(request))
      ? found(`changes what ${titleOf(request)} watches or tells`)
      : null
  },
}

const TELLS =
  /alert|monitor|probe|scrape|notification|contactpoint|receiver|flows|outputs|filters|forwarders|telemetr|servicelevel/
const EVALUATES = /^(prometheus(es|agents)|thanosrulers|vmagents|vmsingles|vmclusters|opentelemetrycollectors)$/

/**
 * Of what runs the rules and scrapes: which of them, where alerts and samples go, how often. Its size and image are
 * other rules'.
 */
const asksOtherwise = (request: Request): boolean => specTurns(request).some(({ path }) => ASKS.test(path))

const ASKS =
  /^\/spec\/([a-zA-Z]*(Selector|Relabel[a-zA-Z]*|[sS]crape[a-zA-Z]*)|alerting|alertmanagers[a-zA-Z]*|alertDropLabels|externalLabels|remoteWrite|evaluationInterval|enforced[a-zA-Z]*|excludedFromEnforcement|config)(\/|$)/

const isSilence = ({ operation, resource }: Request): boolean =>
  /^(silences|mutetimings|datadogdowntimes|grafanamutetimings)$/.test(resource) ||
  // A new one may inhibit, or send to nobody, what another tells.
  (operation === 'CREATE' && resource === 'alertmanagerconfigs')

const WATCHERS: readonly string[] = [
  'monitoring.coreos.com',
  'monitoring.rhobs',
  'operator.victoriametrics.com',
  'loki.grafana.com',
  'grafana.integreatly.org',
  'datadoghq.com',
  'notification.toolkit.fluxcd.io',
  // Logs are heard of later, but are all the same lost.
  'logging.banzaicloud.io',
  'fluentbit.fluent.io',
  'fluentd.fluent.io',
  'telemetry.istio.io',
  'opentelemetry.io',
  'observability.openshift.io',
  'logging.openshift.io',
  'monitoring.googleapis.com',
  'sloth.slok.dev',
  'pyrra.dev',
]

const rulesOf = (object: Json): readonly Json[] =>
  list(object, 'spec', 'groups').flatMap((group) => list(group, 'rules'))

const nameOf = (rule: Json): string => text(rule, 'alert') || text(rule, 'record')

/** What a rule asks, and for how long. */
const question = (rule: Json): string =>
  canonical(['alert', 'record', 'expr', 'for'].map((key) => field(rule, key) ?? null))

/** The first rule that is not there any more as it was. Labels and annotations of a rule are texts for people. */
const lostRule = ({ oldObject, object }: Request): string | undefined => {
  const kept = new Set(rulesOf(object).map(question))
  const lost = rulesOf(oldObject).find((rule) => !kept.has(question(rule)))
  return lost === undefined ? undefined : nameOf(lost) || 'without a name'
}
