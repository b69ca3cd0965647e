import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { connect } from 'node:net'
import { expect } from 'chai'
import { startTimer } from '../../src/cluster/timer.ts'

describe('a timer for answers of others', () => {
  it('does its work when the time is over', async () => {
    const startedAt = performance.now()
    await new Promise<void>((resolve) => {
      startTimer(20, resolve)
    })
    expect(performance.now() - startedAt).to.be.at.least(19)
  })

  it('does nothing once it is cancelled', async () => {
    const cancel = startTimer(1, () => {
      throw new Error('expected nothing')
    })
    cancel()
    await new Promise<void>((resolve) => {
      startTimer(5, resolve)
    })
  })

  it('reads first what came while this process stood still', async () => {
    const server = createServer((socket) => socket.end('in time'))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const events: string[] = []
    const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
    await once(socket, 'connect')
    const late = new Promise<void>((resolve) => {
      const cancel = startTimer(10, () => {
        events.push('late')
        resolve()
      })
      socket.once('data', () => {
        events.push('data')
        cancel()
        resolve()
      })
    })
    // The answer is in our hands well before the time is over, but nobody looks.
    const until = performance.now() + 200
    setImmediate(() => {
      while (performance.now() < until);
    })
    await late
    expect(events).to.deep.equal(['data'])
    socket.destroy()
    server.close()
  })
})
