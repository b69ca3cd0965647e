import { writeFileSync } from 'node:fs'
import { expect } from 'chai'
import { connect } from '../../src/cluster/client.ts'
import type { Client, WatchEvent } from '../../src/cluster/client.ts'
import { ApiError, NoCluster, Unreachable } from '../../src/cluster/errors.ts'
import { ExactNumber } from '../../src/signing/json.ts'
import { json, startFakeApiServer } from './fake-api-server.ts'
import type { FakeApiServer } from './fake-api-server.ts'

const faultOf = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => null,
    (cause: unknown) => cause,
  )

async function readAll(events: AsyncIterable<WatchEvent>): Promise<readonly WatchEvent[]> {
  const seen: WatchEvent[] = []
  for await (const event of events) seen.push(event)
  return seen
}

describe('the client', () => {
  let server: FakeApiServer
  let client: Client

  beforeEach(async () => {
    server = await startFakeApiServer((_, response) => {
      json(response, 200, { kind: 'Namespace' })
    })
    client = connect({ kubeconfig: server.kubeconfig })
  })

  afterEach(async () => {
    client.close()
    await server.stop()
  })

  it('makes all calls one after another on one connection', async () => {
    for (let i = 0; i < 5; i++) await client.get('/api/v1/namespaces/a')
    expect(server.connections()).to.equal(1)
  })

  it('makes the heartbeat on a connection of its own', async () => {
    await client.get('/api/v1/namespaces/a')
    await client.get('/api/v1/namespaces/a', { line: 'heartbeat' })
    await client.get('/api/v1/namespaces/a', { line: 'heartbeat' })
    expect(server.connections()).to.equal(2)
  })

  it('throws what the API server says', async () => {
    server.handle = (_, response) => {
      json(response, 409, { kind: 'Status', reason: 'AlreadyExists', message: 'a exists' })
    }
    const fault = await faultOf(client.create('/api/v1/namespaces', {}))
    expect(fault).to.be.instanceOf(ApiError)
    expect(fault).to.include({ status: 409, reason: 'AlreadyExists', message: 'POST /api/v1/namespaces: a exists' })
  })

  it('throws the status of an answer that is not JSON', async () => {
    server.handle = (_, response) => response.writeHead(502).end('<html>bad gateway')
    const fault = await faultOf(client.get('/version'))
    expect(fault).to.include({ status: 502, reason: '', message: 'GET /version: HTTP 502' })
  })

  it('names the server and what to check when there is no answer', async () => {
    server.handle = () => undefined
    const fault = await faultOf(client.get('/api/v1/namespaces/a?x=y', { timeoutMs: 50 }))
    expect(fault).to.be.instanceOf(Unreachable)
    expect(String(fault)).to.match(
      /^Unreachable: cannot reach https:\/\/127\.0\.0\.1:\d+ \(GET \/api\/v1\/namespaces\/a\): no answer within 50 ms; check that the API server runs and that .*kubeconfig names it/,
    )
  })

  it('gives up on an answer that does not end', async () => {
    server.handle = (_, response) => response.write('{')
    expect(await faultOf(client.get('/api', { timeoutMs: 50 }))).to.be.instanceOf(Unreachable)
  })

  it('throws the reason of its signal', async () => {
    server.handle = () => {
      stop.abort(new Error('enough'))
    }
    const stop = new AbortController()
    expect(await faultOf(client.get('/api', { signal: stop.signal }))).to.include({ message: 'enough' })
    expect(await faultOf(client.get('/api', { signal: stop.signal }))).to.include({ message: 'enough' })
    expect(server.requests).to.have.length(1)
  })

  it('sends a GET again when a kept connection turns out to be closed, but no write', async () => {
    const once = (): void => {
      server.handle = (incoming) => {
        server.handle = (_, response) => {
          json(response, 200, { again: true })
        }
        incoming.socket.destroy()
      }
    }
    await client.get('/warm')
    once()
    expect(await client.get('/api')).to.deep.equal({ again: true })
    once()
    expect(await faultOf(client.create('/api', {}))).to.be.instanceOf(Unreachable)
  })

  it('asks for new credentials when the API server does not know the old ones', async () => {
    server.handle = (incoming, response) => {
      const isKnown = incoming.headers.authorization === 'Bearer second'
      json(response, isKnown ? 200 : 401, isKnown ? { ok: true } : { message: 'Unauthorized' })
    }
    expect(await faultOf(client.get('/api'))).to.include({ status: 401 })
    server.writeToken('second')
    expect(await client.get('/api')).to.deep.equal({ ok: true })
  })

  it('reads integers that no double holds, and refuses to write them', async () => {
    server.handle = (_, response) => response.end('{"n":9007199254740993}')
    const read = await client.get('/api')
    expect((read as { n: unknown }).n).to.be.instanceOf(ExactNumber)
    expect(await faultOf(client.replace('/api', read as object))).to.be.instanceOf(TypeError)
  })

  it('reads every page of a list and says what its items are', async () => {
    server.handle = (incoming, response) => {
      const isSecond = incoming.url?.includes('continue=t%2F1') === true
      json(response, 200, {
        apiVersion: 'v1',
        kind: 'PodList',
        metadata: isSecond ? { resourceVersion: '7' } : { resourceVersion: '7', continue: 't/1' },
        items: [{ metadata: { name: isSecond ? 'b' : 'a' } }],
      })
    }
    const { items, resourceVersion } = await client.list('/api/v1/pods?labelSelector=x')
    expect(items).to.deep.equal([
      { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' } },
      { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'b' } },
    ])
    expect(resourceVersion).to.equal('7')
    expect(server.requests).to.deep.equal([
      'GET /api/v1/pods?labelSelector=x&limit=500',
      'GET /api/v1/pods?labelSelector=x&limit=500&continue=t%2F1',
    ])
  })

  it('reads a watch line by line, however it is cut up', async () => {
    const lines = ['{"type":"ADDED","object":{"a":"ü"}}', '{"type":"BOOKMARK","object":{}}'].join('\n') + '\n'
    server.handle = (_, response) => {
      const bytes = Buffer.from(lines)
      // Within the two bytes of ü.
      const cut = bytes.indexOf(0xbc)
      response.write(bytes.subarray(0, cut))
      setImmediate(() => response.end(bytes.subarray(cut)))
    }
    expect(await readAll(await client.watch('/api/v1/pods'))).to.deep.equal([
      { type: 'ADDED', object: { a: 'ü' } },
      { type: 'BOOKMARK', object: {} },
    ])
    expect(server.requests).to.deep.equal(['GET /api/v1/pods?watch=true'])
  })

  it('throws an error that comes in a watch', async () => {
    server.handle = (_, response) =>
      response.end('{"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired","message":"too old"}}\n')
    const events = await client.watch('/api/v1/pods')
    const fault = await faultOf(readAll(events))
    expect(fault).to.include({ status: 410, reason: 'Expired' })
  })

  it('throws when a watch is refused or cut off', async () => {
    server.handle = (_, response) => {
      json(response, 429, { message: 'too many' })
    }
    expect(await faultOf(client.watch('/api/v1/pods'))).to.include({ status: 429 })
    server.handle = (incoming, response) => {
      response.write('{"type":"ADDED",')
      setImmediate(() => incoming.socket.destroy())
    }
    expect(await faultOf(readAll(await client.watch('/api/v1/pods')))).to.be.an('error')
  })

  it('closes the connection of a watch that nobody reads any more', async () => {
    const closed = Promise.withResolvers<undefined>()
    server.handle = (_, response) => {
      response.on('close', () => {
        closed.resolve(undefined)
      })
      response.write('{"type":"ADDED","object":{}}\n')
    }
    for await (const event of await client.watch('/api/v1/pods')) if (event.type === 'ADDED') break
    await closed.promise
  })
})

describe('connecting', () => {
  it('says what is wrong with a kubeconfig before anything is called', async () => {
    const server = await startFakeApiServer(() => undefined)
    expect(() => connect({ kubeconfig: '/nowhere' })).to.throw(NoCluster, /cannot use \/nowhere/)
    expect(() => connect({ kubeconfig: server.kubeconfig, context: 'other' })).to.throw(NoCluster, /no context "other"/)
    writeFileSync(server.kubeconfig, '{"apiVersion":"v1","kind":"Config"}')
    expect(() => connect({ kubeconfig: server.kubeconfig })).to.throw(NoCluster)
    await server.stop()
  })
})
