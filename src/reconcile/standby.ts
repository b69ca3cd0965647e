import { text } from '../api/json.ts'
import type { StandbyMode } from '../api/names.ts'
import { isStandbyName, standbyBinding, standbyMode } from '../enforcement/standby.ts'
import type { Fit } from './kept.ts'

/** Whoever has the configuration put back so often fights with us, and agents pass in between. */
const FIGHT_TIMES = 10
const FIGHT_MS = 60_000
/** A watch that breaks is there again sooner. */
const BLIND_MS = 5000

/** How the webhook configuration was kept just now. */
export interface Kept {
  /** Why it could not be written, or null. */
  readonly failure: string | null
  /** Why it cannot be watched although others can, or null. */
  readonly blindness: string | null
  /** By a clock that nobody sets. */
  readonly nowMs: number
}

/** Bindings as they are, where people or the leader may have chosen. */
export const asItStands: Fit = (object, live) => {
  const name = text(object, 'metadata', 'name')
  return isStandbyName(name) ? standbyBinding(name, standbyMode(live)) : object
}

/**
 * Whether the standby policy has to hold agents up: while the leader cannot keep the webhook configuration right, and
 * while a person wants it, which the leader never undoes.
 */
export class Standby {
  readonly #log: (message: string) => void
  readonly #modes = new Map<string, StandbyMode>()
  #why: string | null = null
  #blindSinceMs: number | null = null
  #restoredMs: readonly number[] = []

  constructor(log: (message: string) => void) {
    this.#log = log
  }

  /** Somebody had changed or removed the webhook configuration, and it was put back. */
  restored(nowMs: number): void {
    this.#restoredMs = [...this.#recent(nowMs), nowMs]
  }

  decide({ failure, blindness, nowMs }: Kept): void {
    this.#blindSinceMs = blindness === null ? null : (this.#blindSinceMs ?? nowMs)
    this.#restoredMs = this.#recent(nowMs)
    const isBlind = this.#blindSinceMs !== null && nowMs - this.#blindSinceMs >= BLIND_MS
    const fought =
      this.#restoredMs.length >= FIGHT_TIMES ? 'somebody else keeps changing the webhook configuration' : null
    this.#why = failure ?? (isBlind ? blindness : null) ?? fought
  }

  /** Bindings as they should be. One that somebody deletes comes back as it was: that is no way to let agents go. */
  readonly fit: Fit = (object, live) => {
    const name = text(object, 'metadata', 'name')
    if (!isStandbyName(name)) return object
    const before = this.#modes.get(name) ?? 'Waiting'
    const stands = live === null ? before : standbyMode(live)
    const own = this.#why === null ? 'Waiting' : 'EnforcedByLeader'
    const mode = stands === 'EnforcedByPerson' ? stands : own
    this.#modes.set(name, mode)
    if (mode !== before) this.#log(`${name} ${this.#told(mode)}`)
    return standbyBinding(name, mode)
  }

  #recent(nowMs: number): readonly number[] {
    return this.#restoredMs.filter((ms) => nowMs - ms < FIGHT_MS)
  }

  #told(mode: StandbyMode): string {
    switch (mode) {
      case 'Waiting':
        return 'stands by again'
      case 'EnforcedByPerson':
        return 'holds agents up, as a person wants'
      case 'EnforcedByLeader':
        return `holds agents up, because the webhook configuration cannot be kept right: ${this.#why ?? ''}`
    }
  }
}
