import type { Json } from '../api/json.ts'
import { bindingOf, bindingReads } from '../policy/impact/binding.ts'
import type { Binding, Impact } from '../policy/impact/impact.ts'
import { impactOf, impactReads } from '../policy/impact/index.ts'
import { NOTHING_SEEN, Seen } from '../policy/impact/seen.ts'
import type { Read } from '../policy/read.ts'
import { keyOf } from '../policy/read.ts'
import type { Request } from '../policy/request.ts'
import type { Reader } from './ports.ts'

/** A refusal waits no longer for what its card shows; what is not there by then could not be read. */
export const CARD_MS = 1000
/** The objects of a Namespace, then the volumes of its claims. */
const MAX_ROUNDS = 3
/** A Namespace has twelve lists, and 24 volumes are looked up; more than these are not read. */
const MAX_READS = 48
/** As for a review's other reads: enough to hide latency, few enough that one review cannot take every connection. */
const AT_ONCE = 8

/** One read's answer, or why there is none, without a word of what the answer said. */
export type Outcome = { readonly ok: true; readonly value: Json } | { readonly ok: false; readonly why: string }
export type TryRead = (read: Read) => Promise<Outcome>

/**
 * Runs work that reads what a card shows: each read is answered or fails by itself, and none after CARD_MS. A reader
 * that does not heed its signal is not waited for.
 */
export async function inTime<T>(
  reader: Reader,
  signal: AbortSignal,
  work: (attempt: TryRead) => Promise<T>,
): Promise<T> {
  const end = new AbortController()
  const late = AbortSignal.any([signal, end.signal])
  const { promise: over, resolve } = Promise.withResolvers<null>()
  late.addEventListener('abort', () => {
    resolve(null)
  })
  const timer = setTimeout(() => {
    end.abort()
  }, CARD_MS)
  const isLate = (): boolean => late.aborted
  const attempt: TryRead = async (read) => {
    if (isLate()) return TOO_LATE
    try {
      const found = await Promise.race([reader.read([read], late), over])
      return found === null ? TOO_LATE : { ok: true, value: found.get(keyOf(read)) ?? null }
    } catch (cause) {
      return isLate() ? TOO_LATE : { ok: false, why: whyOf(cause) }
    }
  }
  try {
    return await work(attempt)
  } finally {
    clearTimeout(timer)
    // Whatever is still being read is wanted by nobody.
    end.abort(OVER)
  }
}

/** Made once: an abort without a reason makes an exception with a stack each time. */
const OVER = new Error('the card has been read')

const TOO_LATE: Outcome = { ok: false, why: 'no answer in time' }

function whyOf(cause: unknown): string {
  const status = cause instanceof Error && 'status' in cause ? cause.status : undefined
  if (status === 403) return 'obstat has no right to'
  return typeof status === 'number' ? `HTTP ${status}` : 'the read failed'
}

/** What the act takes with it, read live and in time. Never fails: a read that does is a line that says so. */
export const readImpact = (request: Request, parent: Json, reader: Reader, signal: AbortSignal): Promise<Impact> =>
  inTime(reader, signal, (attempt) => impactBy(attempt, request, parent))

/** The same with reads of the caller's. */
export const impactBy = async (attempt: TryRead, request: Request, parent: Json): Promise<Impact> =>
  impactOf(request, parent, await seenBy(attempt, (seen) => impactReads(request, parent, seen)))

/**
 * Only what must not have grown since it was shown: a use of an approval reads no more than it rests on. Never fails,
 * either.
 */
export async function readBinding(
  request: Request,
  parent: Json,
  reader: Reader,
  signal: AbortSignal,
): Promise<Binding> {
  const isInTheRequest = bindingReads(request, parent, NOTHING_SEEN).length === 0
  const wanted = (seen: Seen): readonly Read[] => bindingReads(request, parent, seen)
  const seen = isInTheRequest ? NOTHING_SEEN : await inTime(reader, signal, (attempt) => seenBy(attempt, wanted))
  return bindingOf(request, parent, seen)
}

/** Reads what is wanted, given what has been read, until it is nothing new. */
async function seenBy(attempt: TryRead, wanted: (seen: Seen) => readonly Read[]): Promise<Seen> {
  const answers = new Map<string, Json>()
  const failures = new Map<string, string>()
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const seen = new Seen(answers, failures)
    const missing = distinct(wanted(seen).filter((read) => !seen.isTried(read)))
    if (missing.length === 0) break
    const left = Math.max(0, MAX_READS - answers.size - failures.size)
    for (const read of missing.slice(left)) failures.set(keyOf(read), 'too many to read')
    await attemptAll(missing.slice(0, left), attempt, answers, failures)
  }
  return new Seen(answers, failures)
}

const distinct = (reads: readonly Read[]): readonly Read[] => [
  ...new Map(reads.map((read) => [keyOf(read), read])).values(),
]

async function attemptAll(
  reads: readonly Read[],
  attempt: TryRead,
  answers: Map<string, Json>,
  failures: Map<string, string>,
): Promise<void> {
  const waiting = [...reads]
  const work = async (): Promise<void> => {
    for (let read = waiting.shift(); read !== undefined; read = waiting.shift()) {
      const outcome = await attempt(read)
      if (outcome.ok) answers.set(keyOf(read), outcome.value)
      else failures.set(keyOf(read), outcome.why)
    }
  }
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, waiting.length) }, work))
}
