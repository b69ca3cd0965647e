import { field, list, text } from '../../../src/api/json.ts'
import type { Act } from './act.ts'
import { isProtected } from './act.ts'
import { saysWhoIsWho } from './operators.ts'
import type { Change } from './flat.ts'
import { amount, changesOf, flatten } from './flat.ts'
import type { Class } from './verdict.ts'

/** What a plainly harmless act is at most, so that refusing it is seen too; null is no opinion. */
export function ceilingOf(act: Act): { readonly class: Class; readonly why: string } | null {
  // One that is being deleted waits for controllers: what is harmless elsewhere may not be there.
  if (act.world.policy !== null || act.was.has('metadata>deletionTimestamp')) return null
  // Nor is what nests too deep to be read.
  if ([...act.is.values()].includes('§deep§')) return null
  const row = rows.find(([, , holds]) => holds(act))
  return row === undefined ? null : { class: row[0], why: row[1] }
}

type Row = readonly [Class, string, (act: Act) => boolean]

/** There is a change, and every change is of this kind. */
const only = (act: Act, holds: (change: Change) => boolean): boolean =>
  act.operation === 'UPDATE' &&
  act.sub === '' &&
  act.changes.length > 0 &&
  act.changes.every(holds) &&
  isToTheLetter(act)
/** Nothing differs but what is in `changes`: no null or empty list beside it, or in place of what was taken away. */
const isToTheLetter = (act: Act): boolean => {
  const is = flatten(act.object, true)
  return (
    act.changes.length === changesOf(flatten(act.old, true), is).length &&
    act.changes.every(({ path, to }) => to !== undefined || !is.has(path))
  )
}
const isIn = (act: Act, group: string, ...resources: readonly string[]): boolean =>
  act.group === group && resources.includes(act.resource)
const isPlain = (act: Act): boolean => act.namespace !== '' && !isProtected(act.world, act.namespace)
const SCALED = ['deployments', 'statefulsets', 'replicasets']

const isSame = (act: Act): boolean =>
  act.operation === 'UPDATE' && JSON.stringify(act.old) === JSON.stringify(act.object)

function isScaleUp(act: Act): boolean {
  const isScale = act.sub === 'scale'
  if (act.operation !== 'UPDATE' || !isIn(act, 'apps', ...SCALED) || !isPlain(act)) return false
  if (act.changes.length !== 1 || act.changes[0]?.path !== 'spec>replicas' || !isToTheLetter(act)) return false
  if (!isScale && act.sub !== '') return false
  const [from, to] = [act.was.get('spec>replicas'), act.is.get('spec>replicas')]
  return (
    typeof from === 'number' && typeof to === 'number' && from >= 1 && to > from && to <= Math.max(2 * from, from + 3)
  )
}

const REVIEWS =
  /^(selfsubjectaccessreviews|selfsubjectrulesreviews|selfsubjectreviews|subjectaccessreviews|tokenreviews)$/
const LIMIT = /^spec>template>spec>containers>[^>]+>resources>limits>(cpu|memory)$/

const isFinished = (act: Act): boolean =>
  list(act.old, 'status', 'conditions').some(
    (one) => /^(Complete|Failed)$/.test(text(one, 'type')) && field(one, 'status') === 'True',
  )
const isCleanup = (act: Act): boolean =>
  act.operation === 'DELETE' &&
  act.sub === '' &&
  !act.isCollection &&
  act.home !== '' &&
  act.namespace === act.home &&
  field(act.old, 'metadata', 'finalizers') === undefined &&
  field(act.old, 'metadata', 'ownerReferences') === undefined &&
  field(act.options, 'orphanDependents') === undefined &&
  field(act.old, 'metadata', 'labels') === undefined &&
  field(act.old, 'metadata', 'annotations') === undefined &&
  text(act.options, 'propagationPolicy') === 'Background'

/** A text, and no number that only the bytes of the review hold. */
const isValue = (to: Change['to']): boolean => typeof to === 'string' && /^[^§]/.test(to)

const rows: readonly Row[] = [
  [
    'Observe',
    'access review',
    (act) =>
      act.operation === 'CREATE' &&
      act.sub === '' &&
      REVIEWS.test(act.resource) &&
      /^auth(oriz|entic)ation\.k8s\.io$/.test(act.group),
  ],
  [
    'Observe',
    'the object as it is',
    (act) =>
      isSame(act) &&
      act.sub === '' &&
      isPlain(act) &&
      act.group !== 'rbac.authorization.k8s.io' &&
      act.resource !== 'secrets',
  ],
  [
    'Routine',
    'rollout restart',
    (act) =>
      isIn(act, 'apps', 'deployments', 'statefulsets', 'daemonsets') &&
      isPlain(act) &&
      only(
        act,
        ({ path, to }) =>
          path === 'spec>template>metadata>annotations>kubectl.kubernetes.io/restartedAt' && /^2026-/.test(String(to)),
      ),
  ],
  ['Routine', 'scale up', isScaleUp],
  [
    'Routine',
    'limit raised',
    (act) =>
      isIn(act, 'apps', ...SCALED) &&
      isPlain(act) &&
      only(act, ({ path, from, to }) => LIMIT.test(path) && from !== undefined && to !== undefined && isMore(from, to)),
  ],
  [
    'Routine',
    'uncordon',
    (act) =>
      isIn(act, '', 'nodes') &&
      only(
        act,
        ({ path, from, to }) => path === 'spec>unschedulable' && from === true && (to === undefined || to === false),
      ),
  ],
  [
    'Routine',
    'unsuspend',
    (act) =>
      isIn(act, 'batch', 'jobs', 'cronjobs') &&
      isPlain(act) &&
      only(act, ({ path, from, to }) => path === 'spec>suspend' && from === true && (to === undefined || to === false)),
  ],
  [
    'Change',
    'label or annotation of a team',
    (act) =>
      isIn(act, '', 'configmaps', 'services') &&
      !saysWhoIsWho(act) &&
      isPlain(act) &&
      only(act, ({ path }) => /^metadata>(labels|annotations)>team\.example\/[a-z]+$/.test(path)),
  ],
  [
    'Change',
    'ConfigMap value',
    (act) =>
      isIn(act, '', 'configmaps') &&
      !saysWhoIsWho(act) &&
      isPlain(act) &&
      only(act, ({ path, from, to }) => /^data>plain[a-z]*$/.test(path) && from !== undefined && isValue(to)),
  ],
  [
    'Change',
    'new ConfigMap',
    (act) =>
      isIn(act, '', 'configmaps') &&
      !saysWhoIsWho(act) &&
      isPlain(act) &&
      act.operation === 'CREATE' &&
      [...act.is.keys()].every((path) =>
        /^(kind|apiVersion|metadata>(name|namespace|uid|creationTimestamp|generateName)|data>plain[a-z]*)$/.test(path),
      ),
  ],
  [
    'Change',
    'new tag',
    (act) =>
      isIn(act, 'apps', ...SCALED) &&
      isPlain(act) &&
      only(
        act,
        ({ path, from, to }) =>
          /^spec>template>spec>containers>[^>]+>image$/.test(path) && tagless(from) === tagless(to),
      ),
  ],
  [
    'Change',
    'grown claim',
    (act) =>
      isIn(act, '', 'persistentvolumeclaims') &&
      isPlain(act) &&
      only(
        act,
        ({ path, from, to }) =>
          path === 'spec>resources>requests>storage' && from !== undefined && to !== undefined && isMore(from, to),
      ),
  ],
  ['Change', 'home ConfigMap', (act) => isIn(act, '', 'configmaps') && !saysWhoIsWho(act) && isCleanup(act)],
  ['Change', 'finished Job at home', (act) => isIn(act, 'batch', 'jobs') && isCleanup(act) && isFinished(act)],
]

const isMore = (from: Change['from'], to: Change['to']): boolean => {
  const [before, after] = [amount(from ?? ''), amount(to ?? '')]
  return typeof before === 'bigint' && typeof after === 'bigint' && after > before
}
const tagless = (image: Change['from']): string =>
  typeof image === 'string' && /^[a-z./0-9-]+:[\w.]+$/.test(image)
    ? image.replace(/:[^:]*$/, '')
    : `none ${String(image)}`
