import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Answer } from '../admission/encode.ts'
import { passed, refusal } from '../admission/encode.ts'
import { deadlineMs, MAX_BODY_BYTES, timeoutIn } from './app.ts'

export interface LoadLimits {
  /** Reviews at once, those that wait included. */
  readonly reviews: number
  /** Bytes of large bodies at once; one alone may have more. */
  readonly bytes: number
  /** Up to here a body is small, and never waits behind large ones. */
  readonly smallBytes: number
}

/**
 * The API server opens a connection for every review that waits: some hundreds. A large body costs several times its
 * size while it is judged, and judging is done by one thread: two of the 12.6 MB that a large ConfigMap comes to, or
 * one of the largest, are enough to keep it busy.
 */
export const LIMITS: LoadLimits = { reviews: 512, bytes: 28 * 1024 * 1024, smallBytes: 256 * 1024 }

/** The uid stands in the first bytes that the API server writes. */
const HEAD_BYTES = 4096

/**
 * The same app, for a bounded number of reviews and bytes at once. A large review waits for its turn for half of its
 * time; what is too much is answered as a refusal to agents, as a warning to people, and with 503 only where no uid can
 * be had, which the API server sends again after a second. A body that is not there in time ends its connection. `shed`
 * is told of each review that nobody judged.
 */
export function withLimits(app: RequestListener, shed: () => void, limits = LIMITS): RequestListener {
  const load = new Load(limits)
  return (request, response) => {
    admit(request, response).catch((cause: unknown) => {
      response.destroy(cause instanceof Error ? cause : new Error(String(cause)))
    })
  }
  async function admit(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = request.url ?? '/'
    const [path = ''] = url.split('?', 1)
    const timeMs = deadlineMs(timeoutIn(url))
    endUnlessWhole(request, response, timeMs)
    const size = sizeOf(request)
    if (!load.begin()) return refuse(path, request, response)
    response.once('close', () => {
      load.end()
    })
    if (size > limits.smallBytes) {
      const beganAt = performance.now()
      if (!(await load.take(size, timeMs / 2, response))) return refuse(path, request, response)
      response.once('close', () => {
        load.giveBack(size)
      })
      // What is left of the time is told as the API server tells it.
      request.url = `${path}?timeout=${Math.round(timeMs - (performance.now() - beganAt))}ms`
    }
    app(request, response)
  }
  async function refuse(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    shed()
    const uid = uidIn(await headOf(request))
    if (response.destroyed) return
    if (uid === '') response.writeHead(503, { 'retry-after': '1' }).end()
    else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(tooMuch(path, uid)))
    request.resume()
  }
}

/** How much is under way. */
class Load {
  readonly #limits: LoadLimits
  #reviews = 0
  #bytes = 0
  readonly #waiting = new Set<() => void>()

  constructor(limits: LoadLimits) {
    this.#limits = limits
  }

  begin(): boolean {
    if (this.#reviews >= this.#limits.reviews) return false
    this.#reviews++
    return true
  }

  end(): void {
    this.#reviews--
  }

  /**
   * Waits for room for that many bytes, in the order of asking; false when there is none in time, or nobody to answer.
   */
  take(size: number, timeMs: number, response: ServerResponse): Promise<boolean> {
    if (this.#waiting.size === 0 && this.#fits(size)) {
      this.#bytes += size
      return Promise.resolve(true)
    }
    const { promise, resolve } = Promise.withResolvers<boolean>()
    const leave = (isTaken: boolean): void => {
      clearTimeout(timer)
      response.off('close', giveUp)
      this.#waiting.delete(tryAgain)
      resolve(isTaken)
      if (!isTaken) this.#wake()
    }
    const giveUp = (): void => {
      leave(false)
    }
    const tryAgain = (): void => {
      if (!this.#fits(size)) return
      this.#bytes += size
      leave(true)
    }
    const timer = setTimeout(giveUp, timeMs)
    response.once('close', giveUp)
    this.#waiting.add(tryAgain)
    return promise
  }

  giveBack(size: number): void {
    this.#bytes -= size
    this.#wake()
  }

  #fits(size: number): boolean {
    return this.#bytes === 0 || this.#bytes + size <= this.#limits.bytes
  }

  /** Whoever has waited longest goes first; nobody overtakes. */
  #wake(): void {
    for (const tryAgain of this.#waiting) {
      tryAgain()
      if (this.#waiting.has(tryAgain)) return
    }
  }
}

/** Without a length nobody knows how much comes. */
function sizeOf(request: IncomingMessage): number {
  const length = Number(request.headers['content-length'] ?? MAX_BODY_BYTES)
  return Math.min(length, MAX_BODY_BYTES)
}

/** Nobody waits for an answer any more: whoever sends so slowly is not the API server. */
function endUnlessWhole(request: IncomingMessage, response: ServerResponse, timeMs: number): void {
  const timer = setTimeout(() => {
    if (!request.complete) request.destroy()
  }, timeMs)
  response.once('close', () => {
    clearTimeout(timer)
  })
}

async function headOf(request: IncomingMessage): Promise<Buffer> {
  const { promise, resolve } = Promise.withResolvers<undefined>()
  const pieces: Buffer[] = []
  let size = 0
  const read = (piece: Buffer): void => {
    pieces.push(piece)
    size += piece.length
    if (size >= HEAD_BYTES) resolve(undefined)
  }
  const over = (): void => {
    resolve(undefined)
  }
  request.on('data', read).once('end', over).once('close', over)
  await promise
  request.off('data', read)
  return Buffer.concat(pieces)
}

/** The uid in the beginning of a review, or ''; enough to address a refusal, and for nothing else. */
const uidIn = (head: Buffer): string =>
  /"uid"\s*:\s*"([^"\\]{1,128})"/.exec(head.subarray(0, HEAD_BYTES).toString('latin1'))?.[1] ?? ''

const tooMuch = (path: string, uid: string): Answer =>
  path === '/guard'
    ? passed(uid, ['obstat has too much to do to check this write; it is checked again before it counts'])
    : refusal(
        uid,
        'InternalError',
        'obstat has more to judge than it can hold. Agent: stop and wait, then repeat this request.',
      )
