import type { Lines } from './lines.ts'
import { lines } from './lines.ts'

const MAX_WAITING_BYTES = 1024 * 1024
const STDERR = 2

export interface Log extends Pick<Lines, 'close'> {
  /** One line, or several: a fault brings its stack. */
  readonly tell: (message: string) => void
}

/** What people read while obstat serves: lines with their time, to a file descriptor (standard error unless told). */
export function startLog(descriptor = STDERR): Log {
  const timed = (message: string): string => `${new Date().toISOString()} ${message}`
  const { write, close } = lines({
    descriptor,
    maxWaitingBytes: MAX_WAITING_BYTES,
    missing: (count) => timed(`${count} lines are missing here: they could not be written`),
    // There is nobody else to tell; the next line that can be written says how many are missing.
    fault: () => undefined,
    gatherMs: 0,
  })
  return {
    tell: (message) => {
      write(timed(message))
    },
    close,
  }
}
