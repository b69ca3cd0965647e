import { expect } from 'chai'
import { connect } from '../../src/cluster/client.ts'
import type { Client } from '../../src/cluster/client.ts'
import { ClusterState } from '../../src/cluster/state.ts'
import { json, startFakeApiServer } from './fake-api-server.ts'
import type { FakeApiServer } from './fake-api-server.ts'

describe('what is known of a cluster', () => {
  let server: FakeApiServer
  let client: Client
  let state: ClusterState
  let log: string[]
  let aheadMs: number
  let cluster: string

  const until = async (isTrue: () => boolean): Promise<void> => {
    while (!isTrue()) await new Promise((resolve) => setImmediate(resolve))
  }
  const lists = (): number => server.requests.filter((request) => request.includes('limit=')).length
  const ageMs = (): number => Date.now() - (state.snapshot()?.provedAt.getTime() ?? 0)

  beforeEach(async () => {
    log = []
    aheadMs = 0
    cluster = 'the-cluster'
    server = await startFakeApiServer((incoming, response) => {
      const url = incoming.url ?? ''
      if (url.startsWith('/api/v1/namespaces/kube-system')) {
        response.setHeader('date', new Date(Date.now() + aheadMs).toUTCString())
        json(response, 200, { metadata: { uid: cluster } })
      } else if (url.includes('watch=true')) {
        response.writeHead(200)
        response.flushHeaders()
        setTimeout(() => response.end(), 900)
      } else json(response, 200, { kind: 'List', apiVersion: 'v1', metadata: { resourceVersion: '1' }, items: [] })
    })
    client = connect({ kubeconfig: server.kubeconfig })
    state = new ClusterState(client, (message) => log.push(message))
  })

  afterEach(async () => {
    await state.stop()
    client.close()
    await server.stop()
  })

  it('is there once every collection has been read and the API server has said which cluster it is', async () => {
    expect(state.snapshot()).to.equal(null)
    state.start()
    await until(() => state.snapshot() !== null)
    expect(state.snapshot()?.cluster).to.equal('the-cluster')
    expect(ageMs()).to.be.within(0, 2000)
  })

  it('is never there while the clocks differ, although every list is answered', async () => {
    aheadMs = 60_000
    state.start()
    await until(() => lists() >= 4 && log.length > 0)
    await until(() => log.some((line) => line.includes('s behind the API server')))
    expect(state.snapshot()).to.equal(null)
  })

  for (const [what, change] of [
    ['the clocks begin to differ', () => (aheadMs = -60_000)],
    ['another cluster answers', () => (cluster = 'another')],
  ] as const)
    it(`gets older from when ${what} on, although everything is listed anew`, async () => {
      state.start()
      await until(() => state.snapshot() !== null)
      change()
      await until(() => state.problems().length > 0 && ageMs() > 1000)
      const restartedAt = Date.now()
      const before = lists()
      state.agents.restart()
      state.policies.restart()
      state.namespaces.restart()
      state.requests.restart()
      await until(() => lists() >= before + 4)
      expect(state.snapshot()?.provedAt.getTime()).to.be.below(restartedAt - 500)
    })
})
