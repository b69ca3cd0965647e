import type { Json } from '../../api/json.ts'
import { field, isArray, list, text } from '../../api/json.ts'
import { canonical } from '../../signing/canonical.ts'
import type { Request } from '../request.ts'

export interface Difference {
  readonly added: readonly string[]
  readonly removed: readonly string[]
}

/**
 * Finalizers (metav1.ObjectMeta, a set) that an UPDATE adds and removes. A Namespace has a second list in its spec,
 * which stands for the emptying of it.
 */
export const finalizerChanges = (request: Request): Difference =>
  request.operation !== 'UPDATE' || isShared(request, 'finalizers')
    ? NONE
    : difference(finalizersOf(request.oldObject), finalizersOf(request.object))

/**
 * Finalizers of a new object but those that the API server puts there itself (StorageObjectInUseProtection admission).
 */
export const ownFinalizers = (request: Request): readonly string[] =>
  request.operation === 'CREATE'
    ? finalizersOf(request.object).filter((finalizer) => !/^kubernetes\.io\/[a-z]+-protection$/.test(finalizer))
    : []

/**
 * ownerReferences (metav1.OwnerReference) that an UPDATE adds and removes; a changed one is both. Each as `Kind
 * "name"`.
 */
export function ownerChanges(request: Request): Difference {
  if (request.operation !== 'UPDATE' || isShared(request, 'ownerReferences')) return NONE
  const before = ownersOf(request.oldObject)
  const after = ownersOf(request.object)
  const { added, removed } = difference([...before.keys()], [...after.keys()])
  return { added: added.map((key) => after.get(key) ?? key), removed: removed.map((key) => before.get(key) ?? key) }
}

/** Are both sides the very same value (see admission/sharing), or is there none? */
const isShared = ({ oldObject, object }: Request, list: string): boolean =>
  field(oldObject, 'metadata', list) === field(object, 'metadata', list)

const NONE: Difference = { added: [], removed: [] }

function difference(before: readonly string[], after: readonly string[]): Difference {
  const was = new Set(before)
  const is = new Set(after)
  return { added: [...is].filter((one) => !was.has(one)), removed: [...was].filter((one) => !is.has(one)) }
}

const finalizersOf = (object: Json): readonly string[] => texts(field(object, 'metadata', 'finalizers'))

const texts = (value: Json | undefined): readonly string[] =>
  isArray(value) ? value.map((one) => (typeof one === 'string' ? one : canonical(one))) : []

const ownersOf = (object: Json): ReadonlyMap<string, string> =>
  new Map(
    list(object, 'metadata', 'ownerReferences').map((owner) => [
      canonical(owner),
      `${text(owner, 'kind')} ${text(owner, 'name')}`,
    ]),
  )
