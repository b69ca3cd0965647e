import type { Json } from '../../api/json.ts'
import { list, text } from '../../api/json.ts'
import { named } from '../objects/named.ts'
import type { ListRead } from '../read.ts'
import { listOf } from '../read.ts'
import type { Request } from '../request.ts'
import type { Rule } from '../rule.ts'
import { found, quote } from '../rule.ts'

/**
 * A StatefulSet finds its claims by their names, `<template>-<set>-<ordinal>`: a new one whose names are taken mounts
 * the data that is there, whoever's it was. The claims of the Namespace are read live.
 * Source: apps/v1 StatefulSetSpec.volumeClaimTemplates; kubernetes/pkg/controller/statefulset
 * getPersistentVolumeClaimName.
 */
export const claimTakenOver: Rule = {
  id: 'claim-taken-over',
  remedy: 'Give the set or its claim template a name of its own, or ask an approver.',
  raises: 'Destructive',
  matches: [{ operations: ['CREATE'], group: '*', resource: 'statefulsets' }],
  needs: (request) => (templatesOf(request.object).length === 0 ? [] : [claimsOf(request)]),
  find: (request, facts) => {
    if (templatesOf(request.object).length === 0) return null
    const stems = templatesOf(request.object).map(
      (template) => `${text(template, 'metadata', 'name')}-${request.name}-`,
    )
    const taken = facts.live
      .list(claimsOf(request))
      .map((claim) => text(claim, 'metadata', 'name'))
      .find((name) => stems.some((stem) => name.startsWith(stem) && /^[0-9]+$/.test(name.slice(stem.length))))
    return taken === undefined
      ? null
      : found(`has ${named(request)} mount the claim ${quote(taken)}, which is there already`)
  },
}

const templatesOf = (object: Json): readonly Json[] => list(object, 'spec', 'volumeClaimTemplates')

const claimsOf = (request: Request): ListRead => listOf('', 'v1', 'persistentvolumeclaims', request.namespace)
