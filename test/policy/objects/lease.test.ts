import { expect } from 'chai'
import { isOwnLease } from '../../../src/policy/objects/lease.ts'
import type { Request } from '../../../src/policy/request.ts'
import type { Case } from '../case.ts'
import { factsOf, requestOf } from '../case.ts'

const renewal = (holder: string, pod: string): boolean => {
  const it: Case = {
    request: {
      operation: 'UPDATE',
      group: 'coordination.k8s.io',
      resource: 'leases',
      namespace: 'sre',
      name: 'lead',
      oldObject: { spec: { holderIdentity: holder } },
      object: { spec: { holderIdentity: 'me' } },
    },
    expect: { verdict: 'Allow' },
  }
  const plain = requestOf(it)
  const extra = new Map(pod === '' ? [] : [['authentication.kubernetes.io/pod-name', [pod]]])
  const request: Request = { ...plain, user: { ...plain.user, extra } }
  return isOwnLease(request, factsOf(it, request))
}

describe('policy/objects/lease', () => {
  it('takes over from a replica of the same ReplicaSet, Deployment or StatefulSet', () => {
    expect(renewal('bot-7d9f8c6b5-x2x4z_8a6e', 'bot-7d9f8c6b5-q8wkp')).to.equal(true)
    expect(renewal('bot-6c4d5f7b9-x2x4z', 'bot-7d9f8c6b5-q8wkp')).to.equal(true)
    expect(renewal('bot-0', 'bot-1')).to.equal(true)
  })

  it('takes nothing from a neighbour', () => {
    expect(renewal('other-7d9f8c6b5-x2x4z', 'bot-7d9f8c6b5-q8wkp')).to.equal(false)
    expect(renewal('botany-0', 'bot-1')).to.equal(false)
  })

  it('goes by the ServiceAccount where no pod is known', () => {
    expect(renewal('sre-bot-0', '')).to.equal(true)
    expect(renewal('sre-bots', '')).to.equal(false)
    expect(renewal('', '')).to.equal(true)
  })
})
