import { described, labelChanges } from '../objects/metadata.ts'
import type { Rule } from '../rule.ts'
import { found } from '../rule.ts'

/** Prefixes under which Ingress controllers take configuration, by project. */
const PREFIXES: readonly string[] = [
  // kubernetes/ingress-nginx, nginx/kubernetes-ingress
  'nginx.ingress.kubernetes.io/',
  'nginx.org/',
  'nginx.com/',
  // haproxy, traefik, contour, kong, aws-load-balancer-controller, GKE, Azure, OpenShift, Skipper, APISIX, Higress
  'haproxy.org/',
  'haproxy-ingress.github.io/',
  'ingress.kubernetes.io/',
  'traefik.ingress.kubernetes.io/',
  'projectcontour.io/',
  'konghq.com/',
  'alb.ingress.kubernetes.io/',
  'ingress.gcp.kubernetes.io/',
  'kubernetes.io/ingress.',
  'appgw.ingress.kubernetes.io/',
  'haproxy.router.openshift.io/',
  'route.openshift.io/',
  'zalando.org/',
  'k8s.apisix.apache.org/',
  'higress.io/',
  'ingressclass.kubernetes.io/',
]

/** Knobs that only bound time and size. */
const TUNING =
  /(timeout|timeouts|body-size|buffer-size|buffers-number|buffering|keepalive|keep-alive|keepalive-requests)$/

/** Text that becomes configuration of the shared proxy (CVE-2021-25742). */
const INJECTION = /snippets?$|modsecurity|lua/

/**
 * Annotations of an Ingress are configuration of a proxy that serves others too: a snippet runs in it, others redirect,
 * refuse or mirror traffic. Reads the annotations of both sides; on a new Ingress only snippets count, and bounds of
 * time and size never do.
 */
export const ingressAnnotation: Rule = {
  id: 'ingress-annotation',
  remedy: 'Change a timeout or a size, or add a route of its own.',
  raises: 'Destructive',
  matches: [{ operations: ['CREATE', 'UPDATE'], group: '*', resource: '*/*' }],
  find: (request) => {
    const [change] = labelChanges(
      request,
      (key) =>
        PREFIXES.some((prefix) => key.startsWith(prefix)) &&
        (request.operation === 'CREATE' ? INJECTION.test(key) : !TUNING.test(key)),
    )
    return change === undefined ? null : found(`${described(change)}: it configures the proxy that serves the traffic`)
  },
}
