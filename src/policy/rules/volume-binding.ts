import type { Json } from '../../api/json.ts'
import { field, text } from '../../api/json.ts'
import { canonical } from '../../signing/canonical.ts'
import { changes } from '../../signing/diff.ts'
import type { Facts } from '../facts.ts'
import { isEmpty } from '../objects/equal.ts'
import { nodesOf } from '../objects/walk.ts'
import { isProtected } from '../protection.ts'
import type { Request } from '../request.ts'
import type { Rule } from '../rule.ts'
import { found, quote } from '../rule.ts'

/**
 * Which claim holds which disk, where the disk may be mounted and how: without its claimRef a volume goes to the next
 * claim that asks; a claim that names a volume takes it; a forged phase or capacity makes the binder and the kubelet
 * act on what is not so. Growing a claim and its performance class are ordinary changes. A claim, a DataVolume or a
 * virtual machine that starts as a copy of a protected Namespace's data takes that out of its protection; any other
 * copy is one more.
 * Source: core/v1 PersistentVolumeSpec and PersistentVolumeClaimSpec; KEP-3294; cdi.kubevirt.io/v1beta1
 * DataVolumeSource.
 */
export const volumeBinding: Rule = {
  id: 'volume-binding',
  remedy: 'Make a new claim and copy the data, or ask a person to rebind the volume.',
  raises: 'Destructive',
  matches: [
    { operations: ['UPDATE'], group: '', resource: 'persistentvolumes' },
    { operations: ['UPDATE'], group: '', resource: 'persistentvolumes/*' },
    { operations: ['CREATE', 'UPDATE'], group: '', resource: 'persistentvolumeclaims' },
    { operations: ['UPDATE'], group: '', resource: 'persistentvolumeclaims/*' },
    { operations: ['CREATE', 'UPDATE'], group: 'cdi.kubevirt.io', resource: '*' },
    { operations: ['CREATE', 'UPDATE'], group: 'kubevirt.io', resource: 'virtualmachines' },
  ],
  find: (request, facts) => {
    const copied = copiedFrom(request, facts)
    if (copied !== undefined) return found(`copies data of the protected namespace ${quote(copied)}`)
    if (request.group !== '') return null
    const kind = request.resource === 'persistentvolumes' ? 'PersistentVolume' : 'PersistentVolumeClaim'
    if (request.operation === 'CREATE') {
      const volume = text(request.object, 'spec', 'volumeName')
      if (volume !== '') return found(`claims the existing PersistentVolume ${quote(volume)}`)
      return isEmpty(field(request.object, 'spec', 'selector'))
        ? null
        : found('claims an existing PersistentVolume by its labels')
    }
    const path = changedBinding(request)
    return path === undefined ? null : found(`changes ${quote(path)} of ${kind} ${quote(request.name)}`)
  },
}

/** What names the data that a volume starts with. */
const SOURCES: ReadonlySet<string> = new Set(['dataSource', 'dataSourceRef', 'sourceRef', 'pvc', 'snapshot'])

/** The protected Namespace, not its own, of which this would be a copy. */
function copiedFrom({ oldObject, object, namespace }: Request, facts: Facts): string | undefined {
  const had = new Set(sourcesOf(oldObject, object).map(({ key }) => key))
  return sourcesOf(object, oldObject).find(
    ({ key, from }) => from !== '' && from !== namespace && !had.has(key) && isProtected(facts, from),
  )?.from
}

const sourcesOf = (object: Json, other: Json): readonly { readonly key: string; readonly from: string }[] =>
  nodesOf(object, other)
    .filter(({ key }) => SOURCES.has(key))
    .map(({ value }) => ({ key: canonical(value), from: text(value, 'namespace') }))

function changedBinding(request: Request): string | undefined {
  const fine = request.resource === 'persistentvolumes' ? FINE_IN_VOLUMES : FINE_IN_CLAIMS
  const inSpec = changes(field(request.oldObject, 'spec'), field(request.object, 'spec')).find(
    ({ path }) => !fine.test(path),
  )
  if (inSpec !== undefined) return `spec${inSpec.path}`
  const inStatus = changes(field(request.oldObject, 'status'), field(request.object, 'status'))[0]
  return inStatus === undefined ? undefined : `status${inStatus.path}`
}

/** volume-reclaim judges the policy. */
const FINE_IN_VOLUMES = /^\/(persistentVolumeReclaimPolicy|volumeAttributesClassName)$/
/** A claim can only grow: the API server refuses less. */
const FINE_IN_CLAIMS = /^\/(resources(\/.*)?|volumeAttributesClassName)$/
