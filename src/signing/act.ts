import type { Json, JsonObject } from '../api/json.ts'
import { field, isObject, text } from '../api/json.ts'
import { canonical, sha256Hex } from './canonical.ts'
import type { Change } from './diff.ts'
import { changes } from './diff.ts'
import { digestMarker, markGenerated } from './marks.ts'
import { normal } from './normal.ts'

export type ActOperation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT'

/** What of an admission request makes its act. A missing text is '', a missing object null. */
export interface ActSource {
  readonly operation: ActOperation
  /** Group and resource of `requestResource`; the version never counts. */
  readonly group: string
  readonly resource: string
  readonly subresource: string
  /** As the API server sends it: a Namespace's own requests carry its own name. */
  readonly namespace: string
  readonly name: string
  /** Of `request.kind`: what `object` and `oldObject` are. */
  readonly kind: { readonly group: string; readonly kind: string }
  readonly object: Json
  readonly oldObject: Json
  /** DeleteOptions of a DELETE. */
  readonly options: Json
  /** uid of the live parent of a subresource. */
  readonly parentUid: string
  /** The live parent of a subresource, where it was read: of an Eviction, its Pod. */
  readonly parent?: Json
}

/** One admitted API request (APPROVALS section 1), as it is signed. Its bytes are `canonical(act)`. */
export type Act = {
  readonly operation: ActOperation
  readonly group: string
  readonly resource: string
  readonly subresource: string
  /** '' for cluster-scoped kinds, Namespaces too. */
  readonly namespace: string
  /** '' where the API server makes the name from `generateName`. */
  readonly name: string
  readonly generateName?: string
  /** Of the stored object, of the live parent for a subresource, '' for a CREATE without subresource. */
  readonly uid: string
  readonly options: JsonObject
  readonly change: readonly Change[]
}

export type SignedAct = Act & {
  /** The intent digest of the rest. */
  readonly intentSha256: string
}

/** The options of a DELETE that are part of what is signed; preconditions never are. */
const DELETE_OPTIONS = ['gracePeriodSeconds', 'propagationPolicy', 'orphanDependents'] as const

/** An entry's side is replaced by its digest when its canonical form has more bytes than this. */
const MAX_SIDE_BYTES = 4096

/** What rand.String of k8s.io/apimachinery makes names of: five letters, after at most 58 = 63 - 5 of the prefix. */
const GENERATED_SUFFIX = /^[bcdfghjklmnpqrstvwxz2456789]{5}$/
const GENERATED_PREFIX_LENGTH = 58

/** The act of one request. Throws TooManyChanges (see `changes`) and NotJson; the agent controls the objects. */
export function actOf(source: ActSource): Act {
  const { operation, subresource } = source
  const generateName = generatedFrom(source)
  return {
    operation,
    group: source.group === 'events.k8s.io' && source.resource === 'events' ? '' : source.group,
    resource: source.resource,
    subresource,
    namespace: source.group === '' && source.resource === 'namespaces' ? '' : source.namespace,
    name: generateName === '' ? source.name || text(source.oldObject, 'metadata', 'name') : '',
    ...(generateName !== '' && { generateName }),
    uid: uidOf(source),
    options: optionsOf(source),
    change: changeOf(source, generateName).map(short),
  }
}

/** SHA-256 of the act's RFC 8785 form, in lower-case hex. */
export const intentSha256 = (act: Act): string => sha256Hex(canonical(act))

/** The act with its digest, as requests and statements hold it. */
export const signedAct = (act: Act): SignedAct => ({ ...act, intentSha256: intentSha256(act) })

function uidOf({ operation, subresource, oldObject, parentUid }: ActSource): string {
  if (subresource !== '') return parentUid
  return operation === 'CREATE' ? '' : text(oldObject, 'metadata', 'uid')
}

/** The `generateName` that the API server made the object's name from, or ''. */
function generatedFrom({ operation, subresource, object }: ActSource): string {
  if (operation !== 'CREATE' || subresource !== '') return ''
  const prefix = text(object, 'metadata', 'generateName')
  const kept = prefix.slice(0, GENERATED_PREFIX_LENGTH)
  const name = text(object, 'metadata', 'name')
  return prefix !== '' && name.startsWith(kept) && GENERATED_SUFFIX.test(name.slice(kept.length)) ? prefix : ''
}

const isEviction = (source: ActSource): boolean => source.resource === 'pods' && source.subresource === 'eviction'

function optionsOf(source: ActSource): JsonObject {
  if (source.operation === 'DELETE') {
    const isPod = source.group === '' && source.resource === 'pods' && source.subresource === ''
    return deleteOptions(source.options, isPod ? source.oldObject : null)
  }
  if (isEviction(source)) return deleteOptions(field(source.object, 'deleteOptions'), source.parent ?? null)
  if (source.operation !== 'CONNECT' || !isObject(source.object)) return {}
  return Object.fromEntries(Object.entries(source.object).filter(([key]) => key !== 'kind' && key !== 'apiVersion'))
}

function deleteOptions(options: Json | undefined, pod: Json): JsonObject {
  return Object.fromEntries(
    DELETE_OPTIONS.flatMap((key) => {
      const value = field(options, key)
      if (value === undefined || (key === 'gracePeriodSeconds' && isFilledIn(value, pod))) return []
      return [[key, value] as const]
    }),
  )
}

/**
 * Is this the grace period that the API server fills in for a Pod (CheckGracefulDelete of its strategy): the Pod's own,
 * or none where the Pod has no node or has finished?
 */
function isFilledIn(seconds: Json, pod: Json): boolean {
  if (!isObject(pod)) return false
  const own = field(pod, 'spec', 'terminationGracePeriodSeconds')
  if (own !== undefined && canonical(own) === canonical(seconds)) return true
  const hasFinished = ['Succeeded', 'Failed'].includes(text(pod, 'status', 'phase'))
  return seconds === 0 && (hasFinished || text(pod, 'spec', 'nodeName') === '')
}

function changeOf(source: ActSource, generateName: string): readonly Change[] {
  if (source.operation === 'DELETE' || source.operation === 'CONNECT' || isEviction(source)) return []
  const after = markGenerated(normal(source.object, source))
  if (source.operation === 'UPDATE') return changes(markGenerated(normal(source.oldObject, source)), after)
  return [{ path: '', to: generateName === '' ? after : withoutName(after) }]
}

function withoutName(object: Json): Json {
  const metadata = field(object, 'metadata')
  return isObject(object) && isObject(metadata) ? { ...object, metadata: { ...metadata, name: '' } } : object
}

/** Long sides as their digests. */
const short = ({ path, from, to }: Change): Change => ({
  path,
  ...(from !== undefined && { from: shortSide(from) }),
  ...(to !== undefined && { to: shortSide(to) }),
})

function shortSide(value: Json): Json {
  const form = canonical(value)
  return Buffer.byteLength(form) > MAX_SIDE_BYTES ? digestMarker(form) : value
}
