import { write } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

const writeAsync = promisify(write)

/** How long a full pipe is left alone. */
const FULL_PAUSE_MS = 10

export interface Lines {
  /** Returns at once. */
  readonly write: (line: string) => void
  /** How many lines were dropped since the start, because nobody took them. */
  readonly dropped: () => number
  /** Writes what waits, for at most this long. */
  readonly close: (timeoutMs: number) => Promise<void>
}

export interface LinesOptions {
  readonly descriptor: number
  /** Lines that wait to be written; a reader that stops reading costs lines, never decisions. */
  readonly maxWaitingBytes: number
  /** The line that says how many are missing before the next one. */
  readonly missing: (count: number) => string
  /** Is told when the descriptor cannot be written, once until it can be again. */
  readonly fault: (cause: unknown) => void
  /**
   * Lines that come within so long of the first one are written with it: waking the other thread costs more than a
   * line.
   */
  readonly gatherMs: number
}

/**
 * Lines to a file descriptor. Writing happens on another thread, since Node's own streams for standard output and error
 * block the whole process when a pipe is full, and end it when a disk is.
 */
export function lines({ descriptor, maxWaitingBytes, missing, fault, gatherMs }: LinesOptions): Lines {
  let waiting: string[] = []
  let waitingBytes = 0
  let dropped = 0
  let untold = 0
  let isBroken = false
  let writing: Promise<void> | undefined
  const drop = (count: number): void => {
    dropped += count
    untold += count
  }
  const fail = (cause: unknown): void => {
    if (!isBroken) fault(cause)
    isBroken = true
  }
  const flush = async (): Promise<void> => {
    while (waiting.length > 0) {
      if (gatherMs > 0) await sleep(gatherMs)
      const batch = waiting
      const [untoldBefore, head] = [untold, untold === 0 ? '' : `${missing(untold)}\n`]
      waiting = []
      waitingBytes = 0
      untold = 0
      try {
        await writeWhole(descriptor, Buffer.from(head + batch.join('')))
        isBroken = false
      } catch (cause) {
        untold += untoldBefore
        drop(batch.length)
        fail(cause)
      }
    }
    writing = undefined
  }
  return {
    write: (line) => {
      if (waitingBytes + line.length + 1 > maxWaitingBytes) {
        drop(1)
        return
      }
      waiting.push(`${line}\n`)
      waitingBytes += line.length + 1
      writing ??= flush()
    },
    dropped: () => dropped,
    close: async (timeoutMs) => {
      const { promise, resolve } = Promise.withResolvers<undefined>()
      const timer = setTimeout(() => {
        resolve(undefined)
      }, timeoutMs)
      await Promise.race([writing, promise])
      clearTimeout(timer)
    },
  }
}

async function writeWhole(descriptor: number, bytes: Buffer): Promise<void> {
  for (let start = 0; start < bytes.length;) {
    try {
      start += (await writeAsync(descriptor, bytes, start)).bytesWritten
    } catch (cause) {
      // The other end of the pipe is slow (EAGAIN): it may yet read.
      if (!(cause instanceof Error && 'code' in cause && cause.code === 'EAGAIN')) throw cause
      await sleep(FULL_PAUSE_MS)
    }
  }
}
