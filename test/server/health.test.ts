import { expect } from 'chai'
import { serveHealth } from '../../src/server/health.ts'
import type { HealthServer } from '../../src/server/health.ts'

describe('the health server', () => {
  let reasons: readonly string[] = []
  let server: HealthServer
  const get = async (path: string): Promise<{ status: number; body: string; type: string | null }> => {
    const answer = await fetch(`http://127.0.0.1:${server.address.port}${path}`)
    return { status: answer.status, body: await answer.text(), type: answer.headers.get('content-type') }
  }

  before(async () => {
    const health = {
      unready: () => reasons,
      metrics: () => Promise.resolve('m 1\n'),
      metricsType: 'text/plain; version=0.0.4',
    }
    server = await serveHealth(health, { host: '127.0.0.1', port: 0 })
  })

  after(() => server.close())

  it('is healthy as long as it answers', async () => {
    expect(await get('/healthz')).to.include({ status: 200, body: 'ok\n' })
  })

  it('is ready when nothing stands against it', async () => {
    reasons = []
    expect(await get('/readyz?verbose')).to.include({ status: 200, body: 'ok\n' })
  })

  it('says why it is not ready', async () => {
    reasons = ['one', 'two']
    expect(await get('/readyz')).to.include({ status: 503, body: 'one\ntwo\n' })
  })

  it('gives the metrics in the type that Prometheus reads', async () => {
    expect(await get('/metrics')).to.deep.equal({ status: 200, body: 'm 1\n', type: 'text/plain; version=0.0.4' })
  })

  it('has nothing else', async () => {
    expect((await get('/agents')).status).to.equal(404)
  })
})
