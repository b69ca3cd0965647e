/** A stream of choices that is the same for the same seed, on every machine. */
export interface Random {
  /** A whole number from 0 up to and without `end`. */
  readonly int: (end: number) => number
  /** True so often, from 0 to 1. */
  readonly chance: (share: number) => boolean
  /** One of a list that is not empty. */
  readonly pick: <T>(values: readonly T[]) => T
}

/** SplitMix32: two seeds that differ by one give streams that have nothing in common. */
export function randomOf(seed: number): Random {
  let state = seed | 0
  const next = (): number => {
    state = (state + 0x9e3779b9) | 0
    let mixed = state ^ (state >>> 16)
    mixed = Math.imul(mixed, 0x21f0aaad)
    mixed ^= mixed >>> 15
    mixed = Math.imul(mixed, 0x735a2d97)
    return (mixed ^ (mixed >>> 15)) >>> 0
  }
  next()
  const int = (end: number): number => next() % end
  return {
    int,
    chance: (share) => next() / 0x1_0000_0000 < share,
    pick: (values) => values[int(values.length)] as (typeof values)[number],
  }
}

/** One seed out of two, for case `index` of run `seed`. */
export const mix = (seed: number, index: number): number =>
  Math.imul(seed ^ 0x5bd1e995, 0x27d4eb2d) ^ Math.imul(index + 1, 0x165667b1)
