const UNIT_MS: ReadonlyMap<string, number> = new Map([
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['m', 60_000],
  ['s', 1000],
])

/** Milliseconds of `90s`, `15m`, `1h30m`, `2d` or plain seconds; null for anything else. */
export function parseDuration(text: string): number | null {
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000
  if (!/^(\d{1,9}[dhms])+$/.test(text)) return null
  return [...text.matchAll(/(\d+)([dhms])/g)].reduce(
    (sum, [, number, unit]) => sum + Number(number) * (UNIT_MS.get(unit ?? '') ?? 0),
    0,
  )
}
