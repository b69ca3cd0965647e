import type { Act } from './act.ts'
import type { Change, Scalar } from './flat.ts'
import type { Class } from './verdict.ts'

/** What an act is at least when it holds, and for which reason. */
export type Row = readonly [Class, string, (act: Act) => boolean]

const WORKLOADS = new Set([
  'deployments',
  'statefulsets',
  'daemonsets',
  'replicasets',
  'replicationcontrollers',
  'jobs',
  'cronjobs',
  'podtemplates',
])
export const BUILT_IN = /^$|^(apps|batch|extensions|policy|autoscaling)$|\.k8s\.io$/

export const is = (group: string, ...resources: readonly string[]): ((act: Act) => boolean) => {
  const known = new Set(resources)
  return (act) => act.group === group && (known.size === 0 || known.has(act.resource))
}
export const isOpaque = is('', 'configmaps', 'secrets')
export const isUpdate = (act: Act): boolean => act.operation === 'UPDATE'
export const isWrite = (act: Act): boolean => act.operation === 'CREATE' || isUpdate(act)
/** A write that is not a no-op, or a delete. */
export const counts = (act: Act): boolean => (isUpdate(act) ? act.changes.some(isReal) : act.operation !== 'CONNECT')
export const isReal = ({ path }: Change): boolean =>
  !/^metadata>(managedFields|resourceVersion|generation|annotations>kubectl\.kubernetes\.io\/last-applied)/.test(path)
export const touches = (act: Act, path: RegExp): boolean => act.changes.some((change) => path.test(change.path))
export const gains = (act: Act, path: RegExp, value?: (to: Scalar, from: Scalar | undefined) => boolean): boolean =>
  act.changes.some(
    ({ path: at, from, to }) => path.test(at) && to !== undefined && (value === undefined || value(to, from)),
  )
export const loses = (act: Act, path: RegExp): boolean =>
  act.changes.some(({ path: at, from, to }) => path.test(at) && from !== undefined && to === undefined)

/** Objects that hold pods: what is written into their pod template runs. */
export const holdsPods = (act: Act): boolean =>
  act.sub === '' &&
  isWhole(act) &&
  ((WORKLOADS.has(act.resource) && /^(|apps|batch|extensions)$/.test(act.group)) || is('', 'pods')(act))
/** A pod spec that the API server would take has a container with an image. */
export const isWhole = (act: Act): boolean =>
  [...act.is.keys()].some((path) => /(^|>)spec>containers>[^>]+>image$/.test(path))
/** A value that stood nowhere among these paths before. */
export function isNew(act: Act, path: RegExp): (to: Scalar) => boolean {
  const before = new Set([...act.was].flatMap(([at, value]) => (path.test(at) ? [value] : [])))
  return (to) => !before.has(to)
}

/** Types that the API server would not take are nobody's act. */
export const isText = (value: Scalar): boolean => typeof value === 'string' && /^[a-z]/.test(value)

export const isPlain = (act: Act): boolean => act.sub === ''
export const updates = (act: Act, path: RegExp): boolean => isUpdate(act) && isPlain(act) && touches(act, path)
/** Without a spec the API server would take none of these. */
export const creates = (act: Act): boolean =>
  act.operation === 'CREATE' && isPlain(act) && [...act.is.keys()].some((path) => path.startsWith('spec>'))
