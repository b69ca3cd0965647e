import { isUnder } from '../objects/custom-resource.ts'
import { shown, titleOf } from '../objects/metadata.ts'
import { isOperatorsWork } from '../objects/owned.ts'
import { resizes } from '../objects/replicas.ts'
import type { Turn } from '../objects/turns.ts'
import { turns } from '../objects/turns.ts'
import type { Request } from '../request.ts'
import type { Rule } from '../rule.ts'
import { found, quote } from '../rule.ts'

/**
 * Behind these objects stand machines: a changed template or bootstrap replaces every node of the group, a health check
 * or a failure written into the status deletes the machine, a lowered limit or an opened disruption budget drains
 * nodes. Reads spec and status; more replicas are an ordinary change, each one fewer is a machine that goes.
 * Source: API references of Cluster API, OpenShift's machine API, Karpenter, Metal3, Gardener, Hive.
 */
export const machineChange: Rule = {
  id: 'machine-change',
  remedy: 'Ask a person to change machines; adding replicas to a group needs nobody.',
  raises: 'Destructive',
  matches: [
    { operations: ['CREATE', 'UPDATE'], group: '*', resource: '*' },
    { operations: ['UPDATE'], group: '*', resource: '*/status' },
    { operations: ['UPDATE'], group: '*', resource: '*/scale' },
  ],
  find: (request, facts) => {
    if (isOperatorsWork(request, facts)) return null
    if (!MACHINES.some((domain) => isUnder(request.group, domain))) return null
    if (request.operation === 'CREATE')
      return isRemediator(request)
        ? found(`creates ${titleOf(request)}, which deletes machines it finds wanting`)
        : null
    const fewer = resizes(request).find(({ from, to }) => to === null || to < from)
    if (fewer !== undefined)
      return found(
        `takes ${titleOf(request)} from ${fewer.from} to ${fewer.to ?? 'no set number of'} replicas: machines go`,
      )
    const turn = request.subresource === 'scale' ? undefined : turns(request).find(isMachines)
    return turn === undefined
      ? null
      : found(
          `changes ${quote(turn.path)} of ${titleOf(request)} from ${shown(turn.from)} to ${shown(turn.to)}: machines may be replaced`,
        )
  },
}

const isMachines = ({ path }: Turn): boolean => /^\/(spec|status)(\/|$)/.test(path) && path !== '/spec/replicas'

const isRemediator = ({ resource }: Request): boolean => /healthchecks$|remediat|maintenance|disruption/.test(resource)

const MACHINES: readonly string[] = [
  'cluster.x-k8s.io',
  'machine.openshift.io',
  'machineconfiguration.openshift.io',
  'karpenter.sh',
  'karpenter.k8s.aws',
  'karpenter.azure.com',
  'karpenter.k8s.gcp',
  'metal3.io',
  'machine.sapcloud.io',
  'hive.openshift.io',
  'provisioning.cattle.io',
  'cluster.cattle.io',
  'tinkerbell.org',
]
