import type { Json } from '../../api/json.ts'
import { text } from '../../api/json.ts'
import type { Read } from '../read.ts'
import { listOf } from '../read.ts'
import type { Request } from '../request.ts'
import { quote } from '../rule.ts'
import type { Target } from './act.ts'
import { isOf, targetOf } from './act.ts'
import { bindingOf } from './binding.ts'
import { claimLines, claimsOf, volumeReads } from './claims.ts'
import type { Impact, ImpactLine } from './impact.ts'
import { keeperLines } from './keepers.ts'
import type { Dependent } from './neighbours.ts'
import { dependentsOf, KINDS, neighbourReads, neighbours, podsOn } from './neighbours.ts'
import { lossOf, podLines, podsUnder } from './pods.ts'
import type { Seen } from './seen.ts'
import { MOST_ITEMS } from './seen.ts'
import { trafficLines } from './traffic.ts'
import { userLines } from './users.ts'
import { counted } from './words.ts'

/**
 * The live reads that the impact of a request wants, given what has been read: asked again until they are nothing new.
 * `parent` is the live parent of a subresource.
 */
export function impactReads(request: Request, parent: Json, seen: Seen): readonly Read[] {
  const target = targetOf(request, parent)
  const first = firstReads(target)
  if (!first.every((read) => seen.isTried(read))) return first
  const dependents = dependentsOf(seen, target.uid, target.namespace)
  const loss = lossOf(target, podsUnder(target, dependents, seen))
  return [...first, ...volumeReads(claimsOf(target, dependents, loss, seen))]
}

function firstReads(target: Target): readonly Read[] {
  const { request, effect, namespace } = target
  if (effect.kind === 'create') return []
  if (isOf(request, '', 'nodes')) return [podsOn(request.name)]
  if (isCrd(request) && effect.kind === 'delete') return [instancesOf(target.object)]
  return namespace === '' ? [] : neighbourReads(namespace)
}

const isCrd = (request: Request): boolean => isOf(request, 'apiextensions.k8s.io', 'customresourcedefinitions')

const instancesOf = (crd: Json) => ({
  ...listOf(text(crd, 'spec', 'group'), storedVersion(crd), text(crd, 'spec', 'names', 'plural'), ''),
  most: MOST_ITEMS + 1,
})

function storedVersion(crd: Json): string {
  const stored = (crd as { status?: { storedVersions?: unknown } } | null)?.status?.storedVersions
  const last: unknown = Array.isArray(stored) ? stored.at(-1) : undefined
  return typeof last === 'string' ? last : 'v1'
}

/** What the act takes with it, by what was read. Pure; lines in the order in which they matter. */
export function impactOf(request: Request, parent: Json, seen: Seen): Impact {
  const target = targetOf(request, parent)
  const { effect, namespace, uid } = target
  if (effect.kind === 'create')
    return {
      lines: [{ about: 'new', mark: 'note', what: 'a new object: all it does is in the change' }],
      counts: {},
      names: {},
    }
  const dependents = dependentsOf(seen, uid, namespace)
  const pods = podsUnder(target, dependents, seen)
  const loss = namespace === '' && !isOf(request, '', 'nodes') ? { pods: [], count: 0 } : lossOf(target, pods)
  const claims = namespace === '' ? { going: [], staying: [] } : claimsOf(target, dependents, loss, seen)
  const lines = [
    ...contentLines(target, seen),
    ...volumeLines(target),
    ...claimLines(claims, seen),
    ...podLines(target, loss),
    ...goneLines(target, dependents),
    ...trafficLines(target, loss, seen),
    ...keeperLines(target, loss, seen),
    ...userLines(target, seen),
    ...unreadLines(target, seen),
  ]
  return {
    lines: (lines.length > 0 ? lines : [NOTHING]).slice(0, MAX_LINES).map(bounded),
    ...bindingOf(request, parent, seen),
  }
}

const MAX_LINES = 40
const MAX_WORDS = 600
const bounded = (line: ImpactLine): ImpactLine => ({ ...line, what: line.what.slice(0, MAX_WORDS) })

const NOTHING: ImpactLine = {
  about: 'nothing',
  mark: 'note',
  what: 'nothing that obstat knows of hangs on it',
}

/** Other objects that go with the target. */
function goneLines({ effect, request }: Target, dependents: readonly Dependent[]): readonly ImpactLine[] {
  if (effect.kind !== 'delete' || isOf(request, '', 'namespaces')) return []
  const others = dependents.filter(({ kind }) => kind !== 'Pod' && kind !== 'PersistentVolumeClaim')
  if (others.length === 0) return []
  const kinds = [...Map.groupBy(others, ({ kind }) => kind)].map(([kind, some]) => `${some.length} ${kind}`)
  const words = effect.isOrphaning ? 'left behind without an owner' : 'deleted with it'
  return [{ about: 'dependents', mark: effect.isOrphaning ? 'note' : 'loss', what: `${words}: ${kinds.join(', ')}` }]
}

/** Everything in a Namespace, or every object of a kind, by count. */
function contentLines(target: Target, seen: Seen): readonly ImpactLine[] {
  const { request, effect, namespace, object } = target
  if (effect.kind !== 'delete') return []
  if (isCrd(request)) {
    const items = seen.list(instancesOf(object))
    const what = `${counted(items?.length ?? 0, 'object')} of this kind, all of them deleted`
    return items === null ? [] : [{ about: 'objects', mark: items.length === 0 ? 'note' : 'loss', what }]
  }
  if (!isOf(request, '', 'namespaces')) return []
  const counts = KINDS.flatMap(([kind]) => {
    const count = neighbours(seen, kind, namespace)?.length ?? 0
    return count === 0 ? [] : [`${count} ${kind}`]
  })
  return [
    {
      about: 'contents',
      mark: 'loss',
      what: counts.length === 0 ? 'none of the kinds that obstat counts' : counts.join(', '),
    },
    {
      about: '',
      mark: 'unknown',
      what: 'could not be read: Secrets, ConfigMaps and kinds of your own in it, which go too',
    },
  ]
}

/** A PersistentVolume says itself what becomes of its disk. */
function volumeLines({ request, object, effect }: Target): readonly ImpactLine[] {
  if (!isOf(request, '', 'persistentvolumes') || effect.kind !== 'delete') return []
  const policy = text(object, 'spec', 'persistentVolumeReclaimPolicy')
  const claim = [text(object, 'spec', 'claimRef', 'namespace'), text(object, 'spec', 'claimRef', 'name')].join('/')
  const held = claim === '/' ? 'no claim holds it' : `claim ${quote(claim)} holds it`
  return [
    {
      about: 'disk',
      mark: policy === 'Retain' ? 'note' : 'loss',
      what: `reclaim policy ${policy || 'not set'}; ${held}`,
    },
  ]
}

/** One line for each reason why something could not be read: what is missing must not look harmless. */
function unreadLines(target: Target, seen: Seen): readonly ImpactLine[] {
  const reads = impactReads(target.request, target.request.subresource === '' ? null : target.object, seen)
  const failed = reads.flatMap((read) => {
    const why = seen.whyNot(read)
    return why === ''
      ? []
      : [{ why, what: read.verb === 'get' ? `${read.resource} ${quote(read.name)}` : read.resource }]
  })
  return [...Map.groupBy(failed, ({ why }) => why)].map(([why, some]) => ({
    about: 'unknown',
    mark: 'unknown',
    what: `could not be read: ${some.map(({ what }) => what).join(', ')} (${why})`,
  }))
}
