import { field, text } from '../../api/json.ts'
import { isUnder } from '../objects/custom-resource.ts'
import { isEmpty } from '../objects/equal.ts'
import { shown, titleOf } from '../objects/metadata.ts'
import { isOperatorsWork } from '../objects/owned.ts'
import { turns } from '../objects/turns.ts'
import type { Request } from '../request.ts'
import type { Found, Rule } from '../rule.ts'
import { found, quote } from '../rule.ts'

/**
 * What is backed up, when, and where to: a schedule that never comes, a narrower selection, a read-only or foreign
 * bucket leaves nothing to go back to. Every change of such an object counts but a longer ttl, and so does a new place
 * to write to, a download of its contents, and a new Backup with hooks, which are commands in the pods. Any other new
 * one is an ordinary change.
 * Source: API references of Velero, K8up, CloudNativePG, Longhorn, Stash, KubeBlocks.
 */
export const backupWeakened: Rule = {
  id: 'backup-weakened',
  remedy: 'Make one more backup instead; ask a person to change how backups are made.',
  raises: 'Destructive',
  matches: [
    { operations: ['CREATE', 'UPDATE'], group: '*', resource: '*' },
    { operations: ['UPDATE'], group: '*', resource: '*/status' },
  ],
  find: (request, facts) => {
    if (isOperatorsWork(request, facts)) return null
    if (!isAbout(request, BACKUPS)) return null
    if (request.operation === 'CREATE') return created(request)
    const turn = turns(request).find(({ path }) => /^\/(spec|status)(\/|$)/.test(path) && !RETENTION.test(path))
    return turn === undefined
      ? null
      : found(`changes ${quote(turn.path)} of ${titleOf(request)} from ${shown(turn.from)} to ${shown(turn.to)}`)
  },
}

function created(request: Request): Found | null {
  if (leadsOut(request)) return found(`creates ${titleOf(request)}: what is stored can be read elsewhere`)
  if (isAbout(request, PLACES)) return found(`creates ${titleOf(request)}: backups may go there`)
  const hooks = [field(request.object, 'spec', 'hooks'), field(request.object, 'spec', 'template', 'hooks')]
  return hooks.every(isEmpty) ? null : found(`creates ${titleOf(request)} with hooks: commands that run in the pods`)
}

/** A download of what a backup holds, Secrets too; a backup or a copy of a claim to a place of its own. */
function leadsOut({ group, resource, object }: Request): boolean {
  if (group === 'velero.io' && resource === 'downloadrequests')
    return text(object, 'spec', 'target', 'kind') === 'BackupContents'
  if (group === 'volsync.backube') return OUTSIDE.some((way) => !isEmpty(field(object, 'spec', way)))
  return group === 'k8up.io' && !isEmpty(field(object, 'spec', 'backend'))
}

const OUTSIDE = ['rsync', 'rsyncTLS', 'rclone', 'syncthing']

type Kinds = readonly (readonly [string, RegExp])[]

const isAbout = ({ group, resource }: Request, kinds: Kinds): boolean =>
  kinds.some(([domain, resources]) => isUnder(group, domain) && resources.test(resource))

/** retention-cut compares these. */
const RETENTION = /^\/(spec\/(ttl|template\/ttl)|status\/expiration)$/

const PLACES: Kinds = [
  ['velero.io', /locations$/],
  ['longhorn.io', /^backuptargets$/],
  ['barmancloud.cnpg.io', /^objectstores$/],
  ['dataprotection.kubeblocks.io', /^backuprepos$/],
]

const BACKUPS: Kinds = [
  ...PLACES,
  ['velero.io', /^(schedules|backups|backuprepositories|resticrepositories)$/],
  ['velero.io', /^downloadrequests$/],
  ['k8up.io', /^(backups|archives|schedules|snapshots|prebackuppods)$/],
  ['volsync.backube', /^replicationsources$/],
  ['postgresql.cnpg.io', /^(scheduledbackups|backups)$/],
  ['longhorn.io', /^(recurringjobs|backups|backupvolumes)$/],
  ['appscode.com', /^(backupconfigurations|repositories|snapshots)$/],
  ['kubestash.com', /^(backupconfigurations|backupstorages|repositories|snapshots|retentionpolicies)$/],
  ['dataprotection.kubeblocks.io', /^(backups|backupschedules|backuppolicies)$/],
  ['percona.com', /backups$/],
  ['gemini.fairwinds.com', /^snapshotgroups$/],
  ['snapscheduler.backube', /^snapshotschedules$/],
]
