import type { Identities } from './identities.ts'

/** One entry of `matchConditions`. */
export interface MatchCondition {
  readonly name: string
  readonly expression: string
}

/**
 * The API server refuses an expression of more than 100,000 code points (cel-go ExpressionSizeCodePointLimit); what
 * stands around the lists takes less than a thousand.
 */
export const MAX_CODE_POINTS = 90_000

/** A CEL string literal. Controls are escaped, a lone surrogate becomes U+FFFD as it does in the API server. */
export const celString = (value: string): string =>
  `'${value
    .toWellFormed()
    .replace(/[\\']/g, '\\$&')
    .replace(
      /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g,
      (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`,
    )}'`

export const celList = (values: readonly string[]): string => `[${values.map(celString).join(',')}]`

/** True for this one user; false, not an error, where a request has no username. */
export const isUser = (username: string): string =>
  `(has(request.userInfo.username) && request.userInfo.username == ${celString(username)})`

/** True for one of these users; false, not an error, where a request has no username. */
export const isOneOf = (usernames: readonly string[]): string =>
  usernames.length === 0
    ? 'false'
    : `(has(request.userInfo.username) && request.userInfo.username in ${celList(usernames)})`

const isInOneOf = (groups: readonly string[]): string =>
  groups.length === 0
    ? 'false'
    : `(has(request.userInfo.groups) && request.userInfo.groups.exists(g, g in ${celList(groups)}))`

/**
 * CEL expressions that are true for exactly these identities, in one of them each, and that cannot error. None but
 * `false` where there are no identities: a webhook that matches nobody is still a valid one.
 */
export function expressionsFor(identities: Identities, maxCodePoints = MAX_CODE_POINTS): readonly string[] {
  const parts = [
    ...chunks(identities.usernames, maxCodePoints).map((usernames) => ({ usernames, groups: [] as readonly string[] })),
    ...chunks(identities.groups, maxCodePoints).map((groups) => ({ usernames: [] as readonly string[], groups })),
  ]
  const [users, groups] = parts
  // The usual case: both lists together fit into one expression, so that nobody is asked about twice.
  if (parts.length === 2 && users !== undefined && groups !== undefined) {
    const both = expression({ usernames: users.usernames, groups: groups.groups })
    if (users.usernames.length > 0 && groups.groups.length > 0 && codePoints(both) <= maxCodePoints) return [both]
  }
  return parts.length === 0 ? ['false'] : parts.map(expression)
}

const expression = ({ usernames, groups }: Identities): string =>
  [...(usernames.length === 0 ? [] : [isOneOf(usernames)]), ...(groups.length === 0 ? [] : [isInOneOf(groups)])].join(
    ' || ',
  )

const codePoints = (text: string): number => text.length - (text.match(/[\ud800-\udbff][\udc00-\udfff]/g)?.length ?? 0)

function chunks(values: readonly string[], maxCodePoints: number): readonly (readonly string[])[] {
  const found: string[][] = []
  let size = Infinity
  for (const value of values) {
    const length = codePoints(celString(value)) + 1
    if (size + length > maxCodePoints) {
      found.push([])
      size = 0
    }
    found.at(-1)?.push(value)
    size += length
  }
  return found
}
