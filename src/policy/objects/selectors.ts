import type { Json } from '../../api/json.ts'
import { entries, isObject, list, text } from '../../api/json.ts'
import { given } from './walk.ts'

export type LabelMap = ReadonlyMap<string, string>

/** The labels of an object, or of what has `metadata` like one. */
export const labelsOf = (object: Json | undefined): LabelMap =>
  new Map(
    entries(object, 'metadata', 'labels').flatMap(([key, value]) => (typeof value === 'string' ? [[key, value]] : [])),
  )

/** Nobody writes more; thousands, each asked of thousands of pods, would take seconds. */
const MAX_EXPRESSIONS = 64

/**
 * Does a metav1.LabelSelector choose these labels? A missing one chooses nothing, an empty one everything. An operator
 * that is not known, or too many of them, count as chosen: what can't be read is not harmless.
 */
export function selects(selector: Json | undefined, labels: LabelMap): boolean {
  if (!isObject(selector)) return false
  const expressions = list(selector, 'matchExpressions')
  return (
    expressions.length > MAX_EXPRESSIONS ||
    (entries(selector, 'matchLabels').every(([key, value]) => labels.get(key) === value) &&
      expressions.every((expression) => holds(expression, labels)))
  )
}

function holds(expression: Json, labels: LabelMap): boolean {
  const value = labels.get(text(expression, 'key'))
  const values = list(expression, 'values')
  switch (text(expression, 'operator')) {
    case 'In':
      return value !== undefined && values.includes(value)
    case 'NotIn':
      return value === undefined || !values.includes(value)
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
    default:
      return true
  }
}

/** Does a plain map (Service, ReplicationController) choose these labels? An empty or missing one chooses nothing. */
export function selectsByMap(selector: Json | undefined, labels: LabelMap): boolean {
  const pairs = entries(selector)
  return pairs.length > 0 && pairs.every(([key, value]) => labels.get(key) === value)
}

/** Does the selector of this object, of either form, choose these labels? */
export function chooses(object: Json, labels: LabelMap): boolean {
  const selector = given(object, 'spec', 'selector')
  const isMap =
    isObject(selector) &&
    given(selector, 'matchLabels') === undefined &&
    given(selector, 'matchExpressions') === undefined
  return isMap ? selectsByMap(selector, labels) : selects(selector, labels)
}
