import { randomUUID } from 'node:crypto'
import { Agent, request } from 'node:https'
import type { Json } from '../../../src/api/json.ts'
import { field, text } from '../../../src/api/json.ts'

/** A review as the API server would send it, and the uid that its answer must have. */
export interface Review {
  readonly uid: string
  readonly bytes: Buffer
}

/** The answer to one review; `verdict` is what the API server would make of it. */
export interface Answered {
  readonly status: number
  readonly retryAfter: string
  readonly uid: string
  readonly verdict: 'allowed' | 'refused' | 'none'
  readonly reason: string
  readonly ms: number
}

const reviewOf = (request: object): Review => {
  const uid = randomUUID()
  const review = { kind: 'AdmissionReview', apiVersion: 'admission.k8s.io/v1', request: { uid, ...request } }
  // As Go writes it: the bytes that mean something in HTML are escaped to six each.
  const go = JSON.stringify(review).replace(/[<>&]/g, (character) => `\\u00${character.charCodeAt(0).toString(16)}`)
  return { uid, bytes: Buffer.from(go) }
}

const configMaps = { group: '', version: 'v1', resource: 'configmaps' }
const configMap = { group: '', version: 'v1', kind: 'ConfigMap' }

const byAgent = (operation: string, namespace: string, name: string): object => ({
  kind: configMap,
  resource: configMaps,
  requestKind: configMap,
  requestResource: configMaps,
  namespace,
  name,
  operation,
  userInfo: {
    username: 'system:serviceaccount:agents:sre-bot',
    uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
    groups: ['system:serviceaccounts', 'system:serviceaccounts:agents', 'system:authenticated'],
  },
  dryRun: false,
  options: { kind: 'UpdateOptions', apiVersion: 'meta.k8s.io/v1' },
})

const object = (namespace: string, name: string, data: object): object => ({
  kind: 'ConfigMap',
  apiVersion: 'v1',
  metadata: { namespace, name, uid: '0e1c1f3f-0000-4000-8000-000000000000', resourceVersion: '1' },
  data,
})

/** The agent changes a ConfigMap that it may change. */
export const small = (): Review =>
  reviewOf({
    ...byAgent('UPDATE', 'shop', 'board'),
    object: object('shop', 'board', { a: '2' }),
    oldObject: object('shop', 'board', { a: '1' }),
  })

/** The same with the largest ConfigMap there is, of HTML: so many reviews of 12.6 MB each, made before any is sent. */
export function large(count: number): readonly Review[] {
  const html = '<'.repeat(1024 * 1024)
  const { uid, bytes } = reviewOf({
    ...byAgent('UPDATE', 'shop', 'page'),
    object: object('shop', 'page', { a: '2', html }),
    oldObject: object('shop', 'page', { a: '1', html }),
  })
  const at = bytes.indexOf(uid)
  return Array.from({ length: count }, () => {
    const other = randomUUID()
    const copy = Buffer.from(bytes)
    copy.write(other, at)
    return { uid: other, bytes: copy }
  })
}

/** The agent deletes a ConfigMap of the protected Namespace. */
export const forbidden = (name = 'kept-0'): Review =>
  reviewOf({
    ...byAgent('DELETE', 'vault', name),
    object: null,
    oldObject: object('vault', name, {}),
    options: { kind: 'DeleteOptions', apiVersion: 'meta.k8s.io/v1' },
  })

export const keptAlive = (): Agent => new Agent({ keepAlive: true, rejectUnauthorized: false, maxSockets: Infinity })

/** Sends a review as the API server would, and gives up when it would. Throws when there is no answer. */
export function send(url: string, { bytes }: Review, agent: Agent, path = '/agents?timeout=5s'): Promise<Answered> {
  const { promise, resolve, reject } = Promise.withResolvers<Answered>()
  const startedAt = performance.now()
  const headers = { 'content-type': 'application/json', 'content-length': bytes.length }
  const call = request(
    new URL(path, url),
    { method: 'POST', agent, headers, signal: AbortSignal.timeout(5000) },
    (response) => {
      const pieces: Buffer[] = []
      response.on('data', (piece: Buffer) => pieces.push(piece))
      response.on('error', reject)
      response.on('end', () => {
        const body = Buffer.concat(pieces).toString('utf8')
        const answer = response.statusCode === 200 ? (JSON.parse(body) as Json) : null
        const allowed = field(answer, 'response', 'allowed')
        resolve({
          status: response.statusCode ?? 0,
          retryAfter: response.headers['retry-after'] ?? '',
          uid: text(answer, 'response', 'uid'),
          verdict: allowed === true ? 'allowed' : allowed === false ? 'refused' : 'none',
          reason: text(answer, 'response', 'status', 'reason'),
          ms: performance.now() - startedAt,
        })
      })
    },
  )
  call.on('error', reject)
  call.end(bytes)
  return promise
}
