import type { Request } from '../request.ts'
import { quote } from '../rule.ts'

/** `deployments "web"`: which object a finding is about. */
export const named = (request: Request): string =>
  request.name === '' ? `new ${request.resource}` : `${request.resource} ${quote(request.name)}`

/** The first of several things, and how many more there are. */
export function listed(things: readonly string[]): string {
  const [first = '', ...more] = things
  return more.length === 0 ? first : `${first} and ${more.length} more`
}
