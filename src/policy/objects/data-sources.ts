import type { Json } from '../../api/json.ts'
import { entries, list, text } from '../../api/json.ts'
import { canonical } from '../../signing/canonical.ts'
import { quote } from '../rule.ts'
import { containersOf } from './containers.ts'
import type { PodSpec } from './pod-specs.ts'
import { volumesOf } from './containers.ts'
import { given } from './walk.ts'

/** Volumes of core/v1 VolumeSource that hold nothing but what the pod is made of, or die with it. */
const OWN = new Set([
  'name',
  'emptyDir',
  'configMap',
  'downwardAPI',
  'ephemeral',
  'image',
  'projected',
  'hostPath',
  'gitRepo',
])

/**
 * Each name is one volume's for the API server; of more under one name, which only unknown kinds can have, these are
 * matched with mounts.
 */
const MOST_OF_ONE_NAME = 8

/** One Secret, claim or disk behind a volume: `key` is all of it, `what` says it in words. */
export interface Source {
  readonly volume: string
  readonly key: string
  readonly what: string
}

/**
 * The Secrets, claims and disks that a pod reads or mounts: key is which container gets which of them where, value the
 * source in words. A hostPath is worse and elsewhere (objects/host-shapes.ts).
 */
export function dataSources(pod: PodSpec | null): ReadonlyMap<string, string> {
  const sources = volumesOf(pod).flatMap(volumeSources)
  const byVolume = Map.groupBy(sources, ({ volume }) => volume)
  const found = new Map(sources.map(({ key, what }) => [key, what]))
  for (const { name, spec } of containersOf(pod)) {
    for (const [key, what] of environment(spec)) found.set(`${name} ${key}`, what)
    for (const mount of [...list(spec, 'volumeMounts'), ...list(spec, 'volumeDevices')])
      for (const { key, what } of byVolume.get(text(mount, 'name'))?.slice(0, MOST_OF_ONE_NAME) ?? [])
        found.set(`${name} ${key} ${canonical(mount)}`, what)
  }
  return found
}

/** The Secrets, claims and disks behind one entry of `volumes`. */
export function volumeSources(volume: Json): readonly Source[] {
  const name = text(volume, 'name')
  const projected = list(volume, 'projected', 'sources').flatMap((source) => {
    const secret = given(source, 'secret')
    return secret === undefined ? [] : [named('Secret', text(secret, 'name'))]
  })
  const direct = entries(volume)
    .filter(([key, source]) => !OWN.has(key) && source !== null)
    .map(([key, source]) => described(key, source))
  const copied = given(volume, 'ephemeral', 'volumeClaimTemplate')
  return [...projected, ...direct, ...(copied === undefined ? [] : claimSources(copied))].map(({ key, what }) => ({
    volume: name,
    key: `volume ${name} ${key}`,
    what,
  }))
}

/** What a claim that is made for the pods starts from, or takes: a snapshot, another claim, a volume that is there. */
export function claimSources(template: Json): readonly Omit<Source, 'volume'>[] {
  return ['dataSource', 'dataSourceRef', 'volumeName', 'selector'].flatMap((field) => {
    const source = given(template, 'spec', field)
    if (source === undefined || source === '') return []
    const of = typeof source === 'string' ? source : text(source, 'name')
    return [{ key: `${field} ${canonical(source)}`, what: `a claim with ${field} ${quote(of)}` }]
  })
}

const named = (kind: string, name: string): Omit<Source, 'volume'> => ({
  key: `${kind} ${name}`,
  what: `${kind} ${quote(name)}`,
})

function described(key: string, source: Json): Omit<Source, 'volume'> {
  switch (key) {
    case 'secret':
      return named('Secret', text(source, 'secretName'))
    case 'persistentVolumeClaim':
      return named(given(source, 'readOnly') === true ? 'read-only claim' : 'claim', text(source, 'claimName'))
    default: {
      const whole = canonical(source)
      return { key: `${key} ${whole}`, what: `${key} volume ${quote(whole)}` }
    }
  }
}

/** The Secrets in the environment of a container: place and key, and the Secret in words. */
export function environment(container: Json): readonly (readonly [string, string])[] {
  const single = list(container, 'env').flatMap((one) => {
    const ref = given(one, 'valueFrom', 'secretKeyRef')
    return ref === undefined ? [] : [[`env ${text(one, 'name')}`, text(ref, 'name'), text(ref, 'key')] as const]
  })
  const whole = list(container, 'envFrom').flatMap((one) => {
    const ref = given(one, 'secretRef')
    return ref === undefined ? [] : [[`envFrom ${text(one, 'prefix')}`, text(ref, 'name'), ''] as const]
  })
  return [...single, ...whole].map(
    ([place, name, key]) => [`${place} ${name} ${key}`, `Secret ${quote(name)}`] as const,
  )
}
