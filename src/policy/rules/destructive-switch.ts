import { isCustomResource } from '../objects/custom-resource.ts'
import { shown, titleOf } from '../objects/metadata.ts'
import { isDestructive } from '../objects/switches.ts'
import type { Turn } from '../objects/turns.ts'
import { turns } from '../objects/turns.ts'
import type { Request } from '../request.ts'
import type { Rule } from '../rule.ts'
import { found, quote } from '../rule.ts'

/**
 * Operators destroy for whoever sets the switch: prune, force, deletionPolicy Delete, deleteClaim, a cleanup that is
 * confirmed, a deletion protection taken away. Reads every field of a custom resource but its status, annotations
 * (`cnrm.cloud.google.com/deletion-policy`) included, and goes by the words in names and values, so that kinds nobody
 * has heard of are covered. A switch set in a new object destroys nothing yet.
 */
export const destructiveSwitch: Rule = {
  id: 'destructive-switch',
  remedy: 'Leave the switch; ask a person to delete what is to go.',
  raises: 'Destructive',
  matches: [{ operations: ['UPDATE'], group: '*', resource: '*' }],
  find: (request) => {
    if (!isCustomResource(request)) return null
    const turn = orders(request).find((each) => isDestructive(each) && !CLAIM_RETENTION.test(each.path))
    return turn === undefined
      ? null
      : found(
          `turns ${quote(turn.path)} of ${titleOf(request)} from ${shown(turn.from)} to ${shown(turn.to)}, which has its controller destroy`,
        )
  },
}

const orders = (request: Request): readonly Turn[] =>
  turns(request)
    .filter(({ path }) => /^\/metadata\/annotations\//.test(path) || !/^\/(metadata|status)(\/|$)/.test(path))
    // A kind that is one setting an object, as Longhorn's, says in its name what it is about.
    .map((turn) => (turn.path === '/value' ? { ...turn, key: request.name } : turn))

/** The rule `claim-retention` has the words for these. */
const CLAIM_RETENTION = /^\/spec\/persistentVolumeClaimRetentionPolicy\//
