import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { once } from 'node:events'
import { createServer } from 'node:https'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { renewed } from '../../src/certificates/bundle.ts'

export type Handle = (incoming: IncomingMessage, response: ServerResponse) => void

/** What answers in a real API server's place, over TLS on 127.0.0.1, and a kubeconfig that leads there. */
export interface FakeApiServer {
  readonly kubeconfig: string
  /** Method and path of every request so far. */
  readonly requests: readonly string[]
  /** How many connections there have been. */
  readonly connections: () => number
  /** Answers from now on. */
  handle: Handle
  /** Changes the token of the kubeconfig's user. */
  readonly writeToken: (token: string) => void
  readonly stop: () => Promise<void>
}

export const json = (response: ServerResponse, status: number, body: unknown): void => {
  response.writeHead(status, { 'content-type': 'application/json' })
  response.end(JSON.stringify(body))
}

export async function startFakeApiServer(handle: Handle): Promise<FakeApiServer> {
  const bundle = renewed(null, ['127.0.0.1'], new Date())
  if (bundle === null) throw new Error('no certificate')
  const requests: string[] = []
  let connections = 0
  const server = createServer({ cert: bundle.server.certificate, key: bundle.server.key }, (incoming, response) => {
    requests.push(`${incoming.method ?? ''} ${incoming.url ?? ''}`)
    fake.handle(incoming, response)
  })
  server.on('secureConnection', () => connections++)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const dir = mkdtempSync(join(tmpdir(), 'obstat-fake-'))
  const tokenFile = join(dir, 'token')
  const kubeconfig = join(dir, 'kubeconfig')
  const authority = Buffer.from(bundle.authorities).toString('base64')
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      { name: 'fake', cluster: { server: `https://127.0.0.1:${port}`, 'certificate-authority-data': authority } },
    ],
    users: [{ name: 'obstat', user: { exec: execOf(tokenFile) } }],
    contexts: [{ name: 'fake', context: { cluster: 'fake', user: 'obstat' } }],
    'current-context': 'fake',
  }
  writeFileSync(kubeconfig, JSON.stringify(config))
  const fake: FakeApiServer = {
    kubeconfig,
    requests,
    connections: () => connections,
    handle,
    writeToken: (token) => {
      writeFileSync(tokenFile, credentialOf(token))
    },
    stop: async () => {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
      rmSync(dir, { recursive: true })
    },
  }
  fake.writeToken('first')
  return fake
}

/** An exec plugin, as cloud providers have them: what it prints is the credential. */
const execOf = (file: string): object => ({
  apiVersion: 'client.authentication.k8s.io/v1',
  command: 'cat',
  args: [file],
  interactiveMode: 'Never',
})

/** Good until long ago, so that it is asked for every time. */
const credentialOf = (token: string): string =>
  JSON.stringify({
    apiVersion: 'client.authentication.k8s.io/v1',
    kind: 'ExecCredential',
    status: { token, expirationTimestamp: '2020-01-01T00:00:00Z' },
  })
