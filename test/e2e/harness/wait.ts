import { setTimeout as delay } from 'node:timers/promises'

export interface Patience {
  /** How long to go on asking; 30 seconds unless told. */
  readonly timeoutMs?: number
  /** Pause between two questions; 100 ms unless told. */
  readonly everyMs?: number
  /** Ends the waiting early: its reason is thrown. */
  readonly signal?: AbortSignal
}

/** What was waited for did not come true; the message holds the last value or the last fault. */
export class NotInTime extends Error {
  override readonly name = 'NotInTime'
}

const show = (value: unknown): string => {
  const text = value instanceof Error ? value.message : value === undefined ? 'nothing' : JSON.stringify(value)
  return text.length > 2000 ? `${text.slice(0, 2000)}…` : text
}

/**
 * Asks `predicate` until it answers something other than false, null or undefined, and returns that. A predicate that
 * throws has not come true yet. Throws NotInTime, which says what was waited for and what was last seen.
 */
export async function until<T>(
  what: string,
  predicate: () => T | Promise<T>,
  patience: Patience = {},
): Promise<Exclude<T, false | null | undefined>> {
  const timeoutMs = patience.timeoutMs ?? 30_000
  const endsAt = performance.now() + timeoutMs
  let last: unknown
  do {
    patience.signal?.throwIfAborted()
    try {
      const value = await predicate()
      if (value !== false && value !== null && value !== undefined) return value as Exclude<T, false | null | undefined>
      last = value
    } catch (cause) {
      last = cause
    }
    await delay(patience.everyMs ?? 100)
  } while (performance.now() < endsAt)
  throw new NotInTime(`waited ${timeoutMs} ms in vain for ${what}; last: ${show(last)}`, { cause: last })
}
