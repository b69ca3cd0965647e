import type { Json } from '../../api/json.ts'
import { field, list, text } from '../../api/json.ts'

/** One rule of an Ingress (networking.k8s.io/v1), flattened: '' is every host. */
export interface Route {
  readonly host: string
  readonly path: string
  readonly pathType: string
  readonly backend: Json
}

/** Every path of every host; the default backend is a route for everything. */
export function routesOf(ingress: Json): readonly Route[] {
  const fallback = field(ingress, 'spec', 'defaultBackend') ?? field(ingress, 'spec', 'backend') ?? null
  const rules = list(ingress, 'spec', 'rules').flatMap((rule) => {
    const host = text(rule, 'host')
    const paths = list(rule, 'http', 'paths')
    if (paths.length === 0) return [{ host, path: '/', pathType: 'Prefix', backend: null }]
    return paths.map((path) => ({
      host,
      path: text(path, 'path') === '' ? '/' : text(path, 'path'),
      pathType: text(path, 'pathType'),
      backend: field(path, 'backend') ?? null,
    }))
  })
  return fallback === null ? rules : [...rules, { host: '', path: '/', pathType: 'Prefix', backend: fallback }]
}

/** Which controller an Ingress is for: the field, or the annotation that came before it. */
export const classOf = (ingress: Json): string =>
  text(ingress, 'spec', 'ingressClassName') || text(ingress, 'metadata', 'annotations', 'kubernetes.io/ingress.class')

/** The host itself, and the wildcard that it is taken out of (networking.k8s.io/v1 IngressRule: one label). */
export const hostsOver = (host: string): readonly string[] => [host, `*${host.slice(Math.max(0, host.indexOf('.')))}`]

/**
 * Does a route of this host take requests from the other one: of the same path, or of one that is longer, which wins?
 */
export function takes(mine: Pick<Route, 'path'>, other: Pick<Route, 'path' | 'pathType'>): boolean {
  if (mine.path === other.path) return true
  return other.pathType !== 'Exact' && mine.path.startsWith(other.path.endsWith('/') ? other.path : `${other.path}/`)
}
