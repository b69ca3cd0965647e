import { API_VERSION, PLURALS } from '../api/names.ts'
import type { Kind } from '../api/names.ts'

/** What stands in a path where it must not: an empty name would turn a get into a list, `..` a path into another. */
export class BadPath extends Error {
  override readonly name = 'BadPath'
  readonly code = 'BadPath'
}

export interface Place {
  readonly group: string
  readonly version: string
  readonly resource: string
  /** '' for cluster-scoped kinds, or all namespaces of a list. */
  readonly namespace: string
}

/** Path of a collection. */
export const collectionPath = ({ group, version, resource, namespace }: Place): string =>
  [
    group === '' ? '/api' : `/apis/${segment(group)}`,
    segment(version),
    ...(namespace === '' ? [] : ['namespaces', segment(namespace)]),
    segment(resource),
  ].join('/')

/** Path of one object. Throws BadPath for a name that no object can have. */
export const objectPath = (place: Place, name: string): string => `${collectionPath(place)}/${segment(name)}`

/** Paths of obstat's own kinds: the collection, one object, its status. */
export const ownCollection = (kind: Kind): string => `/apis/${API_VERSION}/${PLURALS[kind]}`
export const ownObject = (kind: Kind, name: string): string => `${ownCollection(kind)}/${segment(name)}`
export const ownStatus = (kind: Kind, name: string): string => `${ownObject(kind, name)}/status`

/**
 * Names come from agents: the rules are those of the API server's path segment names (apimachinery validation/path).
 */
function segment(name: string): string {
  if (name === '' || name === '.' || name === '..' || /[/%]/.test(name) || !name.isWellFormed())
    throw new BadPath(`expected a name, got ${JSON.stringify(name.slice(0, 80))}`)
  return encodeURIComponent(name)
}
