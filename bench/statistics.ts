/** A middle value and how far the single ones were apart. */
export interface Spread {
  readonly median: number
  readonly least: number
  readonly most: number
}

/** null of nothing. */
export function spreadOf(values: readonly number[]): Spread | null {
  const sorted = [...values].sort((a, b) => a - b)
  const [least] = sorted
  const most = sorted.at(-1)
  if (least === undefined || most === undefined) return null
  const upper = sorted[Math.floor(sorted.length / 2)] ?? most
  const lower = sorted[Math.ceil(sorted.length / 2) - 1] ?? least
  return { median: (lower + upper) / 2, least, most }
}

/**
 * Who comes when, in passes AB BA BA AB: what drifts with time, such as a machine that grows warm, falls on all alike.
 * `round` counts from 0.
 */
export const orderOf = <T>(contenders: readonly T[], round: number): readonly T[] =>
  round % 4 === 1 || round % 4 === 2 ? contenders.toReversed() : contenders

type Figure = number | null

/** Quotients pass by pass, so that both sides are of the same minute; passes where one is unknown or 0 are left out. */
export const ratiosOf = (above: readonly Figure[], below: readonly Figure[]): Spread | null =>
  spreadOf(paired(above, below).flatMap(([a, b]) => (b === 0 ? [] : [a / b])))

/** Differences pass by pass. */
export const differencesOf = (more: readonly Figure[], less: readonly Figure[]): Spread | null =>
  spreadOf(paired(more, less).map(([a, b]) => a - b))

const paired = (one: readonly Figure[], other: readonly Figure[]): readonly (readonly [number, number])[] =>
  one.flatMap((a, round) => {
    const b = other[round] ?? null
    return a === null || b === null ? [] : [[a, b] as const]
  })
