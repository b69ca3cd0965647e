import type { Json } from '../api/json.ts'
import { text } from '../api/json.ts'
import { table } from './table.ts'

/** Lines of the audit log as a table: one decision a line. */
export function decisionLog(lines: readonly string[]): string {
  const rows = lines.map((line) => {
    const record = JSON.parse(line) as Json
    const path = [text(record, 'namespace'), text(record, 'name')].filter((part) => part !== '').join('/')
    const act = `${text(record, 'operation')} ${path}`
    return [...['verdict', 'reason', 'agent'].map((key) => text(record, key)), act, text(record, 'request')]
  })
  return table(['ANSWER', 'REASON', 'AGENT', 'ACT', 'REQUEST'], rows)
}
