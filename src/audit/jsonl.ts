import type { Audit, AuditRecord, GuardRecord } from '../admission/ports.ts'
import type { Lines } from './lines.ts'
import { lines } from './lines.ts'

/** Records that wait to be written; a reader that stops reading costs records, never decisions. */
export const MAX_WAITING_BYTES = 8 * 1024 * 1024
const STDOUT = 1
/** No reader of an audit log notices; who ends obstat without a signal loses what was answered within it. */
const GATHER_MS = 10

export interface JsonLines extends Audit, Pick<Lines, 'dropped' | 'close'> {}

/**
 * One line of JSON for each record, to a file descriptor (standard output unless told). `record` returns at once.
 * `fault` is told when the descriptor cannot be written at all, once until it can be again.
 */
export function jsonLines(
  fault: (cause: unknown) => void,
  descriptor = STDOUT,
  maxWaitingBytes = MAX_WAITING_BYTES,
): JsonLines {
  const missing = (count: number): string => JSON.stringify({ at: new Date().toISOString(), droppedRecords: count })
  const { write, dropped, close } = lines({ descriptor, maxWaitingBytes, missing, fault, gatherMs: GATHER_MS })
  return {
    record: (record: AuditRecord) => {
      write(JSON.stringify(record))
    },
    recordGuarded: (record: GuardRecord) => {
      write(JSON.stringify(record))
    },
    dropped,
    close,
  }
}
