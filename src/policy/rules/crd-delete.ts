import { list, text } from '../../api/json.ts'
import type { Json } from '../../api/json.ts'
import { isArray, isObject, field } from '../../api/json.ts'
import { changes } from '../../signing/diff.ts'
import type { Request } from '../request.ts'
import type { Rule } from '../rule.ts'
import { found, quote } from '../rule.ts'

/**
 * Deleting a CustomResourceDefinition deletes every object of its kind in all namespaces, without one request for any
 * of them. A version that is no longer served or stored, or a schema that has lost fields, hides those objects or their
 * fields at once and loses them for good at the next write (apiextensions.k8s.io/v1, structural schemas and pruning).
 */
export const crdDelete: Rule = {
  id: 'crd-delete',
  remedy: 'Ask a person to remove the kind; delete single objects instead.',
  raises: 'Destructive',
  matches: [
    { operations: ['DELETE', 'UPDATE'], group: 'apiextensions.k8s.io', resource: 'customresourcedefinitions' },
    { operations: ['UPDATE'], group: 'apiextensions.k8s.io', resource: 'customresourcedefinitions/*' },
  ],
  find: (request) => {
    const kind = text(request.oldObject, 'spec', 'names', 'kind')
    if (request.operation === 'DELETE')
      return found(`deletes CustomResourceDefinition ${quote(request.name)} and every ${quote(kind)} in the cluster`)
    const lost = lostVersion(request) ?? lostField(request) ?? lostStatus(request)
    return lost === undefined ? null : found(`${lost} of CustomResourceDefinition ${quote(request.name)}`)
  },
}

const versionsOf = (crd: Json): readonly Json[] => list(crd, 'spec', 'versions')

const versionOf = (crd: Json, name: string): Json | undefined =>
  versionsOf(crd).find((version) => text(version, 'name') === name)

function lostVersion(request: Request): string | undefined {
  for (const version of versionsOf(request.oldObject)) {
    const name = text(version, 'name')
    const now = versionOf(request.object, name)
    if (now === undefined) return `removes version ${quote(name)}`
    if (field(version, 'served') === true && field(now, 'served') !== true)
      return `stops serving version ${quote(name)}`
    if (field(version, 'storage') !== field(now, 'storage')) return `changes whether version ${quote(name)} is stored`
  }
  return undefined
}

// Anything that goes out of a schema is a finding: properties, x-kubernetes-preserve-unknown-fields, subresources.
function lostField(request: Request): string | undefined {
  for (const version of versionsOf(request.oldObject)) {
    const name = text(version, 'name')
    const now = versionOf(request.object, name)
    const gone = changes(version, now).find(({ path, from, to }) => isSchemaLoss(path, from, to))
    if (gone !== undefined) return `takes ${quote(gone.path)} out of version ${quote(name)}`
  }
  return undefined
}

const isSchemaLoss = (path: string, from: Json | undefined, to: Json | undefined): boolean =>
  /^\/(schema|subresources)/.test(path) &&
  !path.endsWith('/description') &&
  (to === undefined ? isObject(from) || isArray(from) || from === true : from === true && to === false)

const lostStatus = (request: Request): string | undefined => {
  const [first] = changes(field(request.oldObject, 'status'), field(request.object, 'status'))
  return first === undefined ? undefined : `forges ${quote(`status${first.path}`)}`
}
