import type { State } from '../policy/approvals/standing.ts'
import type { Statement } from '../signing/statement.ts'

/** Is it too late for such a decision: would a signature change nothing? */
export const isOver = (state: State, decision: Statement['decision']): boolean =>
  state === 'Denied' || state === 'Recommended' ? decision === 'Approve' : state === 'Expired' || state === 'Used'

/** What a request is, after "ar-7f3k is". */
export const OVER: Readonly<Record<State, string>> = {
  Pending: 'pending',
  Recommended: 'only a recommendation, which no signature opens',
  Approved: 'approved',
  Denied: 'denied',
  Expired: 'expired',
  Used: 'used',
}
