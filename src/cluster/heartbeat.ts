import { setTimeout as sleep } from 'node:timers/promises'
import { text } from '../api/json.ts'
import type { Client } from './client.ts'
import { Unreachable, reasonOf } from './errors.ts'
import type { Moment } from './moment.ts'
import { betweenMs, present } from './moment.ts'

const KUBE_SYSTEM = '/api/v1/namespaces/kube-system'
const EVERY_MS = 1000
const TIMEOUT_MS = 1000
/**
 * Half of what an approval's time may differ: with a clock that is further off, expired approvals would count again.
 */
const MAX_SKEW_MS = 30_000

export interface Beat {
  /** When the read was sent: whatever was true then is covered by its answer. */
  readonly at: Moment
  /** uid of the kube-system Namespace, which is the cluster's identity. */
  readonly cluster: string
  /** Milliseconds since the beat before; 0 for the first. */
  readonly gapMs: number
}

/**
 * Reads one small object once a second, on a connection of its own and from etcd (a get without resourceVersion is a
 * quorum read), and tells whether that worked. Ends when the signal is aborted.
 */
export async function beat(
  client: Client,
  on: { readonly alive: (beat: Beat) => void; readonly silent: (reason: string) => void },
  signal: AbortSignal,
): Promise<void> {
  let last: Moment | undefined
  const isOver = (): boolean => signal.aborted
  while (!isOver()) {
    const at = present()
    try {
      const sentAt = (ms: number): void => {
        expectSameTime(at.wallMs, ms)
      }
      const found = await client.get(KUBE_SYSTEM, { signal, timeoutMs: TIMEOUT_MS, line: 'heartbeat', sentAt })
      const cluster = text(found, 'metadata', 'uid')
      if (cluster === '') throw new Unreachable('the answer is not the kube-system Namespace; check the server address')
      on.alive({ at, cluster, gapMs: last === undefined ? 0 : betweenMs(last, at) })
      last = at
    } catch (cause) {
      if (isOver()) return
      on.silent(reasonOf(cause))
    }
    await pauseUntil(at.monotonicMs + EVERY_MS, signal)
  }
}

/**
 * The server's time lies between the question and now, and is cut to whole seconds. Throws when it does not, by far.
 */
function expectSameTime(askedAtMs: number, sentAtMs: number): void {
  const aheadMs = askedAtMs - (sentAtMs + 1000)
  const behindMs = sentAtMs - Date.now()
  if (Math.max(aheadMs, behindMs) <= MAX_SKEW_MS) return
  const how = aheadMs > 0 ? `${Math.round(aheadMs / 1000)} s ahead of` : `${Math.round(behindMs / 1000)} s behind`
  throw new WrongTime(`the clock of this machine is ${how} the API server's; nothing is judged until both agree`)
}

/** Ours or theirs: one of the clocks is wrong. */
export class WrongTime extends Error {
  override readonly name = 'WrongTime'
  readonly code = 'WrongTime'
}

async function pauseUntil(time: number, signal: AbortSignal): Promise<void> {
  try {
    await sleep(Math.max(0, time - performance.now()), undefined, { signal })
  } catch (cause) {
    if (!signal.aborted) throw cause
  }
}
