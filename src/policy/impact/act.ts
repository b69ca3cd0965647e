import type { Json } from '../../api/json.ts'
import { list, text } from '../../api/json.ts'
import { isSame } from '../objects/equal.ts'
import { deleteOptionsOf, isOrphaning } from '../objects/pod-removal.ts'
import { resizes } from '../objects/replicas.ts'
import { given } from '../objects/walk.ts'
import type { Request } from '../request.ts'
import { uidOf } from './seen.ts'

/** What an act does to what hangs on its object. `replicas.to` null: the count is taken out. */
export type Effect =
  | { readonly kind: 'delete'; readonly isOrphaning: boolean }
  | { readonly kind: 'scale'; readonly from: number; readonly to: number | null }
  | { readonly kind: 'evict' }
  | { readonly kind: 'replace' }
  | { readonly kind: 'empty' }
  | { readonly kind: 'create' }
  | { readonly kind: 'other' }

/** The object that an act is about, as it is stored. */
export interface Target {
  readonly request: Request
  readonly effect: Effect
  /** The stored object; for a subresource its live parent, null when that could not be read. */
  readonly object: Json
  readonly uid: string
  /** Of what hangs on it: of a Namespace, its own name. */
  readonly namespace: string
}

export const targetOf = (request: Request, parent: Json): Target => {
  const object = request.subresource === '' ? request.oldObject : parent
  return {
    request,
    effect: effectOf(request),
    object,
    uid: uidOf(object) || uidOf(request.oldObject),
    namespace: isOf(request, '', 'namespaces') ? request.name : request.namespace,
  }
}

export const isOf = (
  { group, resource }: Pick<Request, 'group' | 'resource'>,
  wanted: string,
  plural: string,
): boolean => group === wanted && resource === plural

function effectOf(request: Request): Effect {
  const { operation, subresource } = request
  if (operation === 'DELETE') return { kind: 'delete', isOrphaning: isOrphaning(deleteOptionsOf(request)) }
  if (subresource === 'eviction') return { kind: 'evict' }
  if (operation === 'CREATE' && subresource === '') return { kind: 'create' }
  const resize = resizes(request).find(({ path }) => path === 'spec.replicas')
  if (resize !== undefined) return { kind: 'scale', from: resize.from, to: resize.to }
  if (operation !== 'UPDATE' || subresource !== '') return { kind: 'other' }
  if (isOf(request, '', 'nodes')) return { kind: isEmptied(request) ? 'empty' : 'other' }
  const [before, after] = [request.oldObject, request.object].map((object) => given(object, 'spec', 'template'))
  return { kind: before === undefined || isSame(before, after) ? 'other' : 'replace' }
}

/** Does the Node get a taint that drives pods away? */
function isEmptied({ oldObject, object }: Request): boolean {
  const driving = (node: Json): number =>
    list(node, 'spec', 'taints').filter((taint) => text(taint, 'effect') === 'NoExecute').length
  return driving(object) > driving(oldObject)
}
