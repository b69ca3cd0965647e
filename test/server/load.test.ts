import { once } from 'node:events'
import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import { Agent, createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { expect } from 'chai'
import type { Json } from '../../src/api/json.ts'
import { field } from '../../src/api/json.ts'
import { withLimits } from '../../src/server/load.ts'

const LIMITS = { reviews: 3, bytes: 1000, smallBytes: 100 }

/** A review of that many bytes. */
const review = (uid: string, size: number): string => {
  const head = `{"kind":"AdmissionReview","request":{"uid":"${uid}","x":"`
  return `${head}${'x'.repeat(size - head.length - 3)}"}}`
}

describe('the limits of the webhook', () => {
  let server: Server
  let shed: number
  /** Reviews that the app holds, by their URL. */
  let held: Map<string, ServerResponse>
  const agent = new Agent({ maxSockets: Infinity })

  beforeEach(async () => {
    shed = 0
    held = new Map()
    const app = (incoming: IncomingMessage, response: ServerResponse): void => {
      incoming.resume()
      held.set(incoming.url ?? '', response)
    }
    server = createServer(withLimits(app, () => shed++, LIMITS))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  })

  afterEach(() => {
    server.closeAllConnections()
    server.close()
  })

  const open = (path: string, body: string, size = body.length): ReturnType<typeof request> => {
    const { port } = server.address() as AddressInfo
    const call = request({ port, path, method: 'POST', agent, headers: { 'content-length': size } })
    call.on('error', () => undefined)
    call.write(body)
    if (size === body.length) call.end()
    return call
  }
  const post = async (path: string, body: string): Promise<{ status: number; retryAfter: string; answer: Json }> => {
    const call = open(path, body)
    const [response] = (await once(call, 'response')) as [IncomingMessage]
    const answer = await text(response)
    return {
      status: response.statusCode ?? 0,
      retryAfter: response.headers['retry-after'] ?? '',
      answer: answer.startsWith('{') ? (JSON.parse(answer) as Json) : null,
    }
  }
  const until = async (isTrue: () => boolean): Promise<void> => {
    while (!isTrue()) await new Promise((resolve) => setImmediate(resolve))
  }
  const isHeld = (path: string): boolean => [...held.keys()].some((url) => url.startsWith(path))
  const release = (path: string): void => {
    for (const [url, response] of held)
      if (url.startsWith(path)) {
        held.delete(url)
        response.end()
      }
  }
  /** Three reviews that stay. */
  const fill = async (): Promise<void> => {
    for (const path of ['/a', '/b', '/c']) open(path, review(path, 90))
    await until(() => held.size === 3)
  }

  it('leave a review in peace while there is room, URL and all', async () => {
    open('/agents?timeout=5s', review('u', 90))
    await until(() => held.size === 1)
    expect([...held.keys()]).to.deep.equal(['/agents?timeout=5s'])
  })

  it('refuse an agent its review when there are too many, with its own uid', async () => {
    await fill()
    const { status, answer } = await post('/agents?timeout=5s', review('the-uid', 90))
    expect(status).to.equal(200)
    expect(field(answer, 'response', 'uid')).to.equal('the-uid')
    expect(field(answer, 'response', 'allowed')).to.equal(false)
    expect(field(answer, 'response', 'status', 'reason')).to.equal('InternalError')
    expect(shed).to.equal(1)
  })

  it('let a person pass with a warning when there are too many', async () => {
    await fill()
    const { answer } = await post('/guard?timeout=5s', review('the-uid', 90))
    expect(field(answer, 'response', 'allowed')).to.equal(true)
    expect(field(answer, 'response', 'uid')).to.equal('the-uid')
    expect(JSON.stringify(field(answer, 'response', 'warnings'))).to.contain('too much to do')
  })

  it('refuse a body of megabytes by its beginning, and read the rest', async () => {
    await fill()
    const { status, answer } = await post('/agents', review('the-uid', 3_000_000))
    expect(status).to.equal(200)
    expect(field(answer, 'response', 'uid')).to.equal('the-uid')
  })

  for (const [what, body] of [
    ['nothing', ''],
    ['no uid', '{"kind":"AdmissionReview"}'],
    ['a uid after the first bytes', `{"x":"${'x'.repeat(5000)}","request":{"uid":"late"}}`],
  ] as const)
    it(`answer 503 to ${what}, to be sent again after a second`, async () => {
      await fill()
      expect(await post('/agents', body)).to.deep.equal({ status: 503, retryAfter: '1', answer: null })
    })

  it('have room again when a review has been answered, or its client has gone', async () => {
    await fill()
    release('/a')
    open('/d', review('d', 90))
    await until(() => isHeld('/d'))
    const gone = open('/e', review('e', 90), 95)
    await post('/agents', review('u', 90))
    gone.destroy()
    release('/b')
    open('/f', review('f', 90))
    await until(() => isHeld('/f'))
    expect(held.size).to.equal(3)
  })

  it('let large bodies wait for each other, and small ones overtake', async () => {
    open('/one?timeout=5s', review('1', 700))
    await until(() => isHeld('/one'))
    open('/two?timeout=5s', review('2', 700))
    open('/small', review('3', 90))
    await until(() => isHeld('/small'))
    expect(isHeld('/two')).to.equal(false)
    release('/one')
    await until(() => isHeld('/two'))
    const [url = ''] = [...held.keys()].filter((path) => path.startsWith('/two'))
    expect(Number(/timeout=(\d+)ms$/.exec(url)?.[1])).to.be.within(2500, 4600)
    expect(shed).to.equal(0)
  })

  it('let one body in that is larger than all room, alone', async () => {
    open('/huge', review('1', 5000))
    await until(() => isHeld('/huge'))
    open('/large', review('2', 500))
    release('/huge')
    await until(() => isHeld('/large'))
  })

  it('refuse a large body that has waited for half of its time', async () => {
    open('/one?timeout=5s', review('1', 700))
    await until(() => isHeld('/one'))
    const { answer } = await post('/agents?timeout=500ms', review('the-uid', 700))
    expect(field(answer, 'response', 'uid')).to.equal('the-uid')
    expect(field(answer, 'response', 'allowed')).to.equal(false)
    expect(shed).to.equal(1)
    release('/one')
    open('/two', review('2', 700))
    await until(() => isHeld('/two'))
  })

  it('forget a large body whose client has gone while it waited', async () => {
    open('/one', review('1', 700))
    await until(() => isHeld('/one'))
    const gone = open('/two', review('2', 700))
    await once(server, 'connection')
    open('/three', review('3', 700))
    gone.destroy()
    release('/one')
    await until(() => isHeld('/three'))
    expect(isHeld('/two')).to.equal(false)
  })

  it('end the connection of a body that is not there in time', async () => {
    const slow = open('/agents?timeout=450ms', '{"kind"', 90)
    const [fault] = (await once(slow, 'error')) as [NodeJS.ErrnoException]
    expect(fault.code).to.equal('ECONNRESET')
  })
})
