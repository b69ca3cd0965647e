import type { Json } from '../../api/json.ts'
import { list, text } from '../../api/json.ts'
import { GROUP } from '../../api/names.ts'
import { isUnder } from '../objects/custom-resource.ts'
import { named } from '../objects/named.ts'
import type { PodSpecChange } from '../objects/pod-specs.ts'
import { podSpecChanges } from '../objects/pod-specs.ts'
import { given } from '../objects/walk.ts'
import type { Rule } from '../rule.ts'
import { found, quote } from '../rule.ts'

/** Where kinds keep the switch: batch/v1 and most custom resources; kubeflow.org training jobs. */
const SWITCHES = [['suspend'], ['suspended'], ['runPolicy', 'suspend'], ['jobTemplate', 'spec', 'suspend']] as const

/** Flux leaves what is there as it is; obstat's own switch stops an agent, and other rules keep agents off it. */
const OTHERS = ['toolkit.fluxcd.io', GROUP]

/**
 * Suspending a Job deletes its pods with what they have done so far; suspending a CronJob stops backups and renewals
 * without a sound. Of any kind that has the switch; a scheduling gate in a template, and a CronJob whose Jobs are some
 * other controller's, do the same to every pod to come. (`paused` of a Deployment stops only rollouts and is none.)
 * Source: batch/v1 JobSpec.suspend and managedBy, CronJobSpec.suspend; core/v1 PodSpec.schedulingGates.
 */
export const suspended: Rule = {
  id: 'suspended',
  remedy: 'Leave it running, or ask an approver.',
  raises: 'Destructive',
  matches: [{ operations: ['UPDATE'], group: '*', resource: '*' }],
  find: (request, facts) => {
    if (OTHERS.some((domain) => isUnder(request.group, domain))) return null
    const turned = SWITCHES.some((path) => isOn(request.object, path) && !isOn(request.oldObject, path))
    if (turned) return found(`suspends ${named(request)}`)
    if (podSpecChanges(request, facts).some(isGatedAnew)) return found(`holds pods of ${named(request)} back by a gate`)
    const [was, is] = [request.oldObject, request.object].map(managerOf)
    return is === was || is === JOB_CONTROLLER
      ? null
      : found(`leaves the Jobs of ${named(request)} to ${quote(is ?? '')}`)
  },
}

const isGatedAnew = ({ from, to }: PodSpecChange): boolean =>
  from !== null && list(to.spec, 'schedulingGates').length > list(from.spec, 'schedulingGates').length

const JOB_CONTROLLER = 'kubernetes.io/job-controller'

const managerOf = (object: Json): string => text(object, 'spec', 'jobTemplate', 'spec', 'managedBy') || JOB_CONTROLLER

const isOn = (object: Json, path: readonly string[]): boolean => given(object, 'spec', ...path) === true
