import { once } from 'node:events'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Agent, createServer, request } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import type { Json } from '../../../src/api/json.ts'
import { field, list, text } from '../../../src/api/json.ts'
import { newAuthority } from './certificates.ts'
import type { ControlPlane } from './control-plane.ts'
import { writeKubeconfig } from './kubeconfig.ts'
import { startRelay } from './relay.ts'
import type { Relay } from './relay.ts'

/** What a request to the API server was. */
export interface Asked {
  readonly method: string
  /** Without its query. */
  readonly path: string
  readonly isWatch: boolean
}

/** What is answered in the API server's place. */
export interface Reply {
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: object
}

/**
 * Stands between one client and the API server: ends TLS with a throw-away authority of its own, so that it can answer
 * in the API server's place, and has a relay in front, so that its connections can be spoilt.
 */
export interface ApiProxy {
  /** Connections between the client and the proxy. */
  readonly relay: Relay
  /** A kubeconfig that leads through the proxy, with the token of another kubeconfig; answers its path. */
  readonly kubeconfig: (like: string) => string
  /** Decides from now on who is answered here; null passes a request on. */
  answer: (asked: Asked) => Reply | null
  /** Whose answers are held back from now on, once they have begun; those that come meanwhile are lost. */
  silence: (asked: Asked) => boolean
  /** Ends every watch that is open, after this line if there is one, as the API server would. */
  readonly endWatches: (event?: object) => void
  readonly stop: () => Promise<void>
}

/** metav1.Status, as the API server answers a failure. */
export const statusOf = (code: number, reason: string): object => ({
  apiVersion: 'v1',
  kind: 'Status',
  metadata: {},
  status: 'Failure',
  message: `answered by a test: ${reason}`,
  reason,
  code,
})

export async function startApiProxy(plane: ControlPlane): Promise<ApiProxy> {
  const authority = await newAuthority('proxy')
  const { certificate, key } = await authority.issueServer(['localhost'], ['127.0.0.1'])
  const agent = new Agent({ keepAlive: true, ca: plane.authority })
  const watches = new Set<ServerResponse>()
  const server = createServer({ cert: certificate, key }, (incoming, response) => {
    const [path = '', query = ''] = (incoming.url ?? '').split('?', 2)
    const asked = { method: incoming.method ?? '', path, isWatch: query.includes('watch=true') }
    const reply = proxy.answer(asked)
    if (reply !== null) {
      incoming.resume()
      response.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers })
      response.end(JSON.stringify(reply.body))
      return
    }
    if (asked.isWatch) {
      watches.add(response)
      response.on('close', () => watches.delete(response))
    }
    pass(incoming, response, asked)
  })
  const pass = (incoming: IncomingMessage, response: ServerResponse, asked: Asked): void => {
    const { method, headers } = incoming
    const onward = request(new URL(incoming.url ?? '/', plane.server), { method, headers, agent }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, answer.headers)
      response.flushHeaders()
      answer.on('data', (bytes: Buffer) => {
        if (!proxy.silence(asked) && !response.writableEnded) response.write(bytes)
      })
      answer.on('end', () => {
        if (!proxy.silence(asked)) response.end()
      })
      answer.on('error', () => response.destroy())
    })
    onward.on('error', () => response.destroy())
    response.on('close', () => onward.destroy())
    incoming.pipe(onward)
  }
  server.keepAliveTimeout = 120_000
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const relay = await startRelay(() => port)
  const proxy: ApiProxy = {
    relay,
    kubeconfig: (like) => {
      const file = join(plane.dir, 'proxied.kubeconfig')
      const cluster = { server: `https://127.0.0.1:${relay.port}`, authority: authority.certificate }
      writeKubeconfig(file, cluster, 'proxied', { token: tokenIn(like) })
      return file
    },
    answer: () => null,
    silence: () => false,
    endWatches: (event) => {
      for (const response of watches) response.end(event === undefined ? '' : `${JSON.stringify(event)}\n`)
    },
    stop: async () => {
      await relay.stop()
      agent.destroy()
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
  return proxy
}

function tokenIn(kubeconfig: string): string {
  const config = parse(readFileSync(kubeconfig, 'utf8')) as Json
  const token = text(field(list(config, 'users')[0], 'user'), 'token')
  if (token === '') throw new Error(`${kubeconfig}: expected a token`)
  return token
}
