import type { Json } from '../../api/json.ts'
import { field, isObject } from '../../api/json.ts'
import type { ActionPolicy } from '../../api/objects.ts'
import type { Request } from '../request.ts'
import { isCustomResource } from './custom-resource.ts'
import { quantity, textOf } from './quantity.ts'
import { rememberLatest } from './remember.ts'
import { given, isOpaque, valuesOf } from './walk.ts'

/** A number of replicas that an UPDATE changes. */
export interface Resize {
  readonly path: string
  readonly from: number
  /** null: the count is taken out, and what the controller makes of that is not known. */
  readonly to: number | null
}

/** The object's own number; further down it is that of a part, which runs nothing when it is gone. */
const OWN = 'spec.replicas'

/** How operators call the number of pods or members, beside `replicas`. */
const COUNTS = new Set(['replicas', 'replicaCount'])

/** A whole count of pods, however it is written, or null. */
export function count(value: Json | undefined): number | null {
  if (Number.isSafeInteger(value)) return value as number
  const exact = quantity(value)
  return exact === null ? null : Number(exact.numerator) / Number(exact.denominator)
}

/**
 * Every number of replicas that this UPDATE changes, by /scale or by the spec, of any kind. A Scale of zero has no
 * `replicas` at all (omitempty, autoscaling/v1); in a built-in workload the API server puts 1 where there is none.
 */
export const resizes = rememberLatest((request: Request): readonly Resize[] => {
  if (request.operation !== 'UPDATE' || isOpaque(request)) return []
  if (request.subresource === 'scale') return sized('spec.replicas', scaled(request.oldObject), scaled(request.object))
  if (request.subresource !== '') return []
  const before = counts(request, request.oldObject, request.object)
  const after = counts(request, request.object, request.oldObject)
  const changed = [...before].flatMap(([path, from]) => sized(path, from, after.get(path) ?? (path === OWN ? null : 0)))
  const zeroed = [...after].filter(([path, to]) => to <= 0 && !before.has(path) && hadDefault(request.oldObject, path))
  return [...changed, ...zeroed.map(([path, to]) => ({ path, from: 1, to }))]
})

/**
 * Where no count was written, the controller of a custom resource ran what it has as default; a part that is new ran
 * nothing.
 */
const hadDefault = (object: Json, path: string): boolean =>
  path === OWN || isObject(given(object, ...path.split('.').slice(0, -1)))

const sized = (path: string, from: number, to: number | null): readonly Resize[] =>
  from === to ? [] : [{ path, from, to }]

const scaled = (scale: Json): number => count(field(scale, 'spec', 'replicas')) ?? 0

function counts(request: Request, object: Json, other: Json): ReadonlyMap<string, number> {
  const found = new Map<string, number>()
  if (!isCustomResource(request) && WORKLOADS.has(request.resource)) found.set('spec.replicas', 1)
  for (const [path, value] of valuesOf(object, (key) => COUNTS.has(key), other)) {
    const number = isObject(value) || textOf(value) === '' ? null : count(value)
    if (number !== null) found.set(path, number)
  }
  return found
}

/** Built-in kinds whose `spec.replicas` defaults to 1 (apps/v1, core/v1). */
const WORKLOADS = new Set(['deployments', 'statefulsets', 'replicasets', 'replicationcontrollers'])

/** Does nothing run any more? */
export const isToZero = ({ from, to }: Pick<Resize, 'from' | 'to'>): boolean => from > 0 && to !== null && to <= 0

type Cut = Pick<Resize, 'from' | 'to'>

/** More than half taken away, or redundancy: below 2 from 2 or more. */
const DEFAULT_LIMITS = { maxPercent: 50, minReplicas: 2 }

/** Is more taken away than a signature-free act may take: by the defaults, or by what the ActionPolicy adds to them? */
export function isDrastic(cut: Cut, policy: ActionPolicy | null): boolean {
  const added = policy?.spec.scaleDown
  return exceeds(cut, DEFAULT_LIMITS) || (added !== undefined && exceeds(cut, { ...DEFAULT_LIMITS, ...added }))
}

const exceeds = ({ from, to }: Cut, { maxPercent, minReplicas }: typeof DEFAULT_LIMITS): boolean =>
  to === null
    ? from >= minReplicas
    : to < from && ((from - to) * 100 > from * maxPercent || (from >= minReplicas && to < minReplicas))
