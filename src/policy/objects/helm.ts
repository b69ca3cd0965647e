import type { Json } from '../../api/json.ts'
import { text } from '../../api/json.ts'

/**
 * Is this Secret or ConfigMap one revision of a Helm release? Goes by type, name and owner label, any of them (helm
 * pkg/storage/driver).
 */
export const isHelmRelease = (object: Json): boolean =>
  text(object, 'type').startsWith('helm.sh/release') ||
  text(object, 'metadata', 'name').startsWith('sh.helm.release.v1.') ||
  text(object, 'metadata', 'labels', 'owner') === 'helm' ||
  text(object, 'metadata', 'labels', 'OWNER') === 'TILLER'
