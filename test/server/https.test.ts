import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { Agent, request } from 'node:https'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import { TLSSocket, connect } from 'node:tls'
import { expect } from 'chai'
import { renewed } from '../../src/certificates/bundle.ts'
import { serveHttps } from '../../src/server/https.ts'
import type { HttpsServer } from '../../src/server/https.ts'

const bundle = () => renewed(null, ['127.0.0.1', 'localhost'], new Date())!
const at = { host: '127.0.0.1', port: 0 }

/** Answers with the path; `/slow` once `release` is called. */
class App {
  readonly arrived: Promise<undefined>
  release: () => void = () => undefined
  #arrive: (value: undefined) => void
  constructor() {
    const { promise, resolve } = Promise.withResolvers<undefined>()
    this.arrived = promise
    this.#arrive = resolve
  }
  readonly handle = (incoming: IncomingMessage, response: ServerResponse): void => {
    if (incoming.url === '/slow') {
      this.release = () => response.end('slow')
      this.#arrive(undefined)
    } else response.end(incoming.url)
  }
}

interface Got {
  readonly body: string
  readonly connection: string | undefined
  readonly keepAlive: string | string[] | undefined
  readonly serial: string
}

async function fetchFrom(server: HttpsServer, path: string, agent: Agent): Promise<Got> {
  const call = request({ ...server.address, path, agent, rejectUnauthorized: false })
  call.end()
  const [response] = (await once(call, 'response')) as [IncomingMessage]
  if (!(response.socket instanceof TLSSocket)) throw new TypeError('expected TLS')
  const { serialNumber: serial } = response.socket.getPeerCertificate()
  const { connection, 'keep-alive': keepAlive } = response.headers
  return { body: await text(response), connection, keepAlive, serial }
}

const noWait = { lameDuckMs: 0, takesNew: false, graceMs: 2000 }
const serialOf = (pem: string): string => new X509Certificate(pem).serialNumber

describe('the HTTPS server', () => {
  it('never offers HTTP/2 and takes nothing older than TLS 1.2', async () => {
    const server = await serveHttps(new App().handle, at, bundle().server)
    const socket = connect({ ...server.address, rejectUnauthorized: false, ALPNProtocols: ['h2', 'http/1.1'] })
    await once(socket, 'secureConnect')
    expect(socket.alpnProtocol).to.equal('http/1.1')
    socket.destroy()
    const old = connect({ ...server.address, rejectUnauthorized: false, minVersion: 'TLSv1', maxVersion: 'TLSv1.1' })
    const [fault] = (await once(old, 'error')) as [Error]
    expect(fault.message).to.match(/version|protocol/i)
    await server.drain(noWait)
  })

  it('keeps idle connections longer than the API server does', async () => {
    const server = await serveHttps(new App().handle, at, bundle().server)
    const agent = new Agent({ keepAlive: true })
    expect((await fetchFrom(server, '/a', agent)).keepAlive).to.equal('timeout=120')
    agent.destroy()
    await server.drain(noWait)
  })

  it('shows a new certificate to new connections and goes on with the old ones', async () => {
    const [first, second] = [bundle().server, bundle().server]
    const server = await serveHttps(new App().handle, at, first)
    const [kept, fresh] = [new Agent({ keepAlive: true }), new Agent()]
    expect((await fetchFrom(server, '/a', kept)).serial).to.equal(serialOf(first.certificate))
    server.setCertificate(second)
    expect((await fetchFrom(server, '/b', kept)).serial).to.equal(serialOf(first.certificate))
    expect((await fetchFrom(server, '/c', fresh)).serial).to.equal(serialOf(second.certificate))
    kept.destroy()
    await server.drain(noWait)
  })

  it('answers what is in flight before it ends, and says that the connection ends too', async () => {
    const app = new App()
    const server = await serveHttps(app.handle, at, bundle().server)
    const agent = new Agent({ keepAlive: true })
    const slow = fetchFrom(server, '/slow', agent)
    await app.arrived
    const drained = server.drain(noWait)
    app.release()
    expect(await slow).to.include({ body: 'slow', connection: 'close' })
    await drained
    const refused = await fetchFrom(server, '/late', agent).then(
      () => 'answered',
      (cause: unknown) => (cause as { code: string }).code,
    )
    expect(refused).to.equal('ECONNREFUSED')
  })

  it('goes on answering while load balancers notice, but closes each connection after its answer', async () => {
    const server = await serveHttps(new App().handle, at, bundle().server)
    const agent = new Agent({ keepAlive: true })
    await fetchFrom(server, '/before', agent)
    const drained = server.drain({ lameDuckMs: 2000, takesNew: true, graceMs: 10_000 })
    expect(await fetchFrom(server, '/during', agent)).to.include({ body: '/during', connection: 'close' })
    await drained
  })

  it('takes no new connections when it leaves at once, and closes no idle one before it was told', async () => {
    const server = await serveHttps(new App().handle, at, bundle().server)
    const [kept, fresh] = [new Agent({ keepAlive: true }), new Agent()]
    await fetchFrom(server, '/before', kept)
    const drained = server.drain({ lameDuckMs: 2000, takesNew: false, graceMs: 10_000 })
    const refused = await fetchFrom(server, '/new', fresh).then(
      () => 'answered',
      (cause: unknown) => (cause as { code: string }).code,
    )
    expect(refused).to.equal('ECONNREFUSED')
    expect(await fetchFrom(server, '/during', kept)).to.include({ body: '/during', connection: 'close' })
    await drained
  })

  it('does not wait for an answer longer than its grace', async () => {
    const app = new App()
    const server = await serveHttps(app.handle, at, bundle().server)
    const slow = fetchFrom(server, '/slow', new Agent()).catch((cause: unknown) => (cause as { code: string }).code)
    await app.arrived
    await server.drain({ lameDuckMs: 0, takesNew: false, graceMs: 50 })
    expect(await slow).to.equal('ECONNRESET')
  })

  it('throws when it cannot listen', async () => {
    const server = await serveHttps(new App().handle, at, bundle().server)
    const refused = await serveHttps(new App().handle, server.address, bundle().server).then(
      () => 'listens',
      (cause: unknown) => (cause as { code: string }).code,
    )
    expect(refused).to.equal('EADDRINUSE')
    await server.drain(noWait)
  })
})
