import { request } from 'node:https'
import type { Json } from '../../../src/api/json.ts'
import type { Credential } from './certificates.ts'
import type { Cluster } from './kubeconfig.ts'

export interface Answer {
  readonly status: number
  /** The body as text; for an object, `json` holds it parsed. */
  readonly text: string
  readonly json: Json
}

export interface Call {
  readonly method?: string
  readonly body?: unknown
  /** `application/json` unless told; a patch needs one of the patch types. */
  readonly contentType?: string
  readonly timeoutMs?: number
}

const parsed = (text: string): Json => {
  try {
    return JSON.parse(text) as Json
  } catch (cause) {
    if (cause instanceof SyntaxError) return null
    throw cause
  }
}

/**
 * One plain HTTPS call to the API server with a client certificate, on a connection of its own. Any HTTP status is an
 * answer; no answer (refused, reset, too late) is thrown.
 */
export function call(cluster: Cluster, identity: Credential, path: string, options: Call = {}): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>()
  const body = options.body === undefined ? undefined : JSON.stringify(options.body)
  const sent = request(
    new URL(path, cluster.server),
    {
      method: options.method ?? 'GET',
      agent: false,
      ca: cluster.authority,
      cert: identity.certificate,
      key: identity.key,
      headers: {
        accept: 'application/json',
        ...(body === undefined ? {} : { 'content-type': options.contentType ?? 'application/json' }),
      },
      signal: AbortSignal.timeout(options.timeoutMs ?? 10_000),
    },
    (response) => {
      const pieces: Buffer[] = []
      response.on('data', (piece: Buffer) => pieces.push(piece))
      response.on('error', reject)
      response.on('end', () => {
        const text = Buffer.concat(pieces).toString('utf8')
        resolve({ status: response.statusCode ?? 0, text, json: parsed(text) })
      })
    },
  )
  sent.on('error', reject)
  sent.end(body)
  return promise
}
