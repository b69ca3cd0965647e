import { createServer } from 'node:http'
import type { RequestListener, Server } from 'node:http'
import { once } from 'node:events'

/** Loopback, on both families where the machine has both. */
const ADDRESSES = ['127.0.0.1', '::1'] as const

/** The machine has no IPv6, or not on loopback. */
const ABSENT = new Set<unknown>(['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EINVAL'])

export interface Listening {
  /** Ends every connection and lets the port go. */
  readonly close: () => Promise<void>
}

/**
 * HTTP on the loopback of this machine alone. Browsers take `localhost` for ::1 as well as for 127.0.0.1, so both are
 * ours or it is an error: whoever else had one of them would get the requests, and the link with them. Throws what
 * listen(2) says.
 */
export async function listenOnLoopback(app: RequestListener, port: number): Promise<Listening> {
  const servers: Server[] = []
  const close = async (): Promise<void> => {
    await Promise.all(
      servers.map(async (server) => {
        const closed = once(server, 'close')
        server.close()
        server.closeAllConnections()
        await closed
      }),
    )
  }
  for (const host of ADDRESSES) {
    const server = createServer(app)
    server.listen({ port, host, exclusive: true })
    try {
      await once(server, 'listening')
      servers.push(server)
    } catch (cause) {
      const isAbsent = servers.length > 0 && cause instanceof Error && 'code' in cause && ABSENT.has(cause.code)
      if (isAbsent) continue
      await close()
      throw cause
    }
  }
  return { close }
}
