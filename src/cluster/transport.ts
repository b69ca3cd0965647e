import { Agent, request } from 'node:https'
import type { ClientRequest, IncomingMessage } from 'node:http'
import type { RequestOptions } from 'node:https'
import type { ConnectionOptions } from 'node:tls'
import type { Credentials, Proof } from './credentials.ts'
import { Unreachable, reasonOf } from './errors.ts'
import { startTimer } from './timer.ts'

/** Which kept connections a call uses: the shared ones, those of watches, or the heartbeat's own. */
export type Line = 'shared' | 'watch' | 'heartbeat'

export interface Message {
  readonly method: string
  /** Below the server's URL, encoded, with its query. */
  readonly path: string
  readonly body: string | undefined
  readonly contentType: string
  readonly accept: string
  readonly signal: AbortSignal | undefined
  /** Until the whole answer is there; for an open answer until its head is. */
  readonly timeoutMs: number
  readonly line: Line
}

export interface Answer {
  readonly status: number
  readonly body: Buffer
  /** When it was sent, by the server's clock (RFC 9110, section 6.6.1); NaN when it does not say. */
  readonly sentAtMs: number
}

interface Started {
  readonly call: ClientRequest
  /** From here on only the signal ends the call. */
  readonly isAnswered: () => void
  readonly faultOf: (cause: Error) => Error
}

/** TCP keep-alive probes begin after one second without traffic, on every connection: silence must not last. */
const KEEP_ALIVE_MS = 1000
/** Below the 90 s and more after which servers and load balancers drop idle connections. */
const IDLE_MS = 30_000
/** Connections at once; more calls wait. Reads of one review are bounded by the reader. */
const MAX_SOCKETS = 64

type Agents = Readonly<Record<Line, Agent>>

/** HTTPS to one API server on connections of our own. */
export class Transport {
  readonly #credentials: Credentials
  #agents: Agents | undefined
  #identity = ''
  readonly #retired = new Set<Agents>()

  constructor(credentials: Credentials) {
    this.#credentials = credentials
  }

  /** The whole answer, whatever its status. Throws Unreachable, or the signal's reason. */
  async send(message: Message): Promise<Answer> {
    const first = await this.#exchange(message, false)
    // A token that was renewed since it was read is the usual cause of a 401.
    return first.status === 401 ? this.#exchange(message, true) : first
  }

  /** The answer to a GET as soon as its head is there; its body is the caller's to read or destroy. */
  async open(message: Message): Promise<IncomingMessage> {
    const proof = await this.#credentials.proof()
    try {
      return await this.#opened(message, proof)
    } catch (cause) {
      if (cause instanceof StaleConnection) return this.#opened(message, proof)
      throw cause
    }
  }

  close(): void {
    for (const agents of [...this.#retired, ...(this.#agents === undefined ? [] : [this.#agents])])
      for (const agent of Object.values(agents)) agent.destroy()
  }

  #opened(message: Message, proof: Proof): Promise<IncomingMessage> {
    const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>()
    const started = this.#start(message, proof, this.#agentsFor(proof)[message.line])
    started.call.on('error', (cause) => {
      reject(started.faultOf(cause))
    })
    started.call.on('response', (response) => {
      started.isAnswered()
      // Whoever reads the body sees this error too; without a listener it would end the process before they do.
      response.on('error', () => undefined)
      resolve(response)
    })
    started.call.end(message.body)
    return promise
  }

  async #exchange(message: Message, isFresh: boolean): Promise<Answer> {
    const proof = await this.#credentials.proof(isFresh)
    try {
      return await this.#once(message, proof)
    } catch (cause) {
      // The server closed an idle connection just as we took it; a GET can be sent again.
      if (cause instanceof StaleConnection && message.method === 'GET') return this.#once(message, proof)
      throw cause
    }
  }

  #once(message: Message, proof: Proof): Promise<Answer> {
    const { promise, resolve, reject } = Promise.withResolvers<Answer>()
    const started = this.#start(message, proof, this.#agentsFor(proof)[message.line])
    const fail = (cause: Error): void => {
      reject(started.faultOf(cause))
    }
    started.call.on('error', fail)
    started.call.on('response', (response) => {
      const pieces: Buffer[] = []
      response.on('data', (piece: Buffer) => pieces.push(piece))
      response.on('error', fail)
      response.on('end', () => {
        const sentAtMs = Date.parse(response.headers.date ?? '')
        resolve({ status: response.statusCode ?? 0, body: Buffer.concat(pieces), sentAtMs })
      })
    })
    started.call.end(message.body)
    return promise
  }

  #start(message: Message, proof: Proof, agent: Agent | undefined): Started {
    const { signal, timeoutMs } = message
    signal?.throwIfAborted()
    const call = request({ ...this.#options(message, proof), agent: proof.agent ?? agent ?? false })
    let fault: Error | undefined
    const stop = (cause: Error): void => {
      fault = cause
      call.destroy(cause)
    }
    const abort = (): void => {
      stop(asError(signal?.reason))
    }
    const isAnswered = startTimer(timeoutMs, () => {
      stop(new Unreachable(this.#explain(message, `no answer within ${timeoutMs} ms`)))
    })
    signal?.addEventListener('abort', abort, { once: true })
    call.on('socket', (socket) => socket.setKeepAlive(true, KEEP_ALIVE_MS))
    call.on('close', () => {
      isAnswered()
      signal?.removeEventListener('abort', abort)
    })
    return {
      call,
      isAnswered,
      faultOf: (cause) => fault ?? this.#faultOf(message, cause, call.reusedSocket),
    }
  }

  #faultOf(message: Message, cause: Error, isReused: boolean): Error {
    const text = this.#explain(message, reasonOf(cause))
    const isClosed = 'code' in cause && (cause.code === 'ECONNRESET' || cause.code === 'EPIPE')
    return isReused && isClosed ? new StaleConnection(text, { cause }) : new Unreachable(text, { cause })
  }

  #explain(message: Message, what: string): string {
    const { server, source } = this.#credentials
    return (
      `cannot reach ${server.origin} (${message.method} ${message.path.split('?', 1)[0] ?? ''}): ${what}; ` +
      `check that the API server runs and that ${source} names it and its certificate authority`
    )
  }

  #options(message: Message, proof: Proof): RequestOptions & Pick<ConnectionOptions, 'secureContext'> {
    const { server } = this.#credentials
    const { secureContext, serverName, isInsecure } = proof
    return {
      host: server.hostname.replace(/^\[(.*)\]$/, '$1'),
      port: server.port === '' ? 443 : Number(server.port),
      method: message.method,
      path: server.pathname.replace(/\/$/, '') + message.path,
      headers: {
        'user-agent': 'obstat',
        accept: message.accept,
        ...proof.headers,
        ...(message.body === undefined
          ? {}
          : { 'content-type': message.contentType, 'content-length': Buffer.byteLength(message.body) }),
      },
      secureContext,
      rejectUnauthorized: !isInsecure,
      ...(serverName === undefined ? {} : { servername: serverName }),
    }
  }

  #agentsFor(proof: Proof): Agents {
    if (this.#agents !== undefined && this.#identity === proof.identity) return this.#agents
    // Calls on the old connections end by themselves, and idle ones are closed by their timeout.
    if (this.#agents !== undefined) this.#retired.add(this.#agents)
    this.#agents = { shared: agentOf(MAX_SOCKETS), watch: agentOf(Infinity), heartbeat: agentOf(1) }
    this.#identity = proof.identity
    return this.#agents
  }
}

/** A kept connection that turned out to be closed, before any answer. */
class StaleConnection extends Unreachable {}

const agentOf = (maxSockets: number): Agent =>
  new Agent({
    keepAlive: true,
    keepAliveMsecs: KEEP_ALIVE_MS,
    maxSockets,
    maxFreeSockets: maxSockets,
    timeout: IDLE_MS,
    scheduling: 'lifo',
  })

const asError = (cause: unknown): Error => (cause instanceof Error ? cause : new Error(String(cause)))
