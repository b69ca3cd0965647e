/**
 * A point in time on two clocks, so that neither lies about an age: the wall clock may be set, back too, and the
 * monotonic one stands still while a machine is suspended.
 */
export interface Moment {
  /** Milliseconds since the epoch. */
  readonly wallMs: number
  /** Milliseconds of `performance.now()`. */
  readonly monotonicMs: number
}

export const present = (): Moment => ({ wallMs: Date.now(), monotonicMs: performance.now() })

/**
 * Milliseconds from one moment to a later one, by the clock that says more; never below 0. A wall clock that was set
 * back counts as one that was set forward: either way nobody knows what time it was.
 */
export const betweenMs = (from: Moment, to: Moment): number =>
  Math.max(0, to.monotonicMs - from.monotonicMs, Math.abs(to.wallMs - from.wallMs))

export const earlier = (a: Moment, b: Moment): Moment => (b.monotonicMs < a.monotonicMs ? b : a)

export const later = (a: Moment, b: Moment): Moment => (b.monotonicMs > a.monotonicMs ? b : a)
