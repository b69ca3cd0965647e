import type { Json } from '../api/json.ts'

/** Keys under this prefix are obstat's: no object may hold one outside its labels and annotations. */
export const MARKER_PREFIX = 'obstat.dev/'

/** The keys that markers are made of (APPROVALS section 1). */
export const MARKER_KEYS: ReadonlySet<string> = new Set([
  'obstat.dev/sha256',
  'obstat.dev/bytes',
  'obstat.dev/number',
  'obstat.dev/generated',
])

/**
 * Stands for one value in an act. Its canonical form is that of its own keys; two markers are the same value when they
 * stand for the same text, whatever they show. An object that somebody spelt with the same keys is no Marker.
 */
export class Marker {
  readonly [key: string]: Json
  readonly #stands: string

  /** @param shown the keys and values to print  @param stands what decides equality; never printed */
  constructor(shown: Readonly<Record<string, Json>>, stands: string) {
    Object.assign(this, shown)
    this.#stands = stands
  }

  static same(a: Marker, b: Marker): boolean {
    return a.#stands === b.#stands
  }
}
