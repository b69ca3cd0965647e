import type { Json } from '../../api/json.ts'
import { list, text } from '../../api/json.ts'
import { isReady } from './pod-removal.ts'
import { given } from './walk.ts'

/**
 * Secrets that are there, as far as pods prove it: a pod is not ready before every Secret that it mounts or has in its
 * environment was found, unless it says that it can do without (core/v1 SecretVolumeSource and SecretKeySelector
 * `optional`). obstat reads no Secrets.
 */
export const secretsInUse = (pods: readonly Json[]): ReadonlySet<string> =>
  new Set(pods.filter(isReady).flatMap((pod) => needed(given(pod, 'spec') ?? null)))

const needed = (spec: Json): readonly string[] =>
  [
    ...list(spec, 'volumes').flatMap((volume) => [
      [given(volume, 'secret'), 'secretName'] as const,
      ...list(volume, 'projected', 'sources').map((source) => [given(source, 'secret'), 'name'] as const),
    ]),
    ...[...list(spec, 'initContainers'), ...list(spec, 'containers')].flatMap((container) => [
      ...list(container, 'env').map((one) => [given(one, 'valueFrom', 'secretKeyRef'), 'name'] as const),
      ...list(container, 'envFrom').map((one) => [given(one, 'secretRef'), 'name'] as const),
    ]),
  ].flatMap(([source, key]) => (source === undefined || given(source, 'optional') === true ? [] : [text(source, key)]))
