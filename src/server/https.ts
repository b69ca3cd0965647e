import { createServer } from 'node:https'
import type { RequestListener, ServerResponse } from 'node:http'
import { Server as NetServer, createServer as createProbe } from 'node:net'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'

export interface KeyPair {
  /** PEM; may be a chain. */
  readonly certificate: string
  /** PEM. */
  readonly key: string
}

/** Where a server listens; port 0 takes any free one. */
export interface Address {
  readonly host: string
  readonly port: number
}

export interface DrainOptions {
  /**
   * Go on for this long, but close each connection after its answer, which tells the client; a connection that is
   * closed while it is idle loses the request that was just being sent on it.
   */
  readonly lameDuckMs: number
  /** Whether new connections are taken meanwhile: load balancers that do not try elsewhere need to notice first. */
  readonly takesNew: boolean
  /** Then wait at most this long for answers in flight. */
  readonly graceMs: number
}

export interface HttpsServer {
  /** Where it really listens. */
  readonly address: Address
  /** New connections meet this certificate; those that are open go on. */
  readonly setCertificate: (pair: KeyPair) => void
  /** Answers what is in flight and ends; whatever is left after the grace is cut off. */
  readonly drain: (options: DrainOptions) => Promise<void>
}

/** The API server closes idle connections after 90 s; whoever closes first loses a request that was just being sent. */
const KEEP_ALIVE_MS = 120_000
/** The API server gives a review 30 s at most. */
const REQUEST_MS = 30_000
/** The API server has its request ready when it connects; whoever does not takes a descriptor away from it. */
const HANDSHAKE_MS = 5000
const HEADERS_MS = 5000
const CHECK_MS = 1000

const tlsOptions = ({ certificate, key }: KeyPair): { cert: string; key: string; minVersion: 'TLSv1.2' } => ({
  cert: certificate,
  key,
  minVersion: 'TLSv1.2',
})

/**
 * HTTPS for the API server alone: HTTP/1.1, since one HTTP/2 connection would carry every review. There is no limit on
 * connections: the API server opens one for every review that waits. Throws when it cannot listen.
 */
export async function serveHttps(app: RequestListener, listen: Address, pair: KeyPair): Promise<HttpsServer> {
  let isDraining = false
  const answers = new Set<ServerResponse>()
  const server = createServer(
    {
      ...tlsOptions(pair),
      ALPNProtocols: ['http/1.1'],
      handshakeTimeout: HANDSHAKE_MS,
      requestTimeout: REQUEST_MS,
      headersTimeout: HEADERS_MS,
      connectionsCheckingInterval: CHECK_MS,
    },
    (request, response) => {
      answers.add(response)
      response.once('close', () => answers.delete(response))
      if (isDraining) response.setHeader('connection', 'close')
      app(request, response)
    },
  )
  server.keepAliveTimeout = KEEP_ALIVE_MS
  server.listen(listen.port, listen.host)
  await once(server, 'listening')
  const { address, port } = server.address() as AddressInfo
  return {
    address: { host: address, port },
    setCertificate: (next) => {
      server.setSecureContext(tlsOptions(next))
    },
    drain: async ({ lameDuckMs, takesNew, graceMs }) => {
      isDraining = true
      const closed = once(server, 'close')
      for (const answer of answers) if (!answer.headersSent) answer.setHeader('connection', 'close')
      // That of an HTTP server would close idle connections too.
      if (!takesNew) NetServer.prototype.close.call(server)
      if (lameDuckMs > 0) await sleep(lameDuckMs)
      server.close()
      const cut = setTimeout(() => {
        server.closeAllConnections()
      }, graceMs)
      await closed
      clearTimeout(cut)
    },
  }
}

/** Takes the address and lets it go again. Throws when it cannot be had. */
export async function tryListening({ host, port }: Address): Promise<void> {
  const probe = createProbe()
  probe.listen(port, host)
  await once(probe, 'listening')
  probe.close()
  await once(probe, 'close')
}
