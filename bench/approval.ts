import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { once } from 'node:events'
import { request } from 'node:https'
import { text as textOf } from 'node:stream/consumers'
import type { IncomingMessage } from 'node:http'
import type { Json } from '../src/api/json.ts'
import { field, text } from '../src/api/json.ts'
import { UID_PLACEHOLDER } from './reviews/review.ts'
import type { Server } from './servers.ts'
import type { Source } from './source.ts'

const TIMEOUT_MS = 30_000

/**
 * Gets the act in a body approved as it happens in life: the agent asks and is refused, a person signs the request that
 * obstat filed, the agent asks again and is let through. From then on every further review is the same use.
 */
export async function getApproved(server: Server, source: Source, bodyFile: string): Promise<void> {
  const refused = await ask(server, bodyFile)
  const name = text(refused, 'response', 'auditAnnotations', 'request')
  if (field(refused, 'response', 'allowed') !== false || name === '')
    throw new Error(`expected a refusal that names a request, got ${JSON.stringify(refused)}`)
  await source.append(name, source.person.approve(await source.request(name)))
  const allowed = await ask(server, bodyFile)
  if (field(allowed, 'response', 'allowed') !== true)
    throw new Error(`expected an approved act to go through, got ${JSON.stringify(allowed)}`)
}

/** One review, as the API server sends it. */
async function ask({ url, certificate }: Server, bodyFile: string): Promise<Json> {
  const sent = request(`${url}?timeout=${TIMEOUT_MS / 1000}s`, {
    method: 'POST',
    agent: false,
    ca: certificate,
    // What is trusted is the server's own certificate, whoever signed it.
    allowPartialTrustChain: true,
    headers: { 'content-type': 'application/json' },
    signal: AbortSignal.timeout(TIMEOUT_MS),
  })
  sent.end(readFileSync(bodyFile, 'utf8').replace(UID_PLACEHOLDER, randomUUID()))
  const [response] = (await once(sent, 'response')) as [IncomingMessage]
  const body = await textOf(response)
  if (response.statusCode !== 200) throw new Error(`status ${response.statusCode ?? 0}: ${body}`)
  return JSON.parse(body) as Json
}
