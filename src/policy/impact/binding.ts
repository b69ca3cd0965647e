import type { Json } from '../../api/json.ts'
import { count } from '../objects/replicas.ts'
import { given } from '../objects/walk.ts'
import type { Read } from '../read.ts'
import type { Request } from '../request.ts'
import type { Target } from './act.ts'
import { isOf, targetOf } from './act.ts'
import type { Claims } from './claims.ts'
import { claimsOf, destroyedDisks, retires, volumeReads } from './claims.ts'
import type { Binding } from './impact.ts'
import { dependentsOf, neighbourReads, readOf } from './neighbours.ts'
import { lossOf, podsUnder } from './pods.ts'
import type { Seen } from './seen.ts'
import { ownersOf } from './seen.ts'

/**
 * The live reads that the binding of a request wants, given what has been read: asked again until they are nothing new.
 */
export const bindingReads = (request: Request, parent: Json, seen: Seen): readonly Read[] =>
  diskReads(targetOf(request, parent), seen)

/** What is bound, by what was read. What is missing could not be read. Pure. */
export const bindingOf = (request: Request, parent: Json, seen: Seen): Binding => {
  const target = targetOf(request, parent)
  const { effect, object } = target
  if (effect.kind !== 'delete' && effect.kind !== 'scale') return { counts: {}, names: {} }
  const disks = disksOf(target, seen)
  const replicas = effect.kind === 'scale' ? effect.from : count(given(object, 'spec', 'replicas'))
  const kept = effect.kind === 'scale' ? (effect.to ?? 0) : effect.isOrphaning ? replicas : 0
  return {
    counts: replicas === null ? {} : { 'replicas lost': Math.max(0, replicas - (kept ?? 0)) },
    names: disks === null ? {} : { 'disks destroyed': disks },
  }
}

/** Names of the claims whose disks are destroyed; null where anything that says so could not be read. */
function disksOf(target: Target, seen: Seen): readonly string[] | null {
  if (!canTakeClaims(target)) return []
  if (diskReads(target, seen).some((read) => seen.whyNot(read) !== '')) return null
  return destroyedDisks(claimsUnder(target, seen), seen)
}

/**
 * Deletes go on to what the object owns; scaling, and a delete that leaves orphans, only to what a StatefulSet retires.
 */
const canTakeClaims = (target: Target): boolean => {
  const { effect, namespace, request } = target
  if (namespace === '' || (effect.kind !== 'delete' && effect.kind !== 'scale')) return false
  if (isOf(request, '', 'persistentvolumeclaims')) return effect.kind === 'delete'
  return (effect.kind === 'delete' && !effect.isOrphaning) || retires(target)
}

/**
 * The claims first: without any, or where none has an owner and no StatefulSet retires some, nothing else of the
 * Namespace matters, and a use of an approval need not list all of it.
 */
function diskReads(target: Target, seen: Seen): readonly Read[] {
  const { request, namespace } = target
  if (!canTakeClaims(target)) return []
  if (isOf(request, '', 'persistentvolumeclaims')) return goingVolumes(target, seen)
  const first = [readOf('PersistentVolumeClaim', namespace)]
  const claims = first.flatMap((read) => seen.list(read) ?? [])
  if (claims.length === 0) return first
  const isWhole = isOf(request, '', 'namespaces')
  const isChained = !isWhole && (retires(target) || claims.some((claim) => ownersOf(claim).length > 0))
  const reads = isChained ? neighbourReads(namespace) : first
  return reads.every((read) => seen.isTried(read)) ? [...reads, ...goingVolumes(target, seen)] : reads
}

const goingVolumes = (target: Target, seen: Seen): readonly Read[] =>
  volumeReads({ going: claimsUnder(target, seen)?.going ?? [], staying: [] })

function claimsUnder(target: Target, seen: Seen): Claims | null {
  const dependents = dependentsOf(seen, target.uid, target.namespace)
  return claimsOf(target, dependents, lossOf(target, podsUnder(target, dependents, seen)), seen)
}
