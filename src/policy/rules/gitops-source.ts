import type { Applier } from '../objects/gitops.ts'
import { applierOf } from '../objects/gitops.ts'
import { shown, titleOf } from '../objects/metadata.ts'
import { isOperatorsWork } from '../objects/owned.ts'
import type { Turn } from '../objects/turns.ts'
import { turns } from '../objects/turns.ts'
import type { Rule } from '../rule.ts'
import { found, quote } from '../rule.ts'

/**
 * A GitOps controller deletes what is no longer in its source and creates what is, with rights of its own: another
 * path, branch, repository, destination or project, an emptied generator or a forged inventory is a delete or a
 * deployment in another spelling, and so are whole manifests among the values of a chart. Reads spec and the inventory
 * kept in the status of the kinds in objects/gitops.ts.
 */
export const gitopsSource: Rule = {
  id: 'gitops-source',
  remedy: 'Change the manifests in the repository through a merge request, or sync what is there without prune.',
  raises: 'Destructive',
  matches: [
    { operations: ['CREATE', 'UPDATE'], group: '*', resource: '*' },
    { operations: ['UPDATE'], group: '*', resource: '*/status' },
  ],
  find: (request, facts) => {
    if (isOperatorsWork(request, facts)) return null
    const applier = applierOf(request.group, request.resource)
    if (applier === undefined) return null
    if (request.operation === 'CREATE')
      return applier.acts ? found(`creates ${titleOf(request)}, whose controller applies what it points to`) : null
    const turn = turns(request).find((each) => isMoved(each, applier))
    return turn === undefined
      ? null
      : found(
          `changes ${quote(turn.path)} of ${titleOf(request)} from ${shown(turn.from)} to ${shown(turn.to)}: what is applied, and deleted, changes with it`,
        )
  },
}

const isMoved = ({ path, key }: Turn, { harmless }: Applier): boolean =>
  (path.startsWith('/spec') && !harmless.test(path)) ||
  MANIFESTS.test(path) ||
  MANIFEST.test(key) ||
  INVENTORY.test(path)

/** How charts call what they apply as it stands. */
const MANIFESTS =
  /^\/spec\/.*\/(extra|additional|raw|custom)-?_?(Deploy|Manifests?|Objects?|Resources?|Templates?)(\/|$)/i
/** The same as a parameter, such as `extraDeploy[0].kind`. */
const MANIFEST = /^(extra|additional|raw|custom)-?_?(Deploy|Manifests?|Objects?|Resources?|Templates?)(\[\d+\])?$/i

/** What the controller takes for its own, to be pruned when it is no longer in the source. */
const INVENTORY = /^\/status\/(inventory|resources|history|lastAppliedRevision|operationState)(\/|$)/
