import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Json } from '../api/json.ts'
import { parseJsonBytes } from '../signing/json-bytes.ts'

/** Reading this much takes a few milliseconds; a thread of its own costs some tenths. */
export const LARGE_BYTES = 2 * 1024 * 1024

/** What the other thread made of the bytes: nothing when that is for this one to do. */
export interface Reply {
  readonly value?: Json
}

/** Few and long strings travel between threads in no time; an object costs more than to read it again. */
export const isWorthSending = (bytes: number, members: number): boolean => members * 256 < bytes

export interface LargeJson {
  /** As `parseJsonBytes`; what it throws, this rejects with. */
  readonly parse: (bytes: Buffer<SharedArrayBuffer>) => Promise<Json>
}

/** The thread ends when nobody has needed it for this long, and its memory with it. */
const IDLE_MS = 30_000

/**
 * Reads large JSON on a thread of its own, so that small reviews need not wait for it. The thread starts with the
 * first.
 */
export function largeJson(idleMs = IDLE_MS): LargeJson {
  let reader: Reader | null = null
  let idle: NodeJS.Timeout | undefined
  return {
    parse: async (bytes) => {
      clearTimeout(idle)
      reader ??= startReader(() => {
        reader = null
      })
      const { read, stop } = reader
      const reply = await read(bytes.buffer)
      clearTimeout(idle)
      idle = setTimeout(stop, idleMs).unref()
      return reply?.value === undefined ? parseJsonBytes(bytes) : reply.value
    },
  }
}

interface Reader {
  /** null when the thread has ended instead. */
  readonly read: (shared: SharedArrayBuffer) => Promise<Reply | null>
  readonly stop: () => void
}

function startReader(ended: () => void): Reader {
  const worker = new Worker(new URL(`large-json-worker${extname(import.meta.filename)}`, import.meta.url))
  const waiting: ((reply: Reply | null) => void)[] = []
  worker.on('message', (reply: Reply) => waiting.shift()?.(reply))
  // Out of memory, or a thread that cannot start: it ends, and all is read here.
  worker.on('error', () => undefined)
  worker.on('exit', () => {
    ended()
    for (const answer of waiting.splice(0)) answer(null)
  })
  // The server is what keeps the process alive.
  worker.unref()
  return {
    read: (shared) => {
      const { promise, resolve } = Promise.withResolvers<Reply | null>()
      waiting.push(resolve)
      worker.postMessage(shared)
      return promise
    },
    stop: () => {
      if (waiting.length === 0) void worker.terminate()
    },
  }
}
