import type { Json } from '../../api/json.ts'
import { entries } from '../../api/json.ts'
import { GROUP } from '../../api/names.ts'
import { agentOf, owns } from '../agents.ts'
import { isCustomResource } from '../objects/custom-resource.ts'
import { isSame } from '../objects/equal.ts'
import { named } from '../objects/named.ts'
import type { Request } from '../request.ts'
import type { Rule } from '../rule.ts'
import { found } from '../rule.ts'

/** Written by the server at every update, or judged as metadata wherever they are written. */
const ELSEWHERE = new Set(['managedFields', 'resourceVersion', 'generation', 'ownerReferences', 'finalizers'])

/** Of the groups that kube-apiserver serves, those whose other kinds have rules of their own. */
const BUILT_IN: ReadonlySet<string> = new Set(['apps', 'batch', 'autoscaling', 'policy', 'scheduling.k8s.io'])
const CORE: ReadonlySet<string> = new Set(['pods', 'replicationcontrollers'])

/** Where a person's tools write an order into the status: `cmctl renew`; abort, retry and promote of a Rollout. */
const ORDERS: ReadonlySet<string> = new Set(['cert-manager.io/certificates', 'argoproj.io/rollouts'])

const isBelieved = (request: Request): boolean => {
  const { group, resource } = request
  if (group === '') return CORE.has(resource)
  return BUILT_IN.has(group) || (group !== GROUP && isCustomResource(request) && !ORDERS.has(`${group}/${resource}`))
}

/**
 * Controllers believe a status: a Job that is complete is not run, a CronJob that ran in 2099 never runs again, a pod
 * that failed is replaced or loses its traffic, a budget with room lets evictions pass, a snapshot is restored from the
 * content that its status names, a database demoted, a workload evicted. /status of built-in kinds takes labels as
 * well. It is the controllers' to write, unless the agent is the operator of the kind.
 * Source: kubernetes.io, "API conventions", spec and status.
 */
export const workloadStatus: Rule = {
  id: 'workload-status',
  remedy: 'Change the spec; controllers write the status.',
  raises: 'Destructive',
  matches: [{ operations: ['CREATE', 'UPDATE'], group: '*', resource: '*/status' }],
  find: (request, facts) => {
    const { oldObject, object, group, resource } = request
    if (!isBelieved(request)) return null
    if (owns(agentOf(facts, request.user), group, `${resource}/status`) !== undefined) return null
    return isSame(plain(oldObject), plain(object)) ? null : found(`writes the status of ${named(request)}`)
  },
}

const plain = (object: Json): Json => ({
  ...Object.fromEntries(entries(object).filter(([key]) => key !== 'metadata')),
  metadata: Object.fromEntries(entries(object, 'metadata').filter(([key]) => !ELSEWHERE.has(key))),
})
