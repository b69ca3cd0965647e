import type { Request as HttpRequest, Response } from 'express'
import express from 'express'
import type { Json } from '../api/json.ts'
import { uidOf } from '../admission/decode.ts'
import type { Answer } from '../admission/encode.ts'
import { refusal } from '../admission/encode.ts'
import { decodeUtf8, parseJson } from '../signing/json.ts'

/** What answers one review. Never throws: a fault is a refusal. */
export type Judge = (uid: string, body: Json, signal: AbortSignal) => Promise<Answer>

export interface AppOptions {
  readonly agents: Judge
  readonly guard: Judge
  /** Where a body that cannot be read goes, whole. */
  readonly fault: (uid: string, cause: unknown) => void
}

/** The worst legal review: 1.5 MiB old and 3 MiB new object, every byte escaped to six, is 28 MB. */
export const MAX_BODY_BYTES = 32 * 1024 * 1024
/** The API server's own default, when its URL says nothing. */
const DEFAULT_TIMEOUT_MS = 5000
/** The answer must still travel and be read before the API server gives up. */
const MARGIN_MS = 400

/** POST /agents and POST /guard: AdmissionReview v1 in, AdmissionReview v1 out; an HTTP error only where there is no uid. */
export function createApp(options: AppOptions): express.Express {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.post('/agents', handle(options.agents, options.fault))
  app.post('/guard', handle(options.guard, options.fault))
  return app
}

const handle =
  (judge: Judge, fault: AppOptions['fault']) =>
  async (http: HttpRequest, response: Response): Promise<void> => {
    const signal = AbortSignal.timeout(deadlineMs(http.query['timeout']))
    const answer = await answerTo(await readBody(http), judge, fault, signal)
    if (answer === null)
      response.status(400).type('text/plain').send('expected an AdmissionReview of admission.k8s.io/v1\n')
    else response.status(200).type('application/json').send(JSON.stringify(answer))
  }

async function answerTo(
  body: Body,
  judge: Judge,
  fault: AppOptions['fault'],
  signal: AbortSignal,
): Promise<Answer | null> {
  if (body.isTooLarge) {
    const uid = /"uid"\s*:\s*"([^"\\]{1,128})"/.exec(body.bytes.subarray(0, 4096).toString('latin1'))?.[1] ?? ''
    return uid === '' ? null : refusal(uid, 'InternalError', `the review is larger than ${MAX_BODY_BYTES} bytes`)
  }
  const parsed = parse(body.bytes)
  if (parsed.ok) {
    const uid = uidOf(parsed.value)
    return uid === '' ? null : judge(uid, parsed.value, signal)
  }
  const uid = lenientUid(body.bytes)
  if (uid === '') return null
  fault(uid, parsed.cause)
  return refusal(uid, 'InternalError', 'the review is not strict JSON (a duplicate key, a lone surrogate, or broken)')
}

type Parsed = { readonly ok: true; readonly value: Json } | { readonly ok: false; readonly cause: unknown }

/** Strict and lossless. Whatever goes wrong here becomes a refusal by the caller. */
function parse(bytes: Buffer): Parsed {
  try {
    return { ok: true, value: parseJson(decodeUtf8(bytes)) }
  } catch (cause) {
    return { ok: false, cause }
  }
}

/** The uid of a review that the strict parser refused, so that the refusal can still be addressed; '' when there is none. */
function lenientUid(bytes: Buffer): string {
  try {
    return uidOf(JSON.parse(bytes.toString('utf8')) as Json)
  } catch (cause) {
    if (cause instanceof SyntaxError) return ''
    throw cause
  }
}

interface Body {
  readonly bytes: Buffer
  readonly isTooLarge: boolean
}

/** The whole body, or its beginning when it is too large; the rest is read and dropped, so that the answer can be sent. */
async function readBody(http: HttpRequest): Promise<Body> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of http as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size <= MAX_BODY_BYTES || chunks.length === 0) chunks.push(chunk)
  }
  return { bytes: Buffer.concat(chunks), isTooLarge: size > MAX_BODY_BYTES }
}

/** `timeout` is a Go duration such as `5s`, `1m30s` or `500ms` (KEP-1872 passes what is left of the request's own time). */
export function deadlineMs(timeout: unknown): number {
  const units: Readonly<Record<string, number>> = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 }
  const parts = typeof timeout === 'string' ? [...timeout.matchAll(/(\d+(?:\.\d+)?)(ms|h|m|s)/g)] : []
  const isWhole = typeof timeout === 'string' && parts.map((part) => part[0]).join('') === timeout && timeout !== ''
  const ms = isWhole
    ? parts.reduce((sum, [, number, unit]) => sum + Number(number) * (units[unit ?? ''] ?? 0), 0)
    : DEFAULT_TIMEOUT_MS
  return Math.max(50, Math.min(ms, 30_000) - MARGIN_MS)
}
