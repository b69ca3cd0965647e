import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'
import { expect } from 'chai'
import { text } from '../../src/api/json.ts'
import type { Json } from '../../src/api/json.ts'
import { connect } from '../../src/cluster/client.ts'
import type { Client } from '../../src/cluster/client.ts'
import type { Moment } from '../../src/cluster/moment.ts'
import { present } from '../../src/cluster/moment.ts'
import type { Collection as Watched } from '../../src/cluster/watch.ts'
import { Follower } from '../../src/cluster/watch.ts'
import { json, startFakeApiServer } from './fake-api-server.ts'
import type { FakeApiServer } from './fake-api-server.ts'

const item = (name: string, resourceVersion: string) => ({ metadata: { name, resourceVersion } })

/** So many milliseconds from now. */
const inMs = (ms: number): Moment => {
  const { wallMs, monotonicMs } = present()
  return { wallMs: wallMs + ms, monotonicMs: monotonicMs + ms }
}

/** An API server with one collection; tests decide what each list and each watch answers. */
class Collection {
  items: readonly object[] = []
  /** What the next lists answer instead: an HTTP status. */
  failures: number[] = []
  /** Watches that are open. */
  readonly open: ServerResponse[] = []
  lists = 0

  readonly answer = (url: string, response: ServerResponse): void => {
    const failure = url.includes('watch=true') ? undefined : this.failures.shift()
    if (failure !== undefined) json(response, failure, { kind: 'Status', message: `status ${failure}` })
    else if (url.includes('watch=true')) {
      response.writeHead(200)
      response.flushHeaders()
      this.open.push(response)
    } else {
      this.lists++
      json(response, 200, {
        kind: 'ThingList',
        apiVersion: 'v1',
        metadata: { resourceVersion: '1' },
        items: this.items,
      })
    }
  }

  send(type: string, object: object): void {
    this.open.at(-1)?.write(`${JSON.stringify({ type, object })}\n`)
  }
}

describe('a followed collection', () => {
  let server: FakeApiServer
  let client: Client
  let collection: Collection
  let follower: Follower<string>
  let log: string[]
  let changes: string[]

  /** Resolves when this is true; asked after every change and on every turn of the loop. */
  const until = async (isTrue: () => boolean): Promise<void> => {
    while (!isTrue()) await new Promise((resolve) => setImmediate(resolve))
  }
  const names = (): readonly string[] => [...follower.entries()].map(([key]) => key).sort()

  const follow = (
    often: Pick<Watched<string>, 'relistMs' | 'roundMs'>,
    read: (object: Json) => string = (o) => text(o, 'metadata', 'resourceVersion'),
  ): void => {
    follower = new Follower(client, { name: 'Things', path: '/api/v1/things', read, ...often }, (line) =>
      log.push(line),
    )
    follower.listen({
      changed: (key, before, after) => changes.push(`${key}: ${before ?? '-'} ${after ?? '-'}`),
      settled: () => changes.push('settled'),
    })
    follower.start()
  }

  beforeEach(async () => {
    collection = new Collection()
    log = []
    changes = []
    server = await startFakeApiServer((incoming, response) => {
      collection.answer(incoming.url ?? '', response)
    })
    client = connect({ kubeconfig: server.kubeconfig })
  })

  afterEach(async () => {
    await follower.stop()
    client.close()
    await server.stop()
  })

  it('is what the list says and what the watch adds, changes and takes away', async () => {
    collection.items = [item('a', '1'), item('b', '1')]
    follow({ relistMs: 60_000 })
    await until(() => collection.open.length === 1)
    expect(names()).to.deep.equal(['a', 'b'])
    collection.send('ADDED', item('c', '2'))
    collection.send('MODIFIED', item('a', '3'))
    collection.send('DELETED', item('b', '4'))
    await until(() => !names().includes('b'))
    expect(names()).to.deep.equal(['a', 'c'])
    expect(follower.get('a')).to.equal('3')
    expect(changes).to.deep.equal([
      'a: - 1',
      'b: - 1',
      'settled',
      'c: - 2',
      'settled',
      'a: 1 3',
      'settled',
      'b: 1 -',
      'settled',
    ])
  })

  it('tells that an empty collection has been read', async () => {
    follow({ relistMs: 60_000 })
    await until(() => changes.length > 0)
    expect(changes).to.deep.equal(['settled'])
  })

  for (const [what, end] of [
    ['is cut off', (watch: ServerResponse): void => void watch.socket?.destroy()],
    ['ends cleanly', (watch: ServerResponse): void => void watch.end()],
    [
      'says that the version is too old',
      (watch: ServerResponse): void => void watch.end('{"type":"ERROR","object":{"code":410}}\n'),
    ],
    ['is garbage', (watch: ServerResponse): void => void watch.end('garbage\n')],
  ] as const)
    it(`is listed again when the watch ${what}`, async () => {
      collection.items = [item('a', '1'), item('b', '1')]
      follow({ relistMs: 60_000 })
      await until(() => collection.open.length === 1)
      collection.items = [item('a', '1'), item('c', '2')]
      const [watch] = collection.open
      end(watch!)
      await until(() => collection.open.length === 2)
      expect(names()).to.deep.equal(['a', 'c'])
      collection.send('ADDED', item('d', '3'))
      await until(() => names().includes('d'))
    })

  it('goes on through failures of the list, and logs each cause once', async () => {
    collection.failures = [500, 429, 429]
    follow({ relistMs: 60_000 })
    await until(() => collection.open.length === 1)
    expect(log).to.deep.equal([
      'Things: GET /api/v1/things?limit=500: status 500',
      'Things: GET /api/v1/things?limit=500: status 429',
    ])
    expect(follower.problem).to.equal(null)
  })

  it('says what to do when the kind is not served', async () => {
    collection.failures = [404]
    follow({ relistMs: 60_000 })
    await until(() => log.length === 1)
    expect(follower.problem).to.equal('Things: the API server does not serve them; run `obstat install`')
    await until(() => collection.open.length === 1)
  })

  it('is listed again although the watch says nothing', async () => {
    collection.items = [item('a', '1')]
    follow({ relistMs: 1200 })
    await until(() => collection.open.length === 1)
    collection.items = [item('b', '2')]
    await until(() => names().includes('b'))
    expect(names()).to.deep.equal(['b'])
    expect(log).to.deep.equal([])
  })

  it('tells of no change when a list brings nothing new', async () => {
    collection.items = [item('a', '1')]
    follow({ relistMs: 60_000 })
    await until(() => collection.open.length === 1)
    const before = changes.length
    follower.restart()
    await until(() => collection.open.length === 2)
    expect(changes).to.have.length(before)
  })

  it('is proved by a list, and by whoever knows better while the watch is open', async () => {
    expect(
      new Follower(client, { name: 'T', path: '/', read: String, relistMs: 1 }, () => undefined).provedAt,
    ).to.equal(null)
    follow({ relistMs: 60_000 })
    await until(() => collection.open.length === 1)
    const later = inMs(5000)
    await until(() => {
      follower.prove(later)
      return follower.provedAt === later
    })
    follower.prove(inMs(-5000))
    expect(follower.provedAt).to.equal(later)
  })

  it('is not proved by anybody while there is no watch', async () => {
    follow({ relistMs: 60_000 })
    await until(() => collection.open.length === 1)
    collection.failures = Array.from({ length: 50 }, () => 500)
    const before = follower.provedAt
    collection.open[0]?.socket?.destroy()
    await until(() => follower.problem !== null)
    follower.prove(inMs(5000))
    expect(follower.provedAt).to.equal(before)
  })

  it('in rounds goes on from the last version, without another list', async () => {
    collection.items = [item('a', '1')]
    follow({ relistMs: 60_000, roundMs: 1000 })
    await until(() => collection.open.length === 1)
    collection.send('ADDED', item('b', '7'))
    await until(() => names().includes('b'))
    await pause(600)
    collection.open[0]?.end()
    await until(() => collection.open.length === 2)
    collection.send('DELETED', item('a', '8'))
    await until(() => !names().includes('a'))
    expect(collection.lists).to.equal(1)
    const watches = server.requests.filter((request) => request.includes('watch=true'))
    expect(watches.map((watch) => /resourceVersion=(\d+)&timeoutSeconds=(\d+)/.exec(watch)?.slice(1))).to.deep.equal([
      ['1', '1'],
      ['7', '1'],
    ])
    expect(log).to.deep.equal([])
  })

  it('in rounds is proved no later than the watch gave a sign of life, however alive the API server is', async () => {
    follow({ relistMs: 60_000, roundMs: 1000 })
    await until(() => collection.open.length === 1)
    const listedAt = follower.provedAt
    follower.prove(inMs(5000))
    expect(follower.provedAt).to.equal(listedAt)
    const before = present()
    collection.send('ADDED', item('b', '2'))
    await until(() => follower.provedAt !== listedAt)
    expect(follower.provedAt?.monotonicMs).to.be.within(before.monotonicMs, performance.now())
  })

  it('in rounds takes a watch for dead that does not end in time, and lists again', async () => {
    collection.items = [item('a', '1')]
    follow({ relistMs: 60_000, roundMs: 1000 })
    await until(() => collection.open.length === 1)
    collection.items = [item('b', '2')]
    await until(() => names().includes('b'))
    expect(names()).to.deep.equal(['b'])
    expect(log[0]).to.equal('Things: a watch of /api/v1/things fell silent')
  })

  it('in rounds lists again, and not at once, when a watch ends at once', async () => {
    follow({ relistMs: 60_000, roundMs: 1000 })
    await until(() => collection.open.length === 1)
    collection.open[0]?.end()
    await until(() => collection.open.length === 2)
    expect(collection.lists).to.equal(2)
    expect(log[0]).to.equal('Things: a watch of /api/v1/things ended at once')
  })

  it('counts as unknown when an object cannot be read', async () => {
    collection.items = [item('a', '1'), item('b', 'bad')]
    follow({ relistMs: 60_000 }, (object) => {
      if (text(object, 'metadata', 'resourceVersion') === 'bad') throw new Error('b is malformed')
      return 'good'
    })
    await until(() => log.length === 1)
    expect(follower.problem).to.equal('Things: b is malformed')
    expect(follower.provedAt).to.equal(null)
  })

  it('closes its watch when it is stopped', async () => {
    follow({ relistMs: 60_000 })
    await until(() => collection.open.length === 1)
    const closed = once(collection.open[0]!, 'close')
    await follower.stop()
    await closed
  })
})
