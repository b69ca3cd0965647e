import type { Json, JsonObject } from '../../api/json.ts'
import { field, isObject, list, text } from '../../api/json.ts'

/** Is the node closed to new pods? Absent, null and false are one. */
export const isUnschedulable = (node: Json): boolean => {
  const value = field(node, 'spec', 'unschedulable')
  return value !== undefined && value !== null && value !== false
}

/** `key=value:effect`: what decides which pods a taint keeps off; `timeAdded` doesn't. */
export const taintText = (taint: Json): string =>
  `${text(taint, 'key')}${text(taint, 'value') === '' ? '' : `=${text(taint, 'value')}`}:${text(taint, 'effect')}`

/** The taints of `node` that `other` has not. */
export function taintsMissing(node: Json, other: Json): readonly string[] {
  const had = new Set(list(other, 'spec', 'taints').map(taintText))
  return list(node, 'spec', 'taints')
    .map(taintText)
    .filter((taint) => !had.has(taint))
}

/** The spec without what cordon, uncordon and taints write. */
export function restOfSpec(node: Json): JsonObject {
  const spec = field(node, 'spec')
  if (!isObject(spec)) return {}
  return Object.fromEntries(Object.entries(spec).filter(([key]) => key !== 'unschedulable' && key !== 'taints'))
}

/** Every key the pods of this object may choose their node by: nodeSelector and node affinity. */
export function nodeKeysOf(podSpec: Json | undefined): readonly string[] {
  const selector = field(podSpec, 'nodeSelector')
  const affinity = field(podSpec, 'affinity', 'nodeAffinity')
  const required = list(affinity, 'requiredDuringSchedulingIgnoredDuringExecution', 'nodeSelectorTerms')
  return [
    ...(isObject(selector) ? Object.keys(selector) : []),
    ...required.flatMap((term) => list(term, 'matchExpressions').map((expression) => text(expression, 'key'))),
  ]
}
