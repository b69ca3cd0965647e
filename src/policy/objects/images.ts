import type { Json } from '../../api/json.ts'
import { isObject, text } from '../../api/json.ts'
import { nodesOf, pathOf } from './walk.ts'

const HUB = 'docker.io'
const HUB_HOSTS = new Set([HUB, 'index.docker.io'])

/**
 * `registry/path` of an image reference, without tag and digest, as container runtimes complete it: `app` is
 * `docker.io/library/app` (github.com/distribution/reference, ParseNormalizedNamed).
 */
export function repositoryOf(image: string): string {
  const [beforeDigest = ''] = image.split('@')
  const colon = beforeDigest.lastIndexOf(':')
  const named = colon > beforeDigest.lastIndexOf('/') ? beforeDigest.slice(0, colon) : beforeDigest
  const slash = named.indexOf('/')
  const host = slash < 0 ? '' : named.slice(0, slash)
  const isHost = host.includes('.') || host.includes(':') || host === 'localhost' || host !== host.toLowerCase()
  const registry = isHost ? host.toLowerCase() : HUB
  const path = isHost ? named.slice(slash + 1) : named
  if (!HUB_HOSTS.has(registry)) return `${registry}/${path}`
  return `${HUB}/${path.includes('/') ? path : `library/${path}`}`
}

/** The repository's own folder: who may push there may push to its siblings. */
export const folderOf = (repository: string): string => repository.slice(0, repository.lastIndexOf('/') + 1)

/**
 * Every image that the object names, by where: containers, image volumes, and the `image` fields of unknown kinds. With
 * `other`, as for nodesOf: without those that both sides share.
 */
export function imagesOf(object: Json, other: Json = null): ReadonlyMap<string, string> {
  const found = new Map<string, string>()
  for (const node of nodesOf(object, other))
    if (node.key === 'image' || node.key === 'imageName') {
      const image = nameOf(node.value)
      const isDebug = node.up?.up?.key === 'ephemeralContainers'
      if (image !== '' && !isDebug) found.set(pathOf(node), image)
    }
  return found
}

/**
 * A text; `{ reference }` of an image volume (core/v1 ImageVolumeSource); `{ registry, repository, tag }` as charts and
 * operators write it.
 */
function nameOf(value: Json): string {
  if (!isObject(value)) return typeof value === 'string' ? value : ''
  const registry = text(value, 'registry')
  const repository = text(value, 'reference') || text(value, 'repository')
  const tag = text(value, 'tag') || text(value, 'digest')
  if (repository === '') return ''
  return `${registry === '' ? '' : `${registry}/`}${repository}${tag === '' ? '' : `:${tag.replace(/^.*:/, '')}`}`
}
