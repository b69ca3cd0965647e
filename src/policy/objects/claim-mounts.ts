import type { Json } from '../../api/json.ts'
import { list, text } from '../../api/json.ts'
import { canonical } from '../../signing/canonical.ts'
import { quote } from '../rule.ts'
import type { PodSpec } from './pod-specs.ts'
import { containersOf, volumesOf } from './containers.ts'
import { given } from './walk.ts'

/**
 * Volumes that outlive the pod are claims, and so are those that a StatefulSet's claim templates stand for, by name.
 */
const claimsOf = (pod: PodSpec | null, object: Json): ReadonlySet<string> =>
  new Set([
    ...templatesOf(object),
    ...volumesOf(pod).flatMap((volume) =>
      given(volume, 'persistentVolumeClaim') === undefined ? [] : [text(volume, 'name')],
    ),
  ])

const templatesOf = (object: Json): readonly string[] =>
  list(object, 'spec', 'volumeClaimTemplates').map((template) => text(template, 'metadata', 'name'))

/**
 * Where containers mount the claims of a StatefulSet's templates: key is the mount to the letter, value the claim in
 * words.
 */
export function templateMounts(pod: PodSpec | null, object: Json): ReadonlyMap<string, string> {
  const templates = new Set(templatesOf(object))
  return new Map(
    containersOf(pod).flatMap(({ name, spec }) =>
      [...list(spec, 'volumeMounts'), ...list(spec, 'volumeDevices')]
        .filter((mount) => templates.has(text(mount, 'name')))
        .map(
          (mount) => [`${name} ${canonical(mount)}`, `the claim of template ${quote(text(mount, 'name'))}`] as const,
        ),
    ),
  )
}

/**
 * Paths of claims that another volume is mounted over: what is written there goes with the pod, and what the claim
 * holds there is out of sight. A single file of a ConfigMap or Secret (`subPath`) hides no more than itself.
 */
export function hiddenPaths(pod: PodSpec | null, object: Json): ReadonlySet<string> {
  const claims = claimsOf(pod, object)
  const files = new Set(volumesOf(pod).flatMap((volume) => (isFiles(volume) ? [text(volume, 'name')] : [])))
  return new Set(
    containersOf(pod).flatMap(({ name, spec }) => {
      const mounts = list(spec, 'volumeMounts')
      const held = mounts.filter((mount) => claims.has(text(mount, 'name'))).map(pathOf)
      return mounts
        .filter((mount) => !claims.has(text(mount, 'name')) && !isOneFile(mount, files))
        .map(pathOf)
        .filter((path) => held.some((claim) => path.startsWith(claim === '/' ? '/' : `${claim}/`)))
        .map((path) => `${name} ${path}`)
    }),
  )
}

const isFiles = (volume: Json): boolean =>
  ['configMap', 'secret', 'projected', 'downwardAPI'].some((key) => given(volume, key) !== undefined)

const isOneFile = (mount: Json, files: ReadonlySet<string>): boolean =>
  files.has(text(mount, 'name')) && (text(mount, 'subPath') !== '' || text(mount, 'subPathExpr') !== '')

/** Without `.`, `..` and needless slashes. */
const pathOf = (mount: Json): string =>
  `/${text(mount, 'mountPath')
    .split('/')
    .reduce<readonly string[]>(
      (path, step) => (step === '..' ? path.slice(0, -1) : step === '' || step === '.' ? path : [...path, step]),
      [],
    )
    .join('/')}`
