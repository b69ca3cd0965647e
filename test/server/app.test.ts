import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import { refusal } from '../../src/admission/encode.ts'
import type { Json } from '../../src/api/json.ts'
import { field } from '../../src/api/json.ts'
import { createApp, deadlineMs, timeoutIn } from '../../src/server/app.ts'
import { ExactNumber } from '../../src/signing/json.ts'

const UID = '705ab4f5-6393-11e8-b7cc-42010a800002'

/** One review as text, with `request` spelt by the caller. */
const body = (request: string): string =>
  `{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"${UID}",${request}}}`

describe('the webhook over HTTP', () => {
  const seen: Json[] = []
  const faults: unknown[] = []
  const judge = (uid: string, review: Json): Promise<ReturnType<typeof refusal>> => {
    seen.push(review)
    return Promise.resolve(refusal(uid, 'NeverAllowed', 'seen'))
  }
  const app = createApp({ agents: judge, guard: judge, fault: (_, cause) => faults.push(cause) })
  const server = createServer(app)
  let url = ''

  before(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  after(() => server.close())
  beforeEach(() => {
    seen.length = 0
    faults.length = 0
  })

  const post = async (
    text: string | Uint8Array<ArrayBuffer>,
    path = '/agents',
  ): Promise<{ status: number; text: string; answer: Json }> => {
    const response = await fetch(url + path, {
      method: 'POST',
      body: text,
      headers: { 'content-type': 'application/json' },
    })
    const answer = await response.text()
    return {
      status: response.status,
      text: answer,
      answer: response.status === 200 ? (JSON.parse(answer) as Json) : null,
    }
  }

  it('answers a review with its own uid', async () => {
    const { status, answer } = await post(body('"operation":"DELETE"'))
    expect(status).to.equal(200)
    expect(field(answer, 'response', 'uid')).to.equal(UID)
    expect(field(answer, 'response', 'allowed')).to.equal(false)
  })

  it('keeps integers beyond 2^53, odd keys and nesting of 9,000', async () => {
    const deep = '['.repeat(9000) + ']'.repeat(9000)
    await post(body(`"object":{"n":9007199254740993,"__proto__":1,"constructor":2,"deep":${deep}}`))
    const object = field(seen[0], 'request', 'object')
    expect(field(object, 'n')).to.be.instanceOf(ExactNumber)
    expect(field(object, '__proto__')).to.equal(1)
    expect(field(object, 'constructor')).to.equal(2)
    expect(field(object, 'deep')).to.be.an('array')
  })

  const refused: readonly (readonly [string, string])[] = [
    ['a duplicate key', body('"operation":"DELETE","operation":"CREATE"')],
    ['a duplicate key in another spelling', body('"operation":"DELETE","\\u006fperation":"CREATE"')],
    ['a lone surrogate', body('"name":"\\ud800"')],
    ['bytes that are not UTF-8', 'binary'],
  ]
  for (const [what, text] of refused)
    it(`refuses ${what} with the same uid`, async () => {
      const bytes =
        text === 'binary'
          ? new Uint8Array(
              Buffer.concat([Buffer.from(body('"name":"')).subarray(0, -2), Buffer.from([0xff]), Buffer.from('"}}')]),
            )
          : text
      const { status, answer } = await post(bytes)
      expect(status).to.equal(200)
      expect(field(answer, 'response', 'uid')).to.equal(UID)
      expect(field(answer, 'response', 'status', 'reason')).to.equal('InternalError')
      expect(seen).to.have.length(0)
      expect(faults).to.have.length(1)
    })

  it('refuses a body above 32 MiB with the same uid', async () => {
    const { status, answer } = await post(body(`"object":"${'x'.repeat(32 * 1024 * 1024)}"`))
    expect(status).to.equal(200)
    expect(field(answer, 'response', 'uid')).to.equal(UID)
    expect(seen).to.have.length(0)
  })

  it('reads a body of 28 MB', async () => {
    const { status } = await post(body(`"object":"${'<'.repeat(28_000_000)}"`))
    expect(status).to.equal(200)
    expect(seen).to.have.length(1)
  })

  for (const [what, text] of [
    ['no JSON', 'hello'],
    ['no body', ''],
    ['no uid', '{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{}}'],
    ['a list', '[]'],
  ] as const)
    it(`answers 400 to ${what}, since there is no uid to answer`, async () => {
      const { status, text: message } = await post(text)
      expect(status).to.equal(400)
      expect(message).to.equal('expected an AdmissionReview of admission.k8s.io/v1\n')
    })

  it('answers 404 elsewhere and to GET', async () => {
    expect((await post('{}', '/other')).status).to.equal(404)
    expect((await fetch(`${url}/agents`)).status).to.equal(404)
  })

  it('keeps its own deadline before the one in the URL', () => {
    expect(deadlineMs('5s')).to.equal(4600)
    expect(deadlineMs('1m')).to.equal(29_600)
    expect(deadlineMs('1s')).to.equal(600)
    expect(deadlineMs('250ms')).to.equal(50)
    expect(deadlineMs('1m0.5s')).to.equal(29_600)
    expect(deadlineMs('1.5s')).to.equal(1100)
    for (const nonsense of [undefined, '', 'soon', '5', '5%73', 's', '-5s'])
      expect(deadlineMs(nonsense), String(nonsense)).to.equal(4600)
    expect(timeoutIn('/agents?timeout=7s')).to.equal('7s')
    expect(timeoutIn('/agents?x=1&timeout=7s&y=2')).to.equal('7s')
    expect(timeoutIn('/agents')).to.equal(undefined)
  })
})
