import type { Json } from '../../api/json.ts'
import { field, text } from '../../api/json.ts'
import type { Facts } from '../facts.ts'
import { canonical } from '../../signing/canonical.ts'
import { isAlike } from '../objects/equal.ts'
import type { Route } from '../objects/ingress.ts'
import { classOf, hostsOver, routesOf, takes } from '../objects/ingress.ts'
import { titleOf } from '../objects/metadata.ts'
import { listOf } from '../read.ts'
import type { Request } from '../request.ts'
import type { Found, Rule } from '../rule.ts'
import { found, quote } from '../rule.ts'

/** Ingresses of all namespaces: controllers merge them by host. */
const INGRESSES = listOf('networking.k8s.io', 'v1', 'ingresses', '')

/**
 * An Ingress takes traffic from outside for its hosts: a route less or another backend, TLS or class cuts or redirects
 * it, and a route for a host and path that another one serves (a longer path wins, and a host over its wildcard), or
 * for every host, takes it away from there. Reads `spec` (networking.k8s.io/v1) of both sides, and for new hosts the
 * Ingresses of the cluster, live. A route more for a host of its own, or a new host, is an ordinary change.
 * Annotations: rule ingress-annotation.
 */
export const ingressRouting: Rule = {
  id: 'ingress-routing',
  remedy: 'Add a path or a new host, and leave the routes that are there.',
  raises: 'Destructive',
  matches: [
    { operations: ['CREATE', 'UPDATE'], group: 'networking.k8s.io', resource: 'ingresses' },
    { operations: ['CREATE', 'UPDATE'], group: 'extensions', resource: 'ingresses' },
  ],
  needs: (request) => (addedRoutes(request).some((route) => route.host !== '') ? [INGRESSES] : []),
  find: (request, facts) => lost(request) ?? taken(request, facts),
}

function lost(request: Request): Found | null {
  const { oldObject, object } = request
  if (request.operation === 'CREATE') return null
  if (classOf(oldObject) !== classOf(object)) return found(`hands ${titleOf(request)} to another controller`)
  if (!isAlike(field(oldObject, 'spec', 'tls'), field(object, 'spec', 'tls')))
    return found(`changes the TLS of ${titleOf(request)}`)
  const after = new Set(routesOf(object).map(keyOf))
  const gone = routesOf(oldObject).find((old) => !after.has(keyOf(old)))
  return gone === undefined ? null : found(`removes or redirects ${written(gone)} of ${titleOf(request)}`)
}

function taken(request: Request, facts: Facts): Found | null {
  const added = addedRoutes(request)
  const catching = added.find((route) => route.host === '')
  if (catching !== undefined) return found(`sends ${written(catching)} through ${titleOf(request)}`)
  if (added.length === 0) return null
  const others = facts.live
    .list(INGRESSES)
    .filter((other) => !isItself(other, request))
    .flatMap(routesOf)
  const served = Map.groupBy(others, ({ host }) => host)
  const route = added.find((mine) =>
    hostsOver(mine.host).some((host) => served.get(host)?.some((other) => takes(mine, other))),
  )
  return route === undefined ? null : found(`takes over ${written(route)}, which another Ingress serves`)
}

function addedRoutes(request: Request): readonly Route[] {
  const before = new Set(request.operation === 'CREATE' ? [] : routesOf(request.oldObject).map(keyOf))
  return routesOf(request.object).filter((route) => !before.has(keyOf(route)))
}

const isItself = (other: Json, request: Request): boolean =>
  text(other, 'metadata', 'namespace') === request.namespace && text(other, 'metadata', 'name') === request.name

const keyOf = ({ host, path, pathType, backend }: Route): string => canonical([host, path, pathType, backend])

const written = ({ host, path }: Route): string =>
  host === '' ? `every host at ${quote(path)}` : quote(`${host}${path}`)
