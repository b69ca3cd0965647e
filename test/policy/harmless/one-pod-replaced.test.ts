import { expect } from 'chai'
import { onePodReplaced } from '../../../src/policy/harmless/one-pod-replaced.ts'
import { Answers } from '../../../src/policy/read.ts'
import { facts, request } from '../given.ts'

const asked = (isCollectionItem: boolean): number =>
  onePodReplaced.needs?.(
    request({
      operation: 'DELETE',
      group: '',
      resource: 'pods',
      isCollectionItem,
      oldObject: {
        metadata: {
          uid: 'p1',
          ownerReferences: [{ apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web', uid: 'r1', controller: true }],
        },
      },
    }),
    { ...facts(), live: new Answers(new Map()) },
  ).length ?? 0

describe('policy/harmless/one-pod-replaced', () => {
  it('reads the pod, its controller and its neighbours, and nothing for one of a collection', () => {
    expect(asked(false)).to.equal(3)
    expect(asked(true)).to.equal(0)
  })
})
