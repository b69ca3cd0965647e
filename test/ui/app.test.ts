import { expect } from 'chai'
import { once } from 'node:events'
import { createServer, request as httpRequest } from 'node:http'
import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders, Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text as textOf } from 'node:stream/consumers'
import type { Json, JsonObject } from '../../src/api/json.ts'
import { field, list, text } from '../../src/api/json.ts'
import type { ApprovalRequest } from '../../src/api/objects.ts'
import { deskOf } from '../../src/cli/ui.ts'
import { base64urlBytes } from '../../src/signing/base64.ts'
import { openEnvelope } from '../../src/signing/open.ts'
import { createUi } from '../../src/ui/app.ts'
import { seenOf } from '../../src/ui/card.ts'
import { newDoor, setCookie } from '../../src/ui/door.ts'
import { cluster, NOW, request, Status } from '../cli/world.ts'
import type { FakeCluster } from '../cli/world.ts'
import { testKey } from '../signing/signer.ts'
import type { Bend, TestKey } from '../signing/signer.ts'

const door = newDoor(6278)
const cookie = setCookie(door).split(';')[0] ?? ''

interface Passkey extends TestKey {
  readonly id: string
}

/** A passkey that was made for the page. */
function passkey(id: string): Passkey {
  const key = testKey('webauthn')
  const record = { ...key.record, rpId: 'localhost', origins: [door.origin], credentialId: id }
  const here: Bend = { rpId: 'localhost', client: { origin: door.origin } }
  return { ...key, id, record, sign: (message, bend) => key.sign(message, { ...here, ...bend }) }
}

const alice = passkey('YWxpY2U')
const bob = passkey('Ym9i')
const PATH = '/apis/obstat.dev/v1alpha1/approvalrequests/ar-7f3k2m9q'

interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

describe('the review page over HTTP', () => {
  let held: FakeCluster
  let server: Server
  let said: string[]

  const start = async (requests: readonly ApprovalRequest[] = [request()]): Promise<void> => {
    said = []
    held = cluster({ alice, bob }, requests)
    const world = { now: () => NOW, say: (line: string) => said.push(line), pause: () => Promise.resolve() }
    server = createServer(createUi({ desk: deskOf(held, 'alice', world), door, script: 'script()' }))
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
  }
  afterEach(() => {
    server.close()
    server.closeAllConnections()
  })

  const send = async (method: string, path: string, headers: OutgoingHttpHeaders, body = ''): Promise<Answer> => {
    const { port } = server.address() as AddressInfo
    const sent = httpRequest({ port, host: '127.0.0.1', method, path, headers: { host: 'localhost:6278', ...headers } })
    sent.end(body)
    const [response] = (await once(sent, 'response')) as [IncomingMessage]
    return { status: response.statusCode ?? 0, headers: response.headers, body: await textOf(response) }
  }
  const get = (path: string): Promise<Answer> => send('GET', `/${door.place}${path}`, { cookie })
  const post = async (path: string, body: object): Promise<{ readonly status: number; readonly json: Json }> => {
    const headers = { cookie, origin: door.origin, 'content-type': 'application/json', 'obstat-stamp': door.stamp }
    const answer = await send('POST', `/${door.place}${path}`, headers, JSON.stringify(body))
    return { status: answer.status, json: JSON.parse(answer.body) as Json }
  }
  const asked = (over: object = {}): object => ({
    decision: 'Approve',
    approver: 'alice',
    reason: 'ticket 4711',
    seen: seenOf(request()),
    ...over,
  })
  /** What the browser sends after the passkey has signed this challenge. */
  const signed = (key: Passkey, statement: Json, bend: Bend = {}): object => {
    const challenge = text(statement, 'challenge')
    const client = { origin: door.origin, challenge, ...bend.client }
    const assertion = JSON.parse(key.sign(Buffer.alloc(0), { ...bend, client }).toString()) as object
    return { id: text(statement, 'id'), credential: key.id, ...assertion }
  }
  const statement = async (over: object = {}): Promise<Json> => {
    const { status, json } = await post('/requests/ar-7f3k2m9q/statement', asked(over))
    expect(status, text(json, 'words')).to.equal(200)
    return json
  }
  const decide = (body: object, name = 'ar-7f3k2m9q') => post(`/requests/${name}/decision`, body)
  const decisions = (): readonly Json[] => list(held.objects.get(PATH), 'spec', 'decisions')

  it('says in every answer that nothing but its own script may run, and nobody may frame it', async () => {
    await start()
    const answers = [
      await get('/'),
      await get('/nothing'),
      await send('GET', '/', {}),
      await send('GET', '/x', { host: 'x' }),
    ]
    expect(answers.map(({ status }) => status)).to.deep.equal([200, 403, 403, 421])
    for (const { headers } of answers) {
      expect(headers['content-security-policy']).to.match(/^default-src 'none'; script-src 'self'; /)
      expect(headers['content-security-policy']).not.to.match(/unsafe|\*|data:|https?:/)
      expect(headers['content-security-policy']).to.include("frame-ancestors 'none'").and.include("form-action 'self'")
      expect(headers['x-content-type-options']).to.equal('nosniff')
      expect(headers['cache-control']).to.equal('no-store')
      expect(headers['x-powered-by']).to.equal(undefined)
    }
  })

  it('has no script, style or handler within its pages', async () => {
    await start()
    for (const path of ['/', '/history', '/passkeys', '/requests/ar-7f3k2m9q']) {
      const { status, body } = await get(path)
      expect(status, path).to.equal(200)
      expect(body.match(/<script[^>]*>/g), path).to.deep.equal([
        `<script type="module" src="/${door.place}/review.js">`,
      ])
      expect(body).not.to.match(/<style|\son\w+=|\sstyle=|javascript:/)
    }
  })

  it('exchanges the link for the cookie', async () => {
    await start()
    const opened = await send('GET', `/open/${door.token}`, { 'sec-fetch-site': 'cross-site' })
    expect(opened.headers['set-cookie']).to.deep.equal([setCookie(door)])
    expect(opened.headers['refresh']).to.equal(`0; url=/${door.place}/`)
  })

  it('appends an approval that the passkey signed', async () => {
    await start()
    const toSign = await statement()
    expect(toSign).to.deep.include({ rpId: 'localhost', credentials: ['YWxpY2U'] })
    expect(base64urlBytes(text(toSign, 'challenge'))).to.have.length(32)
    const { status, json } = await decide(signed(alice, toSign))
    expect(text(json, 'words')).to.equal(
      'ar-7f3k2m9q approved by alice: enough have signed: the agent may repeat its request now.',
    )
    expect(status).to.equal(200)
    const opened = openEnvelope(field(decisions()[0], 'envelope') ?? null, [
      { approver: 'alice', keys: [alice.record] },
    ])
    expect(opened.ok && opened.statement).to.include({ decision: 'Approve', approver: 'alice', reason: 'ticket 4711' })
    expect((await get('/requests/ar-7f3k2m9q')).body).to.include('Approved by alice')
  })

  it('appends a refusal, and then takes no approval', async () => {
    await start()
    expect((await decide(signed(alice, await statement({ decision: 'Deny' })))).status).to.equal(200)
    const { status, json } = await post('/requests/ar-7f3k2m9q/statement', asked())
    expect([status, text(json, 'words')]).to.deep.equal([409, 'ar-7f3k2m9q is denied by now. Nothing was sent.'])
  })

  it('takes a decision once', async () => {
    await start()
    const answer = signed(alice, await statement())
    await decide(answer)
    expect((await decide(answer)).status).to.equal(409)
    expect(decisions()).to.have.length(1)
  })

  it('takes it for the request that was asked about alone', async () => {
    await start([request(), request({}, 'ar-otherone')])
    expect((await decide(signed(alice, await statement()), 'ar-otherone')).status).to.equal(409)
    expect(held.calls).to.deep.equal([])
  })

  const bends: readonly (readonly [title: string, bend: Bend])[] = [
    ['over another challenge', { client: { challenge: 'eA' } }],
    ['for another port', { client: { origin: 'http://localhost:8080' } }],
    ['for another site', { rpId: 'evil.example' }],
    ['without user verification', { flags: 0x01 }],
    ['that is wrong', { raw: (raw) => Buffer.from(raw.map((byte) => byte ^ 1)) }],
  ]
  for (const [title, bend] of bends)
    it(`sends nothing with a signature ${title}`, async () => {
      await start()
      const { status, json } = await decide(signed(alice, await statement(), bend))
      expect(status).to.equal(409)
      expect(text(json, 'words')).to.match(/the signature does not verify .*nothing was sent/)
      expect(held.calls).to.deep.equal([])
    })

  it("sends nothing with somebody else's passkey", async () => {
    await start()
    const answer = { ...signed(bob, await statement()), credential: alice.id }
    expect((await decide(answer)).status).to.equal(409)
    expect((await decide(signed(bob, await statement()))).status).to.equal(409)
    expect(held.calls).to.deep.equal([])
  })

  it('has nothing signed that was not what the person saw', async () => {
    await start()
    const other = request({ expiresAt: '2026-11-20T07:30:00Z' })
    const { status, json } = await post('/requests/ar-7f3k2m9q/statement', asked({ seen: seenOf(other) }))
    expect([status, text(json, 'words')]).to.deep.equal([
      409,
      'The request is not the one that was shown. Load the page again.',
    ])
    const toSign = await statement()
    held.objects.set(PATH, { ...request(), metadata: { name: 'ar-7f3k2m9q', uid: 'another' } })
    expect((await decide(signed(alice, toSign))).status).to.equal(409)
    expect(held.calls).to.deep.equal([])
  })

  it('offers no button where a digest is not that of its act', async () => {
    const [act] = request().spec.acts
    await start([request({ acts: [{ ...act!, name: 'checkout' }] })])
    const { body } = await get('/requests/ar-7f3k2m9q')
    expect(body).to.include('do not sign').and.not.to.include('<button')
  })

  it('says what the webhook refused', async () => {
    await start()
    const toSign = await statement()
    held.failures.push(new Status(403, 'admission webhook denied the request: ApproverNotEntitled: no role'))
    const { status, json } = await decide(signed(alice, toSign))
    expect(status).to.equal(502)
    expect(text(json, 'words')).to.include('ApproverNotEntitled: no role')
  })

  it('says that the cluster does not answer, and keeps what is unexpected to the terminal', async () => {
    await start()
    const { list: works } = held
    const fail = (cause: Error): void => {
      Object.assign(held, { list: () => Promise.reject(cause) })
    }
    fail(Object.assign(new Error('cannot reach https://fake'), { code: 'Unreachable' }))
    expect(await get('/')).to.deep.include({ status: 502 })
    expect((await get('/')).body).to.include('<p id="words">cannot reach https://fake</p>')
    fail(new TypeError('secret of ours'))
    const { status, body } = await get('/')
    expect([status, body.includes('secret of ours')]).to.deep.equal([500, false])
    expect(said.join()).to.include('secret of ours')
    Object.assign(held, { list: works })
  })

  it('refuses bodies that are not strict JSON, or too long', async () => {
    await start()
    const headers = { cookie, origin: door.origin, 'content-type': 'application/json', 'obstat-stamp': door.stamp }
    const path = `/${door.place}/requests/ar-7f3k2m9q/statement`
    for (const body of ['', '{', '{"seen":"a","seen":"b"}', `"${'x'.repeat(70_000)}"`])
      expect((await send('POST', path, headers, body)).status).to.equal(400)
  })

  it('asks who signs where several people have a passkey here, and names whoever runs it first', async () => {
    await start()
    held.objects.set('/apis/obstat.dev/v1alpha1/approvers/bob', {
      ...held.objects.get('/apis/obstat.dev/v1alpha1/approvers/bob'),
      spec: { keys: [bob.record], usernames: ['alice'] },
    } as unknown as JsonObject)
    const { body } = await get('/requests/ar-7f3k2m9q')
    expect(body).to.match(/<option value="alice" *>alice<.*<option value="bob" +selected>bob</s)
  })

  it('has two people sign where two are needed, and then nobody more', async () => {
    await start([request({ required: { count: 2, roles: [] } })])
    const seen = seenOf(request({ required: { count: 2, roles: [] } }))
    const first = await decide(signed(alice, await statement({ seen })))
    expect(text(first.json, 'words')).to.equal('ar-7f3k2m9q approved by alice: 1 of 2 have signed.')
    expect((await get('/requests/ar-7f3k2m9q')).body).to.include('Signed by alice; more must sign.')
    const second = await decide(signed(bob, await statement({ seen, approver: 'bob' })))
    expect(text(second.json, 'words')).to.include('enough have signed')
    const { body } = await get('/requests/ar-7f3k2m9q')
    expect(body).to.include('value="Deny"').and.not.to.include('value="Approve"')
  })

  it('lets nobody sign with a passkey that is revoked, or was made for another port', async () => {
    await start()
    const gone = { ...alice.record, revokedAt: '2026-11-19T00:00:00Z' }
    const elsewhere = { ...alice.record, origins: ['http://localhost:6279'] }
    held.objects.set('/apis/obstat.dev/v1alpha1/approvers/alice', {
      ...held.objects.get('/apis/obstat.dev/v1alpha1/approvers/alice'),
      spec: { keys: [gone, elsewhere] },
    })
    expect((await post('/requests/ar-7f3k2m9q/statement', asked())).status).to.equal(409)
  })

  it('pages through 500 requests, by namespace, agent, age and expiry', async () => {
    const many = Array.from({ length: 500 }, (_, n) => {
      const [act] = request().spec.acts
      const minute = String(n % 60).padStart(2, '0')
      return request(
        {
          acts: [{ ...act!, namespace: n % 10 === 0 ? 'payments' : 'shop' }],
          expiresAt: `2026-11-20T${n < 250 ? '09' : '08'}:${minute}:00Z`,
        },
        `ar-a${String(n).padStart(7, '0')}`,
      )
    })
    await start(many)
    const rows = (body: string): readonly string[] => [...body.matchAll(/<li id="row-(\S+)"/g)].map(([, id = '']) => id)
    const first = await get('/')
    expect(rows(first.body)).to.have.length(50)
    expect(first.body).to.include('500 requests wait.').and.to.include('Page 1 of 10')
    expect(rows(first.body)[0]).to.equal('ar-a0000300')
    const last = await get('/?page=10')
    expect(rows(last.body)).to.have.length(50)
    expect(rows((await get('/?page=99')).body)).to.deep.equal(rows(last.body))
    const payments = await get('/?namespace=payments&agent=sre-bot&order=oldest')
    expect(payments.body).to.include('500 requests wait, 50 of them as chosen.')
    expect(rows(payments.body)[1]).to.equal('ar-a0000010')
    expect(rows((await get('/?agent=nobody')).body)).to.deep.equal([])
  })
})
