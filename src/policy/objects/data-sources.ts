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
 * The Secrets, claims and disks that a pod reads or mounts: key is which container gets which of them where, value the
 * source in words. A hostPath is worse and elsewhere (objects/host-shapes.ts).
 */
export function dataSources(pod: PodSpec | null): ReadonlyMap<string, string> {
  const volumes = new Map(
    volumesOf(pod).flatMap((volume) => volumeSources(volume).map(([key, what]) => [key, { volume, what }])),
  )
  const found = new Map([...volumes].map(([key, { what }]) => [key, what]))
  for (const { name, spec } of containersOf(pod)) {
    for (const [key, what] of environment(spec)) found.set(`${name} ${key}`, what)
    for (const mount of [...list(spec, 'volumeMounts'), ...list(spec, 'volumeDevices')])
      for (const [key, { volume, what }] of volumes)
        if (text(volume, 'name') === text(mount, 'name')) found.set(`${name} ${key} ${canonical(mount)}`, what)
  }
  return found
}

function volumeSources(volume: Json): readonly (readonly [string, string])[] {
  const name = text(volume, 'name')
  const projected = list(volume, 'projected', 'sources').flatMap((source) => {
    const secret = given(source, 'secret')
    return secret === undefined ? [] : [`Secret ${quote(text(secret, 'name'))}`]
  })
  const direct = entries(volume)
    .filter(([key, source]) => !OWN.has(key) && source !== null)
    .map(([key, source]) => described(key, source))
  return [...projected, ...direct].map((what) => [`volume ${name} ${what}`, what] as const)
}

function described(key: string, source: Json): string {
  switch (key) {
    case 'secret':
      return `Secret ${quote(text(source, 'secretName'))}`
    case 'persistentVolumeClaim':
      return `claim ${quote(text(source, 'claimName'))}`
    default:
      return `${key} volume ${canonical(source).slice(0, 200)}`
  }
}

function environment(container: Json): readonly (readonly [string, string])[] {
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
