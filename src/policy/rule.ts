import type { Class } from './class.ts'
import type { Facts, FactsSoFar } from './facts.ts'
import type { Read } from './read.ts'
import type { Operation, Request } from './request.ts'
import { resourceName } from './request.ts'

// Which requests a rule looks at, as in webhook rules: `group` '*' is every group; `resource` is `deployments`,
// `deployments/scale`, `*` (no subresource), `*/scale` (that subresource of anything) or `*/*` (everything). Versions
// never matter.
export interface Match {
  readonly operations: readonly Operation[] | '*'
  readonly group: string
  readonly resource: string
}

/** Something that makes a request worse than its verb says. */
export interface Finding {
  readonly rule: string
  readonly raises: Class
  /** One clause in plain words for the message and the card, such as `scales Deployment "web" from 3 to 0`. */
  readonly what: string
}

/** One act that is worse than its verb. Pure; it cannot fail: a shape it does not understand is a finding. */
export interface Rule {
  readonly id: string
  /** What the agent can do instead, one sentence. */
  readonly remedy: string
  readonly raises: Class
  readonly matches: readonly Match[]
  /**
   * Live reads that `find` wants, given what has been read so far; asked again until it names nothing new (at most
   * three rounds).
   */
  readonly needs?: (request: Request, facts: FactsSoFar) => readonly Read[]
  /** What was found in plain words, or null. */
  readonly find: (request: Request, facts: Facts) => Found | null
}

/** One place that only one request at a time may take: of a workload, the pod that is going. */
export interface Claim {
  /** What is claimed: the uid of the workload. */
  readonly key: string
  /** Who claims it: the uid of the pod. */
  readonly item: string
}

export interface Found {
  readonly what: string
  /** The class, where it is not the rule's own. */
  readonly raises?: Class
  /** The proof holds for one request at a time: live reads of two that run side by side don't see each other. */
  readonly claim?: Claim
}
export const found = (what: string, claim: Claim | null = null): Found => (claim === null ? { what } : { what, claim })

/**
 * An entry of the one closed list of what is better than its verb. `proves` must see the whole proof; anything unclear
 * is null.
 */
export interface Harmless {
  readonly id: string
  readonly lowersTo: Class
  readonly matches: readonly Match[]
  readonly needs?: (request: Request, facts: FactsSoFar) => readonly Read[]
  readonly proves: (request: Request, facts: Facts) => Found | null
}

/** Does one of these matches cover the request? */
export function covers(matches: readonly Match[], request: Request): boolean {
  return matches.some(
    (match) =>
      (match.operations === '*' || match.operations.includes(request.operation)) &&
      (match.group === '*' || match.group === request.group) &&
      coversResource(match.resource, request),
  )
}

// `*`, `*/*`, `*/sub`, `resource`, `resource/*` and `resource/sub`, as in RBAC and webhook rules.
export function coversResource(pattern: string, request: Request): boolean {
  if (pattern === '*/*' || pattern === resourceName(request)) return true
  if (pattern === '*') return request.subresource === ''
  const [resource, subresource] = pattern.split('/')
  if (subresource === undefined) return false
  return (
    (resource === '*' || resource === request.resource) &&
    (subresource === '*' || subresource === request.subresource) &&
    request.subresource !== ''
  )
}

/** Outside text in messages: quoted, control and invisible characters escaped, cut at 80 characters. */
export function quote(text: string): string {
  const cut = text.length > 80 ? `${text.slice(0, 77)}...` : text
  return JSON.stringify(visible(cut)).replaceAll('\\\\u{', '\\u{')
}

/**
 * Outside text with control and invisible characters written as `\\u{…}`, so that no terminal obeys it and no reader is
 * misled.
 */
export const visible = (text: string): string =>
  text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, (c) => `\\u{${(c.codePointAt(0) ?? 0).toString(16)}}`)
