import { monitorEventLoopDelay } from 'node:perf_hooks'

/** How often the loop is looked at. */
const RESOLUTION_MS = 20
/** Whoever asks more often, or beside somebody else, is told of the same window. */
const WINDOW_MS = 10_000

/** How late the event loop is. */
export interface LoopDelay {
  /** 99th percentile in seconds, of the last whole window and what has come since; null before the first look. */
  readonly p99Seconds: () => number | null
  readonly stop: () => void
}

/** What `monitorEventLoopDelay` gives, as far as it is read here. */
export type Delays = Pick<
  ReturnType<typeof monitorEventLoopDelay>,
  'enable' | 'disable' | 'reset' | 'percentile' | 'count'
>

/** Measures from now on. Reading forgets nothing that somebody else has yet to read. */
export function measureLoopDelay(
  nowMs: () => number = () => performance.now(),
  delays: Delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS }),
): LoopDelay {
  let before: number | null = null
  let startedMs = nowMs()
  delays.enable()
  return {
    p99Seconds: () => {
      const current = delays.count === 0 ? null : lateness(delays.percentile(99))
      const known = [before, current].filter((one) => one !== null)
      if (nowMs() - startedMs >= WINDOW_MS) {
        before = current
        startedMs = nowMs()
        delays.reset()
      }
      return known.length === 0 ? null : Math.max(...known)
    },
    stop: () => {
      delays.disable()
    },
  }
}

/** Node records the time between two looks, which is the resolution when nothing is late. */
const lateness = (nanoseconds: number): number => Math.max(0, nanoseconds - RESOLUTION_MS * 1e6) / 1e9
