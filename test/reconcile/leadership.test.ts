import { expect } from 'chai'
import type { Client } from '../../src/cluster/client.ts'
import { Unreachable } from '../../src/cluster/errors.ts'
import { Leadership } from '../../src/reconcile/leadership.ts'

const refuse = (): never => {
  throw new Error('nobody may call this')
}

describe('the leader', () => {
  it('ends when the API server is gone, and leaves its Lease to run out', async () => {
    let isGone = false
    const log: string[] = []
    const { promise: leads, resolve } = Promise.withResolvers<null>()
    const client: Client = {
      server: '',
      text: refuse,
      patch: refuse,
      delete: refuse,
      list: refuse,
      watch: refuse,
      close: refuse,
      replace: refuse,
      get: () => (isGone ? Promise.reject(new Unreachable('no answer')) : Promise.resolve(null)),
      create: () => Promise.resolve(null),
    }
    const leader = new Leadership({
      client,
      namespace: 'obstat-system',
      identity: 'one',
      log: (line) => log.push(line),
      changed: (isLeader) => {
        if (isLeader) resolve(null)
      },
    })
    leader.start()
    await leads
    isGone = true
    await leader.stop()
    expect(leader.isLeader).to.equal(false)
    expect(log.at(-1)).to.equal('the Lease is left to run out: no answer')
  })
})
