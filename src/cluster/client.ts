import type { IncomingMessage } from 'node:http'
import { buffer } from 'node:stream/consumers'
import type { Json, JsonObject } from '../api/json.ts'
import { field, isObject, list, text } from '../api/json.ts'
import { parseJsonBytes } from '../signing/json-bytes.ts'
import { Marker } from '../signing/marker.ts'
import { load } from './credentials.ts'
import type { Choice } from './credentials.ts'
import { ApiError, failureOf, failureOfEvent } from './errors.ts'
import { Transport } from './transport.ts'
import type { Answer, Line } from './transport.ts'

export interface CallOptions {
  readonly signal?: AbortSignal | undefined
  /** Ten seconds unless told. */
  readonly timeoutMs?: number
  readonly line?: Line
  /**
   * Is told when the answer was sent, by the server's clock and cut to whole seconds, in milliseconds since the epoch.
   */
  readonly sentAt?: (ms: number) => void
}

export interface ListOptions extends CallOptions {
  /** No more items than these are asked for; unless told, all. */
  readonly most?: number | undefined
}

export interface PatchOptions extends CallOptions {
  /** `application/merge-patch+json` unless told. */
  readonly contentType?: string
}

/** All items of a list, and the resourceVersion that a watch continues from. */
export interface Listing {
  readonly items: readonly Json[]
  readonly resourceVersion: string
}

export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK'
  readonly object: Json
}

/**
 * One API server. Paths are absolute API paths (`/api/v1/namespaces`) and may have a query. Throws ApiError for an
 * answer that is not 2xx, Unreachable where there is none, and the signal's reason when it was aborted.
 */
export interface Client {
  readonly server: string
  readonly get: (path: string, options?: CallOptions) => Promise<Json>
  /** An answer that is no JSON, such as `/metrics`. */
  readonly text: (path: string, options?: CallOptions) => Promise<string>
  /** Every page of 500; items carry `apiVersion` and `kind`, which lists of the API server leave out. */
  readonly list: (path: string, options?: ListOptions) => Promise<Listing>
  readonly create: (path: string, body: object, options?: CallOptions) => Promise<Json>
  readonly replace: (path: string, body: object, options?: CallOptions) => Promise<Json>
  readonly patch: (path: string, body: object, options?: PatchOptions) => Promise<Json>
  /** `body` is DeleteOptions, for preconditions. */
  readonly delete: (path: string, body?: object, options?: CallOptions) => Promise<Json>
  /**
   * Resolves once the API server has begun to answer; then the events, until it ends the answer. A reader that stops
   * early closes the connection. `path` has `resourceVersion` and the like in its query; `watch=true` is added.
   */
  readonly watch: (path: string, options?: CallOptions) => Promise<AsyncIterable<WatchEvent>>
  readonly close: () => void
}

const TIMEOUT_MS = 10_000
const PAGE = 500
const EVENTS = ['ADDED', 'MODIFIED', 'DELETED', 'BOOKMARK'] as const
const NEWLINE = 0x0a

/** A client for the cluster of a kubeconfig, or of the pod we are in. Connects to nothing yet. Throws NoCluster. */
export function connect(choice: Choice = {}): Client {
  const credentials = load(choice)
  const transport = new Transport(credentials)
  const call = async (
    method: string,
    path: string,
    body: object | undefined,
    options: PatchOptions = {},
  ): Promise<Json> => {
    const answer = await transport.send(messageOf(method, path, body, options))
    if (!Number.isNaN(answer.sentAtMs)) options.sentAt?.(answer.sentAtMs)
    return answered(`${method} ${path}`, answer)
  }
  return {
    server: credentials.server.href,
    get: (path, options) => call('GET', path, undefined, options),
    text: async (path, options = {}) => {
      const answer = await transport.send({ ...messageOf('GET', path, undefined, options), accept: 'text/plain' })
      return body(`GET ${path}`, answer).toString()
    },
    list: (path, options) => listAll((page) => call('GET', page, undefined, options), path, options?.most ?? Infinity),
    create: (path, body, options) => call('POST', path, body, options),
    replace: (path, body, options) => call('PUT', path, body, options),
    patch: (path, body, options) =>
      call('PATCH', path, body, { contentType: 'application/merge-patch+json', ...options }),
    delete: (path, body, options) => call('DELETE', path, body, options),
    watch: (path, options) => openWatch(transport, withQuery(path, 'watch=true'), { line: 'watch', ...options }),
    close: () => {
      transport.close()
    },
  }
}

const messageOf = (method: string, path: string, body: object | undefined, options: PatchOptions) => ({
  method,
  path,
  body: body === undefined ? undefined : encode(body),
  contentType: options.contentType ?? 'application/json',
  accept: 'application/json',
  signal: options.signal,
  timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
  line: options.line ?? ('shared' as const),
})

/** A number that no double holds is read as a Marker, and would be written as an object: that is a mistake of ours. */
const encode = (body: object): string =>
  JSON.stringify(body, (key: string, value: unknown) => {
    if (value instanceof Marker) throw new TypeError(`${key}: expected a value that can be written`)
    return value
  })

const answered = (call: string, answer: Answer): Json => parse(body(call, answer))

function body(call: string, answer: Answer): Buffer {
  const isGood = answer.status >= 200 && answer.status < 300
  if (isGood) return answer.body
  throw failureOf(call, answer.status, errorBody(answer.body))
}

/** Live objects decide: they are read strictly and lose no digit. */
const parse = (body: Buffer): Json => parseJsonBytes(body)

/** Whoever answers in the API server's place, a load balancer say, may not speak JSON. */
function errorBody(body: Buffer): Json {
  const start = body.toString('utf8', 0, 1)
  if (start !== '{') return null
  try {
    return JSON.parse(body.toString('utf8')) as Json
  } catch (cause) {
    if (cause instanceof SyntaxError) return null
    throw cause
  }
}

async function listAll(get: (path: string) => Promise<Json>, path: string, most: number): Promise<Listing> {
  const items: Json[] = []
  let token = ''
  for (;;) {
    const next = token === '' ? '' : `&continue=${encodeURIComponent(token)}`
    const page = await get(withQuery(path, `limit=${Math.min(PAGE, most - items.length)}${next}`))
    const kind = text(page, 'kind').replace(/List$/, '')
    const apiVersion = text(page, 'apiVersion')
    items.push(...list(page, 'items').map((item) => (isObject(item) ? named(item, apiVersion, kind) : item)))
    token = text(page, 'metadata', 'continue')
    if (token === '' || items.length >= most)
      return { items, resourceVersion: text(page, 'metadata', 'resourceVersion') }
  }
}

const named = (item: JsonObject, apiVersion: string, kind: string): Json =>
  field(item, 'kind') === undefined ? { apiVersion, kind, ...item } : item

const withQuery = (path: string, query: string): string => `${path}${path.includes('?') ? '&' : '?'}${query}`

async function openWatch(
  transport: Transport,
  path: string,
  options: CallOptions = {},
): Promise<AsyncIterable<WatchEvent>> {
  const response = await transport.open(messageOf('GET', path, undefined, options))
  const call = `watch ${path}`
  if (response.statusCode !== 200) {
    throw failureOf(call, response.statusCode ?? 0, errorBody(await buffer(response)))
  }
  return events(call, response, options.signal)
}

async function* events(
  call: string,
  response: IncomingMessage,
  signal: AbortSignal | undefined,
): AsyncGenerator<WatchEvent> {
  try {
    for await (const line of linesOf(response as AsyncIterable<Buffer>)) yield eventOf(call, parse(line))
  } catch (cause) {
    signal?.throwIfAborted()
    throw cause
  }
}

async function* linesOf(pieces: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let rest: Buffer[] = []
  for await (const piece of pieces) {
    let start = 0
    for (let end = piece.indexOf(NEWLINE); end >= 0; end = piece.indexOf(NEWLINE, start)) {
      yield Buffer.concat([...rest, piece.subarray(start, end)])
      rest = []
      start = end + 1
    }
    if (start < piece.length) rest.push(piece.subarray(start))
  }
}

function eventOf(call: string, event: Json): WatchEvent {
  const object = field(event, 'object') ?? null
  const named = text(event, 'type')
  if (named === 'ERROR') throw failureOfEvent(call, object)
  const type = EVENTS.find((known) => known === named)
  if (type === undefined) throw new ApiError(500, '', `${call}: unknown event ${JSON.stringify(named.slice(0, 40))}`)
  return { type, object }
}
