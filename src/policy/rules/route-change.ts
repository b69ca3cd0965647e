import { entries, field, isArray, list, text } from '../../api/json.ts'
import { canonical } from '../../signing/canonical.ts'
import { changes } from '../../signing/diff.ts'
import type { Json } from '../../api/json.ts'
import type { Facts } from '../facts.ts'
import { isUnder } from '../objects/custom-resource.ts'
import { isAlike } from '../objects/equal.ts'
import { takenOver } from '../objects/http-routes.ts'
import { titleOf } from '../objects/metadata.ts'
import { isTraefikRoute, takenByTraefik, TRAEFIK_ROUTES } from '../objects/traefik-routes.ts'
import type { ListRead } from '../read.ts'
import { listOf } from '../read.ts'
import type { Request } from '../request.ts'
import type { Rule } from '../rule.ts'
import { found, quote } from '../rule.ts'

/** Groups whose objects route traffic: Gateway API, meshes, Ingress controllers with kinds of their own. */
const GROUPS: readonly string[] = [
  'gateway.networking.k8s.io',
  'gateway.networking.x-k8s.io',
  'networking.istio.io',
  'extensions.istio.io',
  'linkerd.io',
  'split.smi-spec.io',
  'specs.smi-spec.io',
  'traefik.io',
  'traefik.containo.us',
  'projectcontour.io',
  'configuration.konghq.com',
  'getambassador.io',
  'route.openshift.io',
  'gateway.envoyproxy.io',
  'gateway.nginx.org',
  'k8s.nginx.org',
  'kuma.io',
  'consul.hashicorp.com',
  'externaldns.k8s.io',
  'metallb.io',
  'zalando.org',
  'solo.io',
  'elbv2.k8s.aws',
  'vpcresources.k8s.aws',
  'apisix.apache.org',
  'cloud.google.com',
  'networking.gke.io',
  'haproxy.org',
  'multicluster.x-k8s.io',
  'skupper.io',
  'k8s.cni.cncf.io',
  'eventing.knative.dev',
  'messaging.knative.dev',
  'sources.knative.dev',
]

/** Kinds that change routes which are already there as soon as they are made. */
const AT_ONCE: ReadonlySet<string> = new Set([
  'networking.istio.io/virtualservices',
  'networking.istio.io/destinationrules',
  'networking.istio.io/envoyfilters',
  'networking.istio.io/sidecars',
  'networking.istio.io/serviceentries',
  'networking.istio.io/proxyconfigs',
  'networking.istio.io/workloadentries',
  'extensions.istio.io/wasmplugins',
  'linkerd.io/serviceprofiles',
  'split.smi-spec.io/trafficsplits',
  'externaldns.k8s.io/dnsendpoints',
  'cilium.io/ciliumenvoyconfigs',
  'elbv2.k8s.aws/targetgroupbindings',
  'vpcresources.k8s.aws/securitygrouppolicies',
  'gateway.networking.k8s.io/backendtlspolicies',
  'gateway.envoyproxy.io/backendtrafficpolicies',
  'gateway.envoyproxy.io/clienttrafficpolicies',
  'gateway.envoyproxy.io/envoyextensionpolicies',
  'gateway.envoyproxy.io/envoypatchpolicies',
  'gateway.envoyproxy.io/securitypolicies',
  'kuma.io/meshhttproutes',
  'kuma.io/meshtcproutes',
  'multicluster.x-k8s.io/serviceexports',
])

/**
 * Routes of the Gateway API, of meshes, clouds, event brokers and Ingress controllers with kinds of their own: another
 * backend, host, listener or certificate cuts or redirects traffic. Reads `spec` of both sides: a route, host or match
 * more is an ordinary change, anything else counts; some kinds act on what is there as soon as they are made, and an
 * HTTPRoute takes the hosts and paths of another one on its Gateway, a route of Traefik those of another on its entry
 * points (read live). A route whose parent is a Service redirects what a mesh sends to that (GEP-1294).
 */
export const routeChange: Rule = {
  id: 'route-change',
  remedy: 'Add a route beside the one that is there.',
  raises: 'Destructive',
  matches: [{ operations: ['CREATE', 'UPDATE'], group: '*', resource: '*' }],
  needs: othersRead,
  find: (request, facts) => {
    if (!isRoute(request)) return null
    const taken = takenFrom(request, facts)
    if (taken !== '') return found(`takes over ${quote(taken)}, which another route serves`)
    const service = serviceTaken(request)
    if (service !== undefined) return found(`redirects what a mesh sends to Service ${quote(service)}`)
    if (request.operation === 'CREATE')
      return AT_ONCE.has(`${request.group}/${request.resource}`) || isDefaultTls(request)
        ? found(`creates ${titleOf(request)}, which redirects traffic at once`)
        : null
    const path = redirect(request)
    return path === '' ? null : found(`changes ${path} of ${titleOf(request)}, which routes traffic`)
  },
}

/** The Service that is a new parent of this route. */
function serviceTaken({ group, oldObject, object }: Request): string | undefined {
  if (!isUnder(group, 'gateway.networking.k8s.io') && !isUnder(group, 'linkerd.io')) return undefined
  const had = new Set(list(oldObject, 'spec', 'parentRefs').map(canonical))
  const parents = list(object, 'spec', 'parentRefs').filter((parent) => !had.has(canonical(parent)))
  return parents.filter((parent) => text(parent, 'kind') === 'Service').map((parent) => text(parent, 'name'))[0]
}

/** What Traefik serves every host with that names no other, by the one name that it looks for. */
const isDefaultTls = ({ group, resource, name }: Request): boolean =>
  isUnder(group, 'traefik.io') && /^tls(stores|options)$/.test(resource) && name === 'default'

/** HTTPRoutes of all namespaces: a Gateway merges them by host, and the longer path wins. */
const HTTP_ROUTES = listOf('gateway.networking.k8s.io', 'v1', 'httproutes', '')

/** Where the routes stand that a new or changed one may take requests from. */
function othersRead(request: Request): readonly ListRead[] {
  const reads = isTraefikRoute(request) ? TRAEFIK_ROUTES : isHttpRoute(request) ? [HTTP_ROUTES] : []
  return reads.length === 0 || isAlike(field(request.oldObject, 'spec'), field(request.object, 'spec')) ? [] : reads
}

const isHttpRoute = ({ group, resource }: Request): boolean =>
  group === HTTP_ROUTES.group && resource === HTTP_ROUTES.resource

/** What of another route this would serve, or ''. */
function takenFrom(request: Request, facts: Facts): string {
  if (othersRead(request).length === 0) return ''
  return isTraefikRoute(request)
    ? takenByTraefik(request, facts.live)
    : takenOver(request, otherHttpRoutes(request, facts))
}

const otherHttpRoutes = (request: Request, facts: Facts): readonly Json[] =>
  facts.live
    .list(HTTP_ROUTES)
    .filter(
      (other) =>
        text(other, 'metadata', 'namespace') !== request.namespace || text(other, 'metadata', 'name') !== request.name,
    )

/** Of groups that hold other things too. */
const KINDS: ReadonlySet<string> = new Set(['cilium.io/ciliumenvoyconfigs', 'serving.knative.dev/domainmappings'])

const isRoute = ({ group, resource }: Request): boolean =>
  KINDS.has(`${group}/${resource}`) || GROUPS.some((each) => isUnder(group, each))

function redirect({ oldObject, object }: Request): string {
  const change = changes(specOf(oldObject), specOf(object)).find((each) => !isAppended(each, oldObject))
  return change === undefined ? '' : `spec${change.path}`
}

const specOf = (object: Json): Json => Object.fromEntries(entries(object, 'spec'))

/**
 * A new last item of a list that had some: its path ends in an index and its other side is missing. One more backend or
 * filter of a route that is there takes from its traffic.
 */
const isAppended = (change: { readonly path: string; readonly from?: Json }, oldObject: Json): boolean =>
  change.from === undefined &&
  /\/[1-9]\d*$/.test(change.path) &&
  !TAKES.test(change.path) &&
  isListAt(oldObject, change.path)

const TAKES =
  /\/(backend(Ref)?s|clusters|destinations|filters|middlewares|mirrors|plugins|policies|route|services|targets|upstreams|weighted[a-zA-Z]*)\/\d+$/i

function isListAt(object: Json, path: string): boolean {
  const steps = path.split('/').slice(1, -1)
  let here: Json | undefined = specOf(object)
  for (const step of steps) {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~')
    here = isArray(here) ? here[Number(key)] : Object.fromEntries(entries(here))[key]
  }
  return isArray(here)
}
