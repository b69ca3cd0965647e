import type { Json } from '../../api/json.ts'
import { field, text } from '../../api/json.ts'
import { agentOf } from '../agents.ts'
import { isHelmRelease } from '../objects/helm.ts'
import { isAlike } from '../objects/equal.ts'
import { titleOf } from '../objects/metadata.ts'
import type { Rule } from '../rule.ts'
import { found } from '../rule.ts'

/**
 * Helm keeps each revision of a release in a Secret (or ConfigMap) and works out from it what an upgrade deletes and
 * what a rollback brings back: who edits it, or adds a revision to it, decides over both. An agent's own releases, in
 * its home namespace, are excepted.
 * Source: helm pkg/storage/driver.
 */
export const helmHistory: Rule = {
  id: 'helm-history',
  remedy: 'Use `helm rollback` or `helm upgrade` from where the release is managed.',
  raises: 'Destructive',
  matches: [
    { operations: ['CREATE', 'UPDATE'], group: '', resource: 'secrets' },
    { operations: ['CREATE', 'UPDATE'], group: '', resource: 'configmaps' },
  ],
  find: (request, facts) => {
    const { oldObject, object, namespace } = request
    if (request.operation === 'CREATE')
      return isLaterRevision(object) && namespace !== agentOf(facts, request.user).homeNamespace
        ? found(`adds a revision to the Helm release history with ${titleOf(request)}`)
        : null
    if (!isHelmRelease(oldObject) || namespace === agentOf(facts, request.user).homeNamespace) return null
    const isEdited =
      !isAlike(field(oldObject, 'data'), field(object, 'data')) ||
      !isAlike(field(oldObject, 'metadata', 'labels'), field(object, 'metadata', 'labels')) ||
      text(oldObject, 'type') !== text(object, 'type')
    return isEdited ? found(`edits the Helm release history in ${titleOf(request)}`) : null
  },
}

/** `sh.helm.release.v1.<release>.v<n>`: the first one is a new release, which replaces nothing. */
const isLaterRevision = (object: Json): boolean =>
  isHelmRelease(object) && !/\.v1$/.test(text(object, 'metadata', 'name'))
