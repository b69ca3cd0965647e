import { quote } from '../rule.ts'

/** `1 pod`, `3 pods`. */
export const counted = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`

/** Names that fit a line; the rest is counted. */
const MOST_NAMES = 4

/** `"a", "b" and 3 more`. */
export function named(names: readonly string[]): string {
  const sorted = [...names].sort()
  const shown = sorted.slice(0, MOST_NAMES).map(quote).join(', ')
  return sorted.length > MOST_NAMES ? `${shown} and ${sorted.length - MOST_NAMES} more` : shown
}

/** `Service "a"`, `Services "a", "b" and 3 more`. */
export const titled = (kind: string, names: readonly string[]): string =>
  `${kind}${names.length === 1 ? '' : kind.endsWith('s') ? 'es' : 's'} ${named(names)}`
