import type { Json } from '../../api/json.ts'
import { entries } from '../../api/json.ts'
import { agentOf, owns } from '../agents.ts'
import { isSame } from '../objects/equal.ts'
import { named } from '../objects/named.ts'
import type { Rule } from '../rule.ts'
import { found } from '../rule.ts'

/** Written by the server at every update, or judged as metadata wherever they are written. */
const ELSEWHERE = new Set(['managedFields', 'resourceVersion', 'generation', 'ownerReferences', 'finalizers'])

const match = (group: string, resource: string): Rule['matches'][number] => ({
  operations: ['CREATE', 'UPDATE'],
  group,
  resource,
})

/**
 * Controllers believe a status: a Job that is complete is not run, a CronJob that ran in 2099 never runs again, a pod that
 * failed is replaced or loses its traffic, a budget with room lets evictions pass, a snapshot is restored from the content
 * that its status names. /status of built-in kinds takes labels
 * as well. It is the controllers' to write, unless the agent is the operator of the kind.
 * Source: kubernetes.io, "API conventions", spec and status.
 */
export const workloadStatus: Rule = {
  id: 'workload-status',
  remedy: 'Change the spec; controllers write the status.',
  raises: 'Destructive',
  matches: [
    match('', 'pods/status'),
    match('', 'replicationcontrollers/status'),
    match('apps', '*/status'),
    match('batch', '*/status'),
    match('autoscaling', '*/status'),
    match('policy', '*/status'),
    match('snapshot.storage.k8s.io', '*/status'),
    match('groupsnapshot.storage.k8s.io', '*/status'),
  ],
  find: (request, facts) => {
    const { oldObject, object, group, resource } = request
    if (owns(agentOf(facts, request.user), group, `${resource}/status`) !== undefined) return null
    return isSame(plain(oldObject), plain(object)) ? null : found(`writes the status of ${named(request)}`)
  },
}

const plain = (object: Json): Json => ({
  ...Object.fromEntries(entries(object).filter(([key]) => key !== 'metadata')),
  metadata: Object.fromEntries(entries(object, 'metadata').filter(([key]) => !ELSEWHERE.has(key))),
})
