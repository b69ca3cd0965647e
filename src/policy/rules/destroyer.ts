import { field } from '../../api/json.ts'
import { isUnder } from '../objects/custom-resource.ts'
import { isSame } from '../objects/equal.ts'
import { titleOf } from '../objects/metadata.ts'
import type { Request } from '../request.ts'
import type { Rule } from '../rule.ts'
import { found } from '../rule.ts'

/**
 * Objects that exist to destroy, overwrite or take out of service: chaos experiments, cleanup policies, delete requests,
 * restores over live objects, node maintenance and remediation. Creating one, or changing what one aims at, is the act.
 * Source: API references of Chaos Mesh, LitmusChaos, Kyverno, Velero, K8up, Stash, medik8s, system-upgrade-controller.
 */
export const destroyer: Rule = {
  id: 'destroyer',
  remedy: 'Ask a person to run this.',
  raises: 'Destructive',
  matches: [{ operations: ['CREATE', 'UPDATE'], group: '*', resource: '*' }],
  find: (request) => {
    const purpose = purposeOf(request)
    if (purpose === undefined) return null
    if (request.operation === 'UPDATE' && isSame(field(request.oldObject, 'spec'), field(request.object, 'spec')))
      return null
    return found(`${request.operation === 'CREATE' ? 'creates' : 'changes'} ${titleOf(request)}, which ${purpose}`)
  },
}

const purposeOf = ({ group, resource }: Request): string | undefined =>
  DESTROYERS.find(([domain, resources]) => isUnder(group, domain) && resources.test(resource))?.[2]

/** Group, plurals, what its controller does. */
const DESTROYERS: readonly (readonly [string, RegExp, string])[] = [
  ['chaos-mesh.org', /./, 'breaks pods, networks, disks or clocks on purpose'],
  ['litmuschaos.io', /./, 'breaks pods, networks or nodes on purpose'],
  ['chaosblade.io', /./, 'breaks pods, networks or nodes on purpose'],
  ['chaos.datadoghq.com', /./, 'breaks pods, networks or nodes on purpose'],
  ['powerfulseal.io', /./, 'kills pods on purpose'],
  ['kyverno.io', /cleanuppolicies$|deletingpolicies$/, 'deletes what it matches'],
  ['velero.io', /^deletebackuprequests$/, 'deletes a backup and its snapshots'],
  ['velero.io', /^(restores|podvolumerestores|datadownloads)$/, 'writes old state into the cluster'],
  ['k8up.io', /^(restores|prunes)$/, 'overwrites or deletes stored data'],
  ['stash.appscode.com', /^restore/, 'overwrites data'],
  ['core.kubestash.com', /^restoresessions$/, 'overwrites data'],
  ['volsync.backube', /^replicationdestinations$/, 'overwrites a claim'],
  [
    'csiaddons.openshift.io',
    /^(networkfences|volumereplications|reclaimspacejobs)$/,
    'fences, demotes or trims storage',
  ],
  ['medik8s.io', /./, 'fences, drains or reboots nodes'],
  ['upgrade.cattle.io', /^plans$/, 'drains and upgrades nodes'],
  ['operator.openshift.io', /^kubedeschedulers$/, 'evicts pods'],
  ['gatekeeper.sh', /^(assign|assignmetadata|modifyset|assignimage)$/, 'rewrites other objects as they are written'],
  ['kyverno.io', /^(updaterequests|generaterequests)$/, 'has Kyverno write or delete objects'],
  ['ops.kubeblocks.io', /./, 'has an operator stop, rebuild or restore a database'],
  ['operations.kubeblocks.io', /./, 'has an operator stop, rebuild or restore a database'],
  ['ops.kubedb.com', /./, 'has an operator restart or reconfigure a database'],
  ['pgv2.percona.com', /^perconapgrestores$/, 'overwrites a database'],
  ['psmdb.percona.com', /restores$/, 'overwrites a database'],
  ['pxc.percona.com', /restores$/, 'overwrites a database'],
  ['mariadb.mmontes.io', /^restores$/, 'overwrites a database'],
  ['k8s.mariadb.com', /^restores$/, 'overwrites a database'],
  ['snapshot.kubevirt.io', /restores$/, 'overwrites the disks of a virtual machine'],
  ['migrations.kubevirt.io', /^migrationpolicies$/, 'moves virtual machines'],
]
