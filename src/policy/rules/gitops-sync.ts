import type { Json } from '../../api/json.ts'
import { field, isObject, list, text } from '../../api/json.ts'
import { isSame } from '../objects/equal.ts'
import { titleOf } from '../objects/metadata.ts'
import type { Rule } from '../rule.ts'
import { found, quote } from '../rule.ts'

/**
 * Argo CD starts a sync when `operation` is written into an Application. With prune, force or replace it deletes; with
 * another revision, other sources or manifests of its own it applies something that nobody merged. A plain sync of the
 * revision in the spec is an ordinary change. Source: argoproj.io/v1alpha1 Operation and SyncOperation.
 */
export const gitopsSync: Rule = {
  id: 'gitops-sync',
  remedy: 'Sync the revision that the spec names, without prune, force or replace.',
  raises: 'Destructive',
  matches: [{ operations: ['CREATE', 'UPDATE'], group: 'argoproj.io', resource: 'applications' }],
  find: (request) => {
    const operation = field(request.object, 'operation')
    if (operation === undefined || operation === null || isSame(operation, field(request.oldObject, 'operation')))
      return null
    const sync = field(operation, 'sync')
    if (!isObject(sync)) return found(`starts an operation on ${titleOf(request)} that is no sync`)
    const danger = dangerOf(sync, request.object)
    return danger === undefined ? null : found(`syncs ${titleOf(request)} ${danger}`)
  },
}

function dangerOf(sync: Json, application: Json): string | undefined {
  if (field(sync, 'prune') === true) return 'with prune: what is not in the source is deleted'
  if (field(sync, 'syncStrategy', 'apply', 'force') === true || field(sync, 'syncStrategy', 'hook', 'force') === true)
    return 'with force: objects are deleted and made anew'
  const option = list(sync, 'syncOptions').find((each) => typeof each !== 'string' || DELETING.test(each))
  if (option !== undefined) return `with option ${quote(typeof option === 'string' ? option : 'a list or an object')}`
  const other = OTHER_CONTENT.find((key) => hasContent(field(sync, key)))
  if (other !== undefined) return `with ${quote(other)} of its own`
  const revision = text(sync, 'revision')
  const wanted = text(application, 'spec', 'source', 'targetRevision') || 'HEAD'
  return revision === '' || revision === wanted
    ? undefined
    : `to revision ${quote(revision)} instead of ${quote(wanted)}`
}

const DELETING = /^\s*(Replace|Force|Prune|Delete)\s*=\s*(true|yes|on|1|foreground|background)/i
const OTHER_CONTENT: readonly string[] = ['source', 'sources', 'manifests', 'revisions']

const hasContent = (value: Json | undefined): boolean =>
  Array.isArray(value) ? value.length > 0 : value !== undefined && value !== null
