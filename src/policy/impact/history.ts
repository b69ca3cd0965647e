import type { Json } from '../../api/json.ts'
import { list, text } from '../../api/json.ts'
import { GROUP, PLURALS, VERSION } from '../../api/names.ts'
import type { ListRead } from '../read.ts'
import { listOf } from '../read.ts'
import { quote } from '../rule.ts'
import type { ImpactLine } from './impact.ts'
import { counted } from './words.ts'

const WITHIN_MS = 3_600_000
/** Requests are some kilobytes each; of an agent that floods, these are enough to see it. */
const MOST_REQUESTS = 200

/** What this agent has asked for. */
export const historyRead = (agent: string): ListRead => ({
  ...listOf(GROUP, VERSION, PLURALS.ApprovalRequest, ''),
  fields: `spec.agent=${agent}`,
  most: MOST_REQUESTS,
})

/** What the agent asked for in the last hour, and what became of it. [] when it asked for nothing. */
export function historyLines(requests: readonly Json[], agent: string, now: Date): readonly ImpactLine[] {
  const since = now.getTime() - WITHIN_MS
  const recent = requests.filter(
    (one) => text(one, 'spec', 'agent') === agent && Date.parse(text(one, 'spec', 'review', 'filedAt')) >= since,
  )
  if (recent.length === 0) return []
  const used = recent.flatMap((one) => list(one, 'status', 'uses').map((use) => ({ one, at: text(use, 'at') })))
  const denied = recent.filter((one) =>
    list(one, 'status', 'conditions').some((each) => text(each, 'type') === 'Denied'),
  )
  const last = used.sort((a, b) => (a.at < b.at ? 1 : -1))[0]
  const atLeast = requests.length >= MOST_REQUESTS ? 'at least ' : ''
  const what = [
    `${atLeast}${counted(recent.length, 'request')} of this agent in the last hour`,
    `${used.length} acts carried out`,
    ...(denied.length > 0 ? [`${denied.length} denied`] : []),
    ...(last === undefined
      ? []
      : [`the last: ${quote(text(last.one, 'spec', 'review', 'summary'))} at ${last.at.slice(0, 19)}Z`]),
  ]
  return [{ about: 'before', mark: 'note', what: what.join(', ') }]
}
