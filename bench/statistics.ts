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

/** Quotients pass by pass, so that both sides are of the same minute; passes where one is unknown or 0 are left out. */
export function ratiosOf(above: readonly (number | null)[], below: readonly (number | null)[]): Spread | null {
  return spreadOf(
    above.flatMap((value, round) => {
      const other = below[round] ?? null
      return value === null || other === null || other === 0 ? [] : [value / other]
    }),
  )
}
