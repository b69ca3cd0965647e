import type { Json } from '../../api/json.ts'
import { field, list, text } from '../../api/json.ts'
import { labelsOf, selectsByMap } from '../objects/selectors.ts'
import { isReady } from '../objects/pod-removal.ts'
import type { Target } from './act.ts'
import { isOf } from './act.ts'
import type { ImpactLine } from './impact.ts'
import { neighbours } from './neighbours.ts'
import type { PodLoss } from './pods.ts'
import type { Seen } from './seen.ts'
import { nameOf, uidOf } from './seen.ts'
import { counted, named, titled } from './words.ts'

/** A Service that loses ready pods: how many it has, and how many stay at worst. */
interface Drained {
  readonly name: string
  readonly before: number
  readonly after: number
}

/** null where Services or pods could not be read. */
function drained(target: Target, loss: PodLoss | null, seen: Seen): readonly Drained[] | null {
  const services = neighbours(seen, 'Service', target.namespace)
  const pods = neighbours(seen, 'Pod', target.namespace)
  if (services === null || pods === null || loss === null) return null
  const going = new Set(loss.count === 0 ? [] : loss.pods.map(uidOf))
  return services.flatMap((service) => {
    const chosen = pods.filter((pod) => isReady(pod) && selectsByMap(field(service, 'spec', 'selector'), labelsOf(pod)))
    const hit = chosen.filter((pod) => going.has(uidOf(pod))).length
    const after = chosen.length - Math.min(loss.count, hit)
    return after < chosen.length ? [{ name: nameOf(service), before: chosen.length, after }] : []
  })
}

/** Names of the Services that nothing serves any more; null where that could not be read. */
const emptiedServices = (target: Target, loss: PodLoss | null, seen: Seen): readonly string[] | null =>
  isOf(target.request, '', 'services') && target.effect.kind === 'delete'
    ? [target.request.name]
    : (drained(target, loss, seen)
        ?.flatMap(({ name, after }) => (after === 0 ? [name] : []))
        .sort() ?? null)

export function trafficLines(target: Target, loss: PodLoss | null, seen: Seen): readonly ImpactLine[] {
  const { request, effect } = target
  if (isOf(request, 'networking.k8s.io', 'ingresses') && effect.kind === 'delete') return [ownHosts(target)]
  const services = drained(target, loss, seen) ?? []
  const emptied = emptiedServices(target, loss, seen) ?? []
  return [
    ...(isOf(request, '', 'services') && effect.kind === 'delete' ? deletedService(target, seen) : []),
    ...services.map(({ name, before, after }): ImpactLine => {
      const what =
        after === 0
          ? `${titled('Service', [name])} is left without endpoints (${before} ready now)`
          : `${titled('Service', [name])} keeps at least ${after} of ${counted(before, 'ready endpoint')}`
      return { about: 'services', mark: after === 0 ? 'loss' : 'note', what }
    }),
    ...ingressLines(emptied, target, seen),
  ]
}

function deletedService({ object, namespace }: Target, seen: Seen): readonly ImpactLine[] {
  const ready = neighbours(seen, 'Pod', namespace)?.filter(
    (pod) => isReady(pod) && selectsByMap(field(object, 'spec', 'selector'), labelsOf(pod)),
  )
  if (ready === undefined) return []
  return [
    {
      about: 'endpoints',
      mark: 'loss',
      what: `${counted(ready.length, 'ready pod')} not reached by this name any more`,
    },
  ]
}

/** Ingresses that lead to a Service which nothing serves any more. */
function ingressLines(emptied: readonly string[], { namespace }: Target, seen: Seen): readonly ImpactLine[] {
  return (neighbours(seen, 'Ingress', namespace) ?? []).flatMap((ingress): readonly ImpactLine[] => {
    const dead = backendsOf(ingress).filter((name) => emptied.includes(name))
    if (dead.length === 0) return []
    const hosts = hostsOf(ingress)
    const where = hosts.length === 0 ? '' : ` (${named(hosts)})`
    const what = `${titled('Ingress', [nameOf(ingress)])}${where} leads to ${titled('Service', [...new Set(dead)])}`
    return [{ about: 'ingress', mark: 'loss', what }]
  })
}

const ownHosts = ({ object }: Target): ImpactLine => {
  const hosts = hostsOf(object)
  const what =
    hosts.length === 0 ? 'what it leads to is not reached through it' : `no route any more for ${named(hosts)}`
  return { about: 'ingress', mark: 'loss', what }
}

const rulesOf = (ingress: Json): readonly Json[] => list(ingress, 'spec', 'rules')

const hostsOf = (ingress: Json): readonly string[] => [
  ...new Set(rulesOf(ingress).flatMap((rule) => text(rule, 'host') || [])),
]

const backendsOf = (ingress: Json): readonly string[] => [
  text(ingress, 'spec', 'defaultBackend', 'service', 'name'),
  ...rulesOf(ingress).flatMap((rule) =>
    list(rule, 'http', 'paths').map((path) => text(path, 'backend', 'service', 'name')),
  ),
]
