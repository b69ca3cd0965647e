import { createServer } from 'node:http'
import type { ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { once } from 'node:events'
import type { Address } from './https.ts'

export interface Health {
  /** Why reviews cannot be answered yet; [] when they can. */
  readonly unready: () => readonly string[]
  /** Prometheus text format. */
  readonly metrics: () => Promise<string>
  readonly metricsType: string
}

export interface HealthServer {
  readonly address: Address
  readonly close: () => Promise<void>
}

/** GET /healthz, /readyz and /metrics over plain HTTP, on a port of their own. Throws when it cannot listen. */
export async function serveHealth(health: Health, listen: Address): Promise<HealthServer> {
  const server = createServer((request, response) => {
    const path = (request.url ?? '').split('?', 1)[0] ?? ''
    answer(health, path, response).catch((cause: unknown) => {
      response.destroy(cause instanceof Error ? cause : new Error(String(cause)))
    })
  })
  server.listen(listen.port, listen.host)
  await once(server, 'listening')
  const { address, port } = server.address() as AddressInfo
  return {
    address: { host: address, port },
    close: async () => {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

async function answer(health: Health, path: string, response: ServerResponse): Promise<void> {
  switch (path) {
    case '/healthz':
      text(response, 200, 'ok\n')
      return
    case '/readyz': {
      const reasons = health.unready()
      text(response, reasons.length === 0 ? 200 : 503, reasons.length === 0 ? 'ok\n' : `${reasons.join('\n')}\n`)
      return
    }
    case '/metrics':
      text(response, 200, await health.metrics(), health.metricsType)
      return
    default:
      text(response, 404, 'there is /healthz, /readyz and /metrics\n')
  }
}

function text(response: ServerResponse, status: number, body: string, type = 'text/plain; charset=utf-8'): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' })
  response.end(body)
}
