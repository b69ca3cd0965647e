import { write } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { Audit, AuditRecord } from '../admission/ports.ts'

const writeAsync = promisify(write)

/** Records that wait to be written; a reader that stops reading costs records, never decisions. */
export const MAX_WAITING_BYTES = 8 * 1024 * 1024
/** How long a full pipe is left alone. */
const FULL_PAUSE_MS = 10
const STDOUT = 1

export interface JsonLines extends Audit {
  /** How many records were dropped since the start, because nobody took them. */
  readonly dropped: () => number
  /** Writes what waits, for at most this long. */
  readonly close: (timeoutMs: number) => Promise<void>
}

/**
 * One line of JSON for each record, to a file descriptor (standard output unless told). `record` returns at once:
 * writing happens on another thread, since Node's own stdout blocks the whole process when a pipe is full. `fault` is
 * told when the descriptor cannot be written at all.
 */
export function jsonLines(
  fault: (cause: unknown) => void,
  descriptor = STDOUT,
  maxWaitingBytes = MAX_WAITING_BYTES,
): JsonLines {
  let waiting: string[] = []
  let waitingBytes = 0
  let dropped = 0
  let untold = 0
  let writing: Promise<void> | undefined
  const drop = (count: number): void => {
    dropped += count
    untold += count
  }
  const flush = async (): Promise<void> => {
    while (waiting.length > 0) {
      const lines = waiting
      const missing =
        untold === 0 ? '' : `${JSON.stringify({ at: new Date().toISOString(), droppedRecords: untold })}\n`
      waiting = []
      waitingBytes = 0
      untold = 0
      try {
        await writeWhole(descriptor, Buffer.from(missing + lines.join('')))
      } catch (cause) {
        drop(lines.length)
        fault(cause)
      }
    }
    writing = undefined
  }
  return {
    record: (record: AuditRecord) => {
      const line = `${JSON.stringify(record)}\n`
      if (waitingBytes + line.length > maxWaitingBytes) {
        drop(1)
        return
      }
      waiting.push(line)
      waitingBytes += line.length
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
