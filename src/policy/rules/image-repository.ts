import { imagesOf, folderOf, repositoryOf } from '../objects/images.ts'
import { listed, named } from '../objects/named.ts'
import { isOpaque } from '../objects/walk.ts'
import { isProtected } from '../protection.ts'
import type { Request } from '../request.ts'
import type { Rule } from '../rule.ts'
import { found, quote } from '../rule.ts'

/**
 * An image from elsewhere is anybody's program with the workload's data and rights. Another tag or digest of a
 * repository that the workload already runs is an ordinary release; a new container may come from a repository beside
 * one of those. In a protected Namespace every image change waits for a person. Where the ActionPolicy lists
 * repositories, whatever is not below one of them does too, in new objects as well; the list opens nothing.
 * Source: core/v1 Container.image; an image reference names its publisher only by its repository.
 */
export const imageRepository: Rule = {
  id: 'image-repository',
  remedy: 'Use an image of a repository that this workload already runs, or ask an approver.',
  raises: 'Destructive',
  matches: [{ operations: ['CREATE', 'UPDATE'], group: '*', resource: '*/*' }],
  find: (request, facts) => {
    if (isOpaque(request)) return null
    const allowed = facts.policy?.spec.images?.allowedRepositories ?? []
    const isNew = request.operation === 'CREATE'
    if (isNew && allowed.length === 0) return null
    const hasRules = isProtected(facts, request.namespace)
    const other = changedImages(request).filter(
      ({ isKnown, to }) => (!isNew && (hasRules || !isKnown)) || !isAllowed(to, allowed),
    )
    return other.length === 0
      ? null
      : found(
          `runs other images in ${named(request)}: ${listed(other.map(({ from, to }) => `${from} → ${quote(to)}`))}`,
        )
  },
}

/** Is the image's repository one of these, or below one, by whole segments? No list allows everything. */
function isAllowed(image: string, allowed: readonly string[]): boolean {
  const repository = repositoryOf(image)
  return allowed.length === 0 || allowed.some((one) => repository === one || repository.startsWith(`${one}/`))
}

interface ChangedImage {
  readonly from: string
  readonly to: string
  /** Does the image come from where the workload's images come from? */
  readonly isKnown: boolean
}

function changedImages(request: Request): readonly ChangedImage[] {
  const { oldObject, object } = request
  const before = imagesOf(oldObject, object)
  const changed = [...imagesOf(object, oldObject)].filter(([path, to]) => before.get(path) !== to)
  // All that the workload runs is looked at only where it is asked: an ordinary release stays in its repository.
  let all: readonly string[] | null = null
  const repositories = (): readonly string[] => (all ??= [...imagesOf(oldObject).values()].map(repositoryOf))
  return changed.map(([path, to]) => {
    const from = before.get(path)
    const repository = repositoryOf(to)
    const isKnown =
      (from !== undefined && repositoryOf(from) === repository) ||
      repositories().includes(repository) ||
      (from === undefined && repositories().map(folderOf).includes(folderOf(repository)))
    return { from: from === undefined ? 'new' : quote(from), to, isKnown }
  })
}
