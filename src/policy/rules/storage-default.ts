import type { Json } from '../../api/json.ts'
import { field } from '../../api/json.ts'
import type { Rule } from '../rule.ts'
import { found, quote } from '../rule.ts'

/**
 * The default class decides where every later claim without a class puts its data, and whether the data outlives the
 * claim. Source: kubernetes.io "Change the default StorageClass"; external-snapshotter for VolumeSnapshotClass.
 */
export const storageDefault: Rule = {
  id: 'storage-default',
  remedy: 'Name the class in the claim instead.',
  raises: 'Destructive',
  matches: [
    { operations: ['CREATE', 'UPDATE'], group: 'storage.k8s.io', resource: 'storageclasses' },
    { operations: ['CREATE', 'UPDATE'], group: 'snapshot.storage.k8s.io', resource: 'volumesnapshotclasses' },
    { operations: ['CREATE', 'UPDATE'], group: 'groupsnapshot.storage.k8s.io', resource: 'volumegroupsnapshotclasses' },
  ],
  find: (request) => {
    const key = KEYS.find((each) => isOn(request.object, each) !== isOn(request.oldObject, each))
    if (key === undefined) return null
    const verb = isOn(request.object, key) ? 'makes' : 'no longer has'
    return found(`${verb} class ${quote(request.name)} the default (${key})`)
  },
}

const isOn = (object: Json, key: string): boolean => field(object, 'metadata', 'annotations', key) === 'true'

const KEYS: readonly string[] = [
  'storageclass.kubernetes.io/is-default-class',
  'storageclass.beta.kubernetes.io/is-default-class',
  'snapshot.storage.kubernetes.io/is-default-class',
  'groupsnapshot.storage.kubernetes.io/is-default-class',
]
