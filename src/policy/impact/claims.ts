import type { Json } from '../../api/json.ts'
import { list, text } from '../../api/json.ts'
import { bound } from '../objects/scale-target.ts'
import type { GetRead, Read } from '../read.ts'
import { get } from '../read.ts'
import type { Target } from './act.ts'
import { isOf } from './act.ts'
import type { ImpactLine } from './impact.ts'
import type { Dependent } from './neighbours.ts'
import { neighbours } from './neighbours.ts'
import type { PodLoss } from './pods.ts'
import type { Seen } from './seen.ts'
import { nameOf } from './seen.ts'
import { titled } from './words.ts'

/** Volumes of more claims are not looked up one by one. */
const MOST_VOLUMES = 24

/** Claims that go with the target, and those that only lose their pods. null: they could not be read. */
export interface Claims {
  readonly going: readonly Json[]
  readonly staying: readonly Json[]
}

export function claimsOf(
  target: Target,
  dependents: readonly Dependent[],
  loss: PodLoss | null,
  seen: Seen,
): Claims | null {
  const { request, effect, object, namespace } = target
  if (isOf(request, '', 'persistentvolumeclaims'))
    return effect.kind === 'delete' ? { going: [object], staying: [] } : { going: [], staying: [] }
  const all = neighbours(seen, 'PersistentVolumeClaim', namespace)
  if (all === null) return null
  if (isOf(request, '', 'namespaces')) return effect.kind === 'delete' ? { going: all, staying: [] } : NONE
  if (effect.kind !== 'delete' && effect.kind !== 'scale' && effect.kind !== 'evict') return NONE
  const mounted = new Set((loss?.pods ?? []).flatMap(mountedBy))
  const owned = new Set(
    effect.kind === 'delete' && !effect.isOrphaning
      ? dependents.flatMap(({ kind, object: one }) => (kind === 'PersistentVolumeClaim' ? [nameOf(one)] : []))
      : [],
  )
  const going = new Set([...owned, ...retired(target, loss)])
  return {
    going: all.filter((claim) => going.has(nameOf(claim))),
    staying: all.filter((claim) => mounted.has(nameOf(claim)) && !going.has(nameOf(claim))),
  }
}

const NONE: Claims = { going: [], staying: [] }

/** Names of the claims that a pod mounts; those of ephemeral volumes are the pod's name and the volume's. */
export const mountedBy = (pod: Json): readonly string[] =>
  list(pod, 'spec', 'volumes').flatMap((volume) => {
    const name = text(volume, 'persistentVolumeClaim', 'claimName')
    return name === '' ? [`${nameOf(pod)}-${text(volume, 'name')}`] : [name]
  })

/**
 * apps/v1 persistentVolumeClaimRetentionPolicy: claims that the StatefulSet's controller deletes, whoever owns them by
 * now.
 */
function retired(target: Target, loss: PodLoss | null): readonly string[] {
  const { effect, object } = target
  if (loss === null || !retires(target)) return []
  const first = bound(object, 0, 'spec', 'ordinals', 'start')
  const kept = effect.kind === 'scale' ? first + (effect.to ?? 0) : 0
  const templates = list(object, 'spec', 'volumeClaimTemplates').map(nameOf)
  const pods = loss.pods.map(nameOf).filter((name) => Number(/-(\d+)$/.exec(name)?.[1] ?? 0) >= kept)
  return pods.flatMap((pod) => templates.map((template) => `${template}-${pod}`))
}

/** Is it a StatefulSet that has its claims deleted when it is deleted or scaled down, as this act does? */
export function retires({ request, effect, object }: Target): boolean {
  if (!isOf(request, 'apps', 'statefulsets')) return false
  const when = effect.kind === 'scale' ? 'whenScaled' : 'whenDeleted'
  return text(object, 'spec', 'persistentVolumeClaimRetentionPolicy', when) === 'Delete'
}

const volumeRead = (claim: Json): GetRead | null => {
  const name = text(claim, 'spec', 'volumeName')
  return name === '' ? null : get('', 'v1', 'persistentvolumes', '', name)
}

/** The volumes behind the claims, as far as they are few. */
export const volumeReads = (claims: Claims | null): readonly Read[] =>
  [...(claims?.going ?? []), ...(claims?.staying ?? [])]
    .flatMap((claim) => volumeRead(claim) ?? [])
    .slice(0, MOST_VOLUMES)

/** core/v1 persistentVolumeReclaimPolicy; '' where no volume is bound, undefined where it could not be read. */
function policyOf(claim: Json, seen: Seen): string | undefined {
  const read = volumeRead(claim)
  if (read === null) return ''
  const volume = seen.get(read)
  if (volume === undefined) return undefined
  return volume === null ? '' : text(volume, 'spec', 'persistentVolumeReclaimPolicy')
}

/** Names of the claims whose disks are destroyed; null where that could not be read of each. */
export function destroyedDisks(claims: Claims | null, seen: Seen): readonly string[] | null {
  if (claims === null) return null
  const policies = claims.going.map((claim) => [nameOf(claim), policyOf(claim, seen)] as const)
  if (policies.some(([, policy]) => policy === undefined)) return null
  return policies.flatMap(([name, policy]) => (policy !== 'Retain' && policy !== '' ? [name] : [])).sort()
}

export function claimLines(claims: Claims | null, seen: Seen): readonly ImpactLine[] {
  if (claims === null) return []
  const byPolicy = (some: readonly Json[]): readonly (readonly [string | undefined, readonly string[]])[] =>
    [...Map.groupBy(some, (claim) => policyOf(claim, seen))].map(([policy, group]) => [policy, group.map(nameOf)])
  return [
    ...byPolicy(claims.going).map(([policy, names]) => ({ about: 'claims', ...going(policy, names) })),
    ...byPolicy(claims.staying).map(([policy, names]) => ({ about: 'claims', ...staying(policy, names) })),
  ]
}

type Said = Pick<ImpactLine, 'mark' | 'what'>
const KIND = 'PersistentVolumeClaim'

function going(policy: string | undefined, names: readonly string[]): Said {
  const it = titled(KIND, names)
  const [go, their, disks, are] = names.length === 1 ? ['goes', 'its', 'disk', 'is'] : ['go', 'their', 'disks', 'are']
  if (policy === undefined) return { mark: 'unknown', what: `${it} ${go}; could not be read: what becomes of the data` }
  if (policy === '') return { mark: 'note', what: `${it} ${go}; no disk is bound` }
  if (policy === 'Retain')
    return { mark: 'note', what: `${it} ${go}; ${their} ${disks} ${are} kept (reclaim policy Retain)` }
  return { mark: 'loss', what: `${it} ${go} and ${their} ${disks} ${are} DESTROYED (reclaim policy ${policy})` }
}

function staying(policy: string | undefined, names: readonly string[]): Said {
  const it = `${titled(KIND, names)} ${names.length === 1 ? 'stays' : 'stay'}`
  if (policy === undefined) return { mark: 'unknown', what: `${it}; could not be read: the reclaim policy` }
  return { mark: 'note', what: policy === '' ? it : `${it} (reclaim policy ${policy})` }
}
