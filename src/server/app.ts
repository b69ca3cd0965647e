import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Json } from '../api/json.ts'
import { uidOf } from '../admission/decode.ts'
import type { Answer } from '../admission/encode.ts'
import { refusal } from '../admission/encode.ts'
import { parseJsonBytes } from '../signing/json-bytes.ts'
import type { LargeJson } from './large-json.ts'
import { LARGE_BYTES, largeJson } from './large-json.ts'

/** What answers one review. Never throws: a fault is a refusal. */
export type Judge = (uid: string, body: Json, signal: AbortSignal) => Promise<Answer>

export interface AppOptions {
  readonly agents: Judge
  readonly guard: Judge
  /** Where a body that cannot be read goes, whole. */
  readonly fault: (uid: string, cause: unknown) => void
}

/** The worst legal review: 1.5 MiB old and 3 MiB new object, every byte escaped to six, is 28 MB. */
export const MAX_BODY_BYTES = 32 * 1024 * 1024
/** The API server's own default, when its URL says nothing. */
const DEFAULT_TIMEOUT_MS = 5000
/** The answer must still travel and be read before the API server gives up. */
const MARGIN_MS = 400

/**
 * POST /agents and POST /guard: AdmissionReview v1 in, AdmissionReview v1 out; an HTTP error only where there is no
 * uid. What the API server sends needs no router: express costs as much as judging a small review. It has all other
 * spellings.
 */
export function createApp(options: AppOptions): RequestListener {
  const large = largeJson()
  const agents = handle(options.agents, options.fault, large)
  const guard = handle(options.guard, options.fault, large)
  let others: Promise<RequestListener> | undefined
  const elsewhere: Endpoint = async (request, response) => {
    others ??= routed(agents, guard)
    const app = await others
    app(request, response)
  }
  const endpoints = new Map([
    ['/agents', agents],
    ['/guard', guard],
  ])
  return (request, response) => {
    const endpoint = request.method === 'POST' ? endpoints.get(pathOf(request.url)) : undefined
    const work = endpoint ?? elsewhere
    work(request, response).catch((cause: unknown) => {
      response.destroy(cause instanceof Error ? cause : new Error(String(cause)))
    })
  }
}

type Endpoint = (request: IncomingMessage, response: ServerResponse) => Promise<void>

/** Loaded when somebody asks for it: an API server never does, and it is megabytes. */
async function routed(agents: Endpoint, guard: Endpoint): Promise<RequestListener> {
  const { default: express } = await import('express')
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.disable('query parser')
  app.post('/agents', agents)
  app.post('/guard', guard)
  return app
}

function pathOf(url = '/'): string {
  const end = url.indexOf('?')
  return end < 0 ? url : url.slice(0, end)
}

const handle =
  (judge: Judge, fault: AppOptions['fault'], large: LargeJson): Endpoint =>
  async (http, response) => {
    // Not AbortSignal.timeout: that would stay until its time has come, long after the answer.
    const late = new AbortController()
    const timer = setTimeout(
      () => {
        late.abort()
      },
      deadlineMs(timeoutIn(http.url ?? '')),
    )
    try {
      const answer = await answerTo(await readBody(http), judge, fault, large, late.signal)
      if (answer === null) send(response, 400, 'text/plain', 'expected an AdmissionReview of admission.k8s.io/v1\n')
      else send(response, 200, 'application/json', JSON.stringify(answer))
    } finally {
      clearTimeout(timer)
    }
  }

function send(response: ServerResponse, status: number, type: string, text: string): void {
  const length = Buffer.byteLength(text)
  response.writeHead(status, { 'content-type': `${type}; charset=utf-8`, 'content-length': length }).end(text)
}

async function answerTo(
  body: Body,
  judge: Judge,
  fault: AppOptions['fault'],
  large: LargeJson,
  signal: AbortSignal,
): Promise<Answer | null> {
  if (body.isTooLarge) {
    const uid = /"uid"\s*:\s*"([^"\\]{1,128})"/.exec(body.bytes.subarray(0, 4096).toString('latin1'))?.[1] ?? ''
    return uid === '' ? null : refusal(uid, 'InternalError', `the review is larger than ${MAX_BODY_BYTES} bytes`)
  }
  const parsed = isShared(body.bytes) ? await parseLarge(body.bytes, large) : parse(body.bytes)
  if (parsed.ok) {
    const uid = uidOf(parsed.value)
    return uid === '' ? null : judge(uid, parsed.value, signal)
  }
  const uid = lenientUid(body.bytes)
  if (uid === '') return null
  fault(uid, parsed.cause)
  return refusal(uid, 'InternalError', 'the review is not strict JSON (a duplicate key, a lone surrogate, or broken)')
}

type Parsed = { readonly ok: true; readonly value: Json } | { readonly ok: false; readonly cause: unknown }

/** Strict and lossless. Whatever goes wrong here becomes a refusal by the caller. */
function parse(bytes: Buffer): Parsed {
  try {
    return { ok: true, value: parseJsonBytes(bytes) }
  } catch (cause) {
    return { ok: false, cause }
  }
}

const isShared = (bytes: Buffer): bytes is Buffer<SharedArrayBuffer> => bytes.buffer instanceof SharedArrayBuffer

async function parseLarge(bytes: Buffer<SharedArrayBuffer>, large: LargeJson): Promise<Parsed> {
  try {
    return { ok: true, value: await large.parse(bytes) }
  } catch (cause) {
    return { ok: false, cause }
  }
}

/**
 * The uid of a review that the strict parser refused, so that the refusal can still be addressed; '' when there is
 * none.
 */
function lenientUid(bytes: Buffer): string {
  try {
    return uidOf(JSON.parse(bytes.toString('utf8')) as Json)
  } catch (cause) {
    if (cause instanceof SyntaxError) return ''
    throw cause
  }
}

interface Body {
  readonly bytes: Buffer
  readonly isTooLarge: boolean
}

/**
 * The whole body, or its beginning when it is too large; the rest is read and dropped, so that the answer can be sent.
 * Node keeps a connection's last request until the next one comes: listeners that stayed would keep its body, too.
 */
function readBody(http: IncomingMessage): Promise<Body> {
  const { promise, resolve, reject } = Promise.withResolvers<Body>()
  const chunks: Buffer[] = []
  let size = 0
  const read = (chunk: Buffer): void => {
    size += chunk.length
    if (size <= MAX_BODY_BYTES || chunks.length === 0) chunks.push(chunk)
  }
  const end = (): void => {
    http.off('data', read).off('end', end).off('error', reject)
    resolve({ bytes: together(chunks), isTooLarge: size > MAX_BODY_BYTES })
  }
  http.on('data', read).on('end', end).on('error', reject)
  return promise
}

/** Of a large body in memory that another thread can read, too. */
function together(chunks: readonly Buffer[]): Buffer {
  const [first, ...more] = chunks
  if (first !== undefined && more.length === 0) return first
  const size = chunks.reduce((sum, { length }) => sum + length, 0)
  if (size < LARGE_BYTES) return Buffer.concat(chunks, size)
  const shared = Buffer.from(new SharedArrayBuffer(size))
  let at = 0
  for (const chunk of chunks) at += chunk.copy(shared, at)
  return shared
}

/** The `timeout` of a URL's query as it is spelt there; undefined when there is none. */
export const timeoutIn = (url: string): string | undefined => /[?&]timeout=([^&]*)/.exec(url)?.[1]

const DURATION = /^(?:(\d+(?:\.\d+)?)h)?(?:(\d+(?:\.\d+)?)m)?(?:(\d+(?:\.\d+)?)s)?(?:(\d+(?:\.\d+)?)ms)?$/

/**
 * `timeout` is a Go duration such as `5s`, `1m30s` or `500ms` (KEP-1872 passes what is left of the request's own time).
 */
export function deadlineMs(timeout: string | undefined): number {
  const parts = timeout === undefined || timeout === '' ? null : DURATION.exec(timeout)
  const [h, m, s, ms] = (parts ?? []).slice(1).map((part: string | undefined) => Number(part ?? 0))
  const given =
    parts === null ? DEFAULT_TIMEOUT_MS : (h ?? 0) * 3_600_000 + (m ?? 0) * 60_000 + (s ?? 0) * 1000 + (ms ?? 0)
  return Math.max(50, Math.min(given, 30_000) - MARGIN_MS)
}
