import type { Json } from '../api/json.ts'
import { field, isArray, text } from '../api/json.ts'
import { groupOf } from '../api/plural.ts'
import type { Found } from './files.ts'

/** Is it a Kubernetes object? A case has neither apiVersion nor kind. */
export const isObjectDoc = ({ doc: { value } }: Found): boolean =>
  text(value, 'apiVersion') !== '' && text(value, 'kind') !== ''

/** Is it a recorded AdmissionReview? */
export const isReviewDoc = ({ doc: { value } }: Found): boolean =>
  groupOf(text(value, 'apiVersion')) === 'admission.k8s.io' && text(value, 'kind') === 'AdmissionReview'

/** The object, or the items of a List as `kubectl get -o yaml` prints it, each with its path. */
export function itemsOf(value: Json): readonly { readonly path: string; readonly object: Json }[] {
  const items = field(value, 'items')
  if (!text(value, 'kind').endsWith('List') || !isArray(items)) return [{ path: '', object: value }]
  return items.map((object, at) => ({ path: `/items/${at}`, object }))
}

/** What tells one object from another, in words: `Pod shop/cart-1`. The version never matters. */
export function identityOf(object: Json): string {
  const group = groupOf(text(object, 'apiVersion'))
  const namespace = text(object, 'metadata', 'namespace')
  const kind = `${text(object, 'kind')}${group === '' ? '' : `.${group}`}`
  return `${kind} ${namespace === '' ? '' : `${namespace}/`}${text(object, 'metadata', 'name')}`
}
