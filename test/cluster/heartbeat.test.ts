import { expect } from 'chai'
import { connect } from '../../src/cluster/client.ts'
import type { Client } from '../../src/cluster/client.ts'
import { beat } from '../../src/cluster/heartbeat.ts'
import type { Beat } from '../../src/cluster/heartbeat.ts'
import { json, startFakeApiServer } from './fake-api-server.ts'
import type { FakeApiServer } from './fake-api-server.ts'

describe('the heartbeat', () => {
  let server: FakeApiServer
  let client: Client
  let date: string | undefined
  let status: number

  before(async () => {
    server = await startFakeApiServer((_, response) => {
      response.sendDate = false
      if (date !== undefined) response.setHeader('date', date)
      json(response, status, { metadata: { uid: 'the-cluster' } })
    })
    client = connect({ kubeconfig: server.kubeconfig })
  })

  beforeEach(() => {
    date = undefined
    status = 200
  })

  after(async () => {
    client.close()
    await server.stop()
  })

  /** What the first beat says: a beat, or why there was none. */
  async function first(): Promise<Beat | string> {
    const stopped = new AbortController()
    const { promise, resolve } = Promise.withResolvers<Beat | string>()
    const beats = beat(client, { alive: resolve, silent: resolve }, stopped.signal)
    const found = await promise
    stopped.abort()
    await beats
    return found
  }
  const inSeconds = (seconds: number): string => new Date(Date.now() + seconds * 1000).toUTCString()

  it('tells which cluster answers, and since when it must have been alive', async () => {
    const before = performance.now()
    const found = (await first()) as Beat
    expect(found).to.include({ cluster: 'the-cluster', gapMs: 0 })
    expect(found.at.monotonicMs).to.be.within(before, performance.now())
  })

  it('says why there is no answer', async () => {
    status = 500
    expect(await first()).to.match(/kube-system: HTTP 500$/)
  })

  for (const seconds of [-25, 0, 25])
    it(`takes an answer whose clock is off by ${seconds} s`, async () => {
      date = inSeconds(seconds)
      expect(await first()).to.include({ cluster: 'the-cluster' })
    })

  for (const [seconds, how] of [
    [-40, '(38|39|40) s ahead of'],
    [40, '(39|40) s behind'],
  ] as const)
    it(`believes nothing while the clocks differ by ${Math.abs(seconds)} s`, async () => {
      date = inSeconds(seconds)
      expect(await first()).to.match(new RegExp(`^the clock of this machine is ${how} the API server's`))
    })
})
