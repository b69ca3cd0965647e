import type { RequestSummary } from '../cluster/request-index.ts'

/** The ApprovalRequests that nobody has answered yet. */
export interface Waiting {
  readonly count: number
  /** Age of the oldest; 0 when there is none. */
  readonly oldestSeconds: number
}

/** Which of these requests wait for people now. */
export function waitingIn(requests: readonly RequestSummary[], now: Date): Waiting {
  const waiting = requests.filter(({ isClosed, expiresAt }) => !isClosed && expiresAt > now.getTime())
  const oldestMs = waiting.reduce((oldest, { filedAt }) => Math.min(oldest, filedAt), now.getTime())
  return { count: waiting.length, oldestSeconds: (now.getTime() - oldestMs) / 1000 }
}
