import type { Json, JsonObject } from '../api/json.ts'
import { field, isObject, list, text } from '../api/json.ts'
import { canonical } from './canonical.ts'
import { MARKER_PREFIX } from './marker.ts'
import { lastAppliedMarker, secretMarker } from './marks.ts'

/** What decides how an object is read: see ActSource. */
export interface NormalSource {
  readonly operation: string
  readonly subresource: string
  readonly kind: { readonly group: string; readonly kind: string }
}

/** What the API server writes into `metadata` by itself. */
const SERVER_FIELDS: ReadonlySet<string> = new Set([
  'managedFields',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'uid',
  'selfLink',
])

const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'

/** What the ServiceAccount admission plugin names the token volume, with a new suffix at each try. */
const TOKEN_VOLUME = 'kube-api-access'
const MADE_TOKEN_VOLUME = /^kube-api-access-[bcdfghjklmnpqrstvwxz2456789]{5}$/

const CONTROLLER_UID_LABELS: readonly string[] = ['controller-uid', 'batch.kubernetes.io/controller-uid']

/**
 * One side of an act: the object without what the API server writes, and with markers for Secret values and for the
 * last applied configuration (APPROVALS section 1). Of a CREATE also without what is made anew at each try. The object
 * is not changed; what is no object is returned as it is.
 */
export function normal(object: Json, source: NormalSource): Json {
  if (!isObject(object)) return object
  const made = source.operation === 'CREATE' && source.subresource === '' ? withoutMade(object, source.kind) : object
  const metadata = field(made, 'metadata')
  const cleaned = isObject(metadata) ? { ...made, metadata: cleanMetadata(metadata) } : made
  return isKind(source.kind, '', 'Secret') ? withoutSecrets(cleaned) : cleaned
}

const isKind = (kind: NormalSource['kind'], group: string, name: string): boolean =>
  kind.group === group && kind.kind === name

const without = (object: JsonObject, isLeftOut: (key: string, value: Json) => boolean): JsonObject =>
  Object.fromEntries(Object.entries(object).filter(([key, value]) => !isLeftOut(key, value)))

function cleanMetadata(metadata: JsonObject): JsonObject {
  const kept = without(metadata, (key) => SERVER_FIELDS.has(key))
  const annotations = field(kept, 'annotations')
  if (!isObject(annotations)) return kept
  const foreign = without(annotations, (key) => key.startsWith(MARKER_PREFIX))
  const wasEmptied = Object.keys(foreign).length === 0 && Object.keys(annotations).length > 0
  if (wasEmptied) return without(kept, (key) => key === 'annotations')
  const applied = field(foreign, LAST_APPLIED)
  return {
    ...kept,
    annotations: applied === undefined ? foreign : { ...foreign, [LAST_APPLIED]: lastAppliedMarker(applied) },
  }
}

function withoutSecrets(secret: JsonObject): JsonObject {
  const hidden = ['data', 'stringData'].flatMap((key) => {
    const values = field(secret, key)
    if (!isObject(values)) return []
    return [[key, Object.fromEntries(Object.entries(values).map(([name, value]) => [name, secretMarker(value)]))]]
  })
  return { ...secret, ...(Object.fromEntries(hidden) as JsonObject) }
}

/** The object of a CREATE without what the API server makes anew at each try. */
function withoutMade(object: JsonObject, kind: NormalSource['kind']): JsonObject {
  if (isKind(kind, '', 'Pod')) return withFixedTokenVolume(object)
  if (isKind(kind, '', 'Service')) return withoutAllocated(object)
  return isKind(kind, 'batch', 'Job') ? withoutControllerUid(object) : object
}

/** Only when the name is free and one volume alone has such a name: else two volumes would look like one. */
function withFixedTokenVolume(pod: JsonObject): JsonObject {
  const spec = field(pod, 'spec')
  const volumes = list(spec, 'volumes')
  const made = volumes.filter(isTokenVolume).map((volume) => text(volume, 'name'))
  const isTaken = volumes.some((volume) => text(volume, 'name') === TOKEN_VOLUME)
  const [name] = made
  if (!isObject(spec) || name === undefined || made.length > 1 || isTaken) return pod
  const rename = (named: Json): Json =>
    isObject(named) && text(named, 'name') === name ? { ...named, name: TOKEN_VOLUME } : named
  const remount = (container: Json): Json => mapList(container, 'volumeMounts', rename)
  const mounted = ['containers', 'initContainers', 'ephemeralContainers'].reduce<Json>(
    (result, key) => mapList(result, key, remount),
    spec,
  )
  return { ...pod, spec: mapList(mounted, 'volumes', rename) }
}

const isTokenVolume = (volume: Json): boolean =>
  MADE_TOKEN_VOLUME.test(text(volume, 'name')) &&
  list(volume, 'projected', 'sources').some((source) => isObject(field(source, 'serviceAccountToken')))

/** The object with each item of one of its lists replaced; as it is where there is no such list. */
function mapList(object: Json, key: string, map: (item: Json) => Json): Json {
  const items = field(object, key)
  return isObject(object) && Array.isArray(items) ? { ...object, [key]: (items as readonly Json[]).map(map) } : object
}

/** Addresses and ports that the API server allocates. `None` is asked for, never allocated. */
function withoutAllocated(service: JsonObject): JsonObject {
  const spec = field(service, 'spec')
  if (!isObject(spec)) return service
  const isHeadless = text(spec, 'clusterIP') === 'None'
  const kept = without(
    spec,
    (key) => key === 'healthCheckNodePort' || (!isHeadless && (key === 'clusterIP' || key === 'clusterIPs')),
  )
  const portless = mapList(kept, 'ports', (port) =>
    isObject(port) ? without(port, (key) => key === 'nodePort') : port,
  )
  return { ...service, spec: portless }
}

/** The selector and labels that the Job strategy makes of the new object's uid, unless `manualSelector` is set. */
function withoutControllerUid(job: JsonObject): JsonObject {
  const uid = text(job, 'metadata', 'uid')
  const spec = field(job, 'spec')
  if (uid === '' || !isObject(spec) || field(spec, 'manualSelector') === true) return job
  const isMade = (key: string, value: Json): boolean =>
    key === 'selector' &&
    CONTROLLER_UID_LABELS.some((label) => canonical(value) === canonical({ matchLabels: { [label]: uid } }))
  const kept = without(spec, isMade)
  const template = field(kept, 'template')
  return withoutLabels(
    { ...job, spec: isObject(template) ? { ...kept, template: withoutLabels(template, uid) } : kept },
    uid,
  )
}

function withoutLabels(object: JsonObject, uid: string): JsonObject {
  const metadata = field(object, 'metadata')
  const labels = field(metadata, 'labels')
  if (!isObject(metadata) || !isObject(labels)) return object
  const kept = without(labels, (key, value) => CONTROLLER_UID_LABELS.includes(key) && value === uid)
  return { ...object, metadata: { ...metadata, labels: kept } }
}
