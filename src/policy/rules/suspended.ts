import type { Json } from '../../api/json.ts'
import { GROUP } from '../../api/names.ts'
import { isUnder } from '../objects/custom-resource.ts'
import { named } from '../objects/named.ts'
import { given } from '../objects/walk.ts'
import type { Rule } from '../rule.ts'
import { found } from '../rule.ts'

/** Where kinds keep the switch: batch/v1 and most custom resources; kubeflow.org training jobs. */
const SWITCHES = [['suspend'], ['suspended'], ['runPolicy', 'suspend'], ['jobTemplate', 'spec', 'suspend']] as const

/** Flux leaves what is there as it is; obstat's own switch stops an agent, and other rules keep agents off it. */
const OTHERS = ['toolkit.fluxcd.io', GROUP]

/**
 * Suspending a Job deletes its pods with what they have done so far; suspending a CronJob stops backups and renewals
 * without a sound. Of any kind that has the switch. (`paused` of a Deployment stops only rollouts and is none.)
 * Source: batch/v1 JobSpec.suspend, CronJobSpec.suspend.
 */
export const suspended: Rule = {
  id: 'suspended',
  remedy: 'Leave it running, or ask an approver.',
  raises: 'Destructive',
  matches: [{ operations: ['UPDATE'], group: '*', resource: '*' }],
  find: (request) => {
    if (OTHERS.some((domain) => isUnder(request.group, domain))) return null
    const turned = SWITCHES.some((path) => isOn(request.object, path) && !isOn(request.oldObject, path))
    return turned ? found(`suspends ${named(request)}`) : null
  },
}

const isOn = (object: Json, path: readonly string[]): boolean => given(object, 'spec', ...path) === true
