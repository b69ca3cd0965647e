import type { Json } from '../../api/json.ts'
import { list, text } from '../../api/json.ts'
import { canonical } from '../../signing/canonical.ts'
import type { Request } from '../request.ts'
import { hostsOver, takes } from './ingress.ts'

/** One match of an HTTPRoute (gateway.networking.k8s.io/v1), flattened: '' is every host of the listener. */
interface Match {
  readonly parent: string
  readonly host: string
  readonly path: string
  readonly pathType: string
}

const matchesOf = (route: Json, namespace = text(route, 'metadata', 'namespace')): readonly Match[] => {
  const hosts = list(route, 'spec', 'hostnames').filter((host) => typeof host === 'string')
  const paths = list(route, 'spec', 'rules').flatMap((rule) => {
    const matches = list(rule, 'matches')
    return matches.length === 0 ? [PREFIX_OF_ALL] : matches.map(pathOf)
  })
  return parentsOf(route, namespace).flatMap((parent) =>
    (hosts.length === 0 ? [''] : hosts).flatMap((host) => paths.map((path) => ({ parent, host, ...path }))),
  )
}

const PREFIX_OF_ALL = { path: '/', pathType: 'PathPrefix' }

/** Which a regular expression matches can't be told: what it starts with counts as all it matches. */
function pathOf(match: Json): Pick<Match, 'path' | 'pathType'> {
  const value = text(match, 'path', 'value')
  if (value === '') return PREFIX_OF_ALL
  const pathType = text(match, 'path', 'type') || 'PathPrefix'
  return pathType === 'RegularExpression' ? PREFIX_OF_ALL : { path: value, pathType }
}

const parentsOf = (route: Json, namespace: string): readonly string[] =>
  list(route, 'spec', 'parentRefs').map((parent) => `${text(parent, 'namespace') || namespace}/${text(parent, 'name')}`)

const keyOf = (match: Match): string => canonical({ ...match })

/**
 * The first host and path that this route did not have before and that takes requests from one of the others on the
 * same Gateway, or ''.
 */
export function takenOver({ oldObject, object, namespace }: Request, others: readonly Json[]): string {
  const had = new Set(matchesOf(oldObject, namespace).map(keyOf))
  const served = Map.groupBy(
    others.flatMap((other) => matchesOf(other)),
    ({ parent, host }) => `${parent} ${host}`,
  )
  const added = matchesOf(object, namespace).filter((match) => !had.has(keyOf(match)))
  const mine = added.find((match) =>
    hostsOver(match.host).some((host) => served.get(`${match.parent} ${host}`)?.some((other) => takes(match, other))),
  )
  return mine === undefined ? '' : `${mine.host}${mine.path}`
}
