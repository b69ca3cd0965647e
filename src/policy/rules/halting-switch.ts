import { field, isObject } from '../../api/json.ts'
import { changes } from '../../signing/diff.ts'
import type { Request } from '../request.ts'
import { isCustomResource, isUnder } from '../objects/custom-resource.ts'
import { shown, titleOf } from '../objects/metadata.ts'
import { isHalting, isProtection } from '../objects/switches.ts'
import type { Turn } from '../objects/turns.ts'
import { specTurns, stepsOf } from '../objects/turns.ts'
import type { Found, Rule } from '../rule.ts'
import { found, quote } from '../rule.ts'

/**
 * `suspend`, `paused`, `running: false`, `runStrategy: Halted`, `shutdown`, `stopPolicy: HoldAndDrain`, backups or TLS
 * no longer enabled, or their section gone: what ran or protected under a custom resource stops. Reads every field but
 * metadata and status, by the words in names and values. Excepted is the pause of a rollout and of a GitOps reconciler,
 * under which everything keeps running. Switching on again is an ordinary change.
 */
export const haltingSwitch: Rule = {
  id: 'halting-switch',
  remedy: 'Scale or reconfigure instead of stopping it, or ask a person.',
  raises: 'Destructive',
  matches: [{ operations: ['UPDATE'], group: '*', resource: '*' }],
  find: (request) => {
    if (!isCustomResource(request)) return null
    const turn = specTurns(request).find(
      (each) => isHalting(each) && !isJudgedElsewhere(each) && !isReconcilerPause(request, each),
    )
    if (turn === undefined) return withoutProtection(request)
    return found(
      `turns ${quote(turn.path)} of ${titleOf(request)} from ${shown(turn.from)} to ${shown(turn.to)}: what it runs or protects stops`,
    )
  },
}

/** A whole section such as `spec.backup` is taken out. */
function withoutProtection({ oldObject, object, ...request }: Request): Found | null {
  const gone = changes(field(oldObject, 'spec'), field(object, 'spec')).find(
    ({ path, from, to }) =>
      (to === undefined || to === null) && isObject(from) && isProtection(stepsOf(path).at(-1) ?? ''),
  )
  return gone === undefined
    ? null
    : found(`takes ${quote(`/spec${gone.path}`)} out of ${titleOf({ oldObject, object, ...request })}`)
}

/** Nothing is applied for the time being; what runs keeps running. */
const isReconcilerPause = (request: Request, { path }: Turn): boolean =>
  (isUnder(request.group, 'toolkit.fluxcd.io') && path === '/spec/suspend') ||
  (request.group === 'argoproj.io' && request.resource === 'rollouts' && path === '/spec/paused')

/** The rule `suspended` has the words for these. */
const isJudgedElsewhere = ({ path, to }: Turn): boolean =>
  to === true && /^\/spec\/(suspend|suspended|runPolicy\/suspend)$/.test(path)
