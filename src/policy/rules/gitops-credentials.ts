import { field, text } from '../../api/json.ts'
import { isAlike } from '../objects/equal.ts'
import { titleOf } from '../objects/metadata.ts'
import type { Rule } from '../rule.ts'
import { found } from '../rule.ts'

/** `cluster`, `repository`, `repo-creds`: what Argo CD connects to, and as whom. */
const TYPE = ['metadata', 'labels', 'argocd.argoproj.io/secret-type'] as const

/**
 * Argo CD takes every Secret with this label for a cluster that it deploys to or a repository that it deploys from. A
 * new one, or another content, is a source or a destination that nobody merged. (The label itself: controller-key.)
 * Source: argo-cd.readthedocs.io, "Declarative Setup".
 */
export const gitopsCredentials: Rule = {
  id: 'gitops-credentials',
  remedy: 'Ask a person to connect the repository or cluster.',
  raises: 'Destructive',
  matches: [{ operations: ['CREATE', 'UPDATE'], group: '', resource: 'secrets' }],
  find: ({ oldObject, object, ...request }) =>
    text(object, ...TYPE) !== '' && !isAlike(field(oldObject, 'data'), field(object, 'data'))
      ? found(
          `writes ${titleOf({ oldObject, object, ...request })}, by which Argo CD connects to a source or a cluster`,
        )
      : null,
}
