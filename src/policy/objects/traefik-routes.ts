import type { Json } from '../../api/json.ts'
import { list, text } from '../../api/json.ts'
import { canonical } from '../../signing/canonical.ts'
import type { ListRead, Live } from '../read.ts'
import { listOf } from '../read.ts'
import type { Request } from '../request.ts'
import { count } from './replicas.ts'
import { given } from './walk.ts'

const GROUPS = ['traefik.io', 'traefik.containo.us'] as const

/** A TCP router is asked before every HTTP router of its entry points. */
const TCP = 'ingressroutetcps'
const HTTP = 'ingressroutes'

/** Routes of all namespaces: Traefik merges them by rule. */
export const TRAEFIK_ROUTES: readonly ListRead[] = GROUPS.flatMap((group) =>
  [HTTP, TCP].map((resource) => listOf(group, 'v1alpha1', resource, '')),
)

export const isTraefikRoute = ({ group, resource }: Pick<Request, 'group' | 'resource'>): boolean =>
  TRAEFIK_ROUTES.some((read) => read.group === group && read.resource === resource)

/** One way for a request to match a rule: null is any host; of paths, '/' is any. */
interface Way {
  readonly host: string | null
  readonly path: string
}

interface Router {
  readonly rule: string
  readonly isTcp: boolean
  /** []: all those that are the default. */
  readonly entryPoints: readonly string[]
  readonly priority: number
}

function routersOf(route: Json, resource: string): readonly Router[] {
  const entryPoints = list(route, 'spec', 'entryPoints').filter((one) => typeof one === 'string')
  return list(route, 'spec', 'routes').map((one) => {
    const rule = text(one, 'match')
    // The longer rule wins where nobody says otherwise (doc.traefik.io, "Rules & Priority").
    return { rule, isTcp: resource === TCP, entryPoints, priority: count(given(one, 'priority')) || rule.length }
  })
}

/**
 * The first rule that this object did not have before and that takes requests from another one, or ''. Needs
 * `TRAEFIK_ROUTES`.
 */
export function takenByTraefik(request: Request, live: Live): string {
  const { oldObject, object, resource } = request
  const had = new Set(routersOf(oldObject, resource).map(keyOf))
  const added = routersOf(object, resource).filter((router) => !had.has(keyOf(router)))
  if (added.length === 0) return ''
  const served = TRAEFIK_ROUTES.flatMap((read) =>
    live.list(read).flatMap((other) => (isItself(other, read, request) ? [] : routersOf(other, read.resource))),
  ).map((router) => ({ router, ways: waysOf(router.rule) }))
  const mine = added.map((router) => ({ router, ways: waysOf(router.rule) }))
  if (waysIn(mine) * waysIn(served) > MAX_PAIRS) return added[0]?.rule ?? ''
  const taking = mine.find(({ router, ways }) =>
    served.some(
      (other) =>
        isBefore(router, other.router) && ways.some((way) => other.ways.some((theirs) => isShared(way, theirs))),
    ),
  )
  return taking?.router.rule ?? ''
}

/** Routes have no limit in their schema: to compare so many takes a tenth of a second, and more count as taken. */
const MAX_PAIRS = 4_000_000

const waysIn = (routers: readonly { readonly ways: readonly Way[] }[]): number =>
  routers.reduce((sum, { ways }) => sum + ways.length, 0)

const isItself = (other: Json, read: ListRead, { group, resource, namespace, name }: Request): boolean =>
  read.group === group &&
  read.resource === resource &&
  text(other, 'metadata', 'namespace') === namespace &&
  text(other, 'metadata', 'name') === name

const keyOf = ({ rule, entryPoints, priority }: Router): string => canonical([rule, [...entryPoints], priority])

const isBefore = (mine: Router, other: Router): boolean =>
  (mine.entryPoints.length === 0 ||
    other.entryPoints.length === 0 ||
    mine.entryPoints.some((one) => other.entryPoints.includes(one))) &&
  (mine.isTcp === other.isTcp ? mine.priority >= other.priority : mine.isTcp)

/** A host of its own takes nothing from a rule for any host: that serves what is left. */
const isShared = (mine: Way, other: Way): boolean =>
  (mine.host === null || mine.host === other.host) && (isUnder(mine.path, other.path) || isUnder(other.path, mine.path))

const isUnder = (path: string, prefix: string): boolean => path.startsWith(prefix)

/** What can't be read may match everything. */
const ANY: readonly Way[] = [{ host: null, path: '/' }]

/** Parentheses and alternatives of a rule that a person wrote; more of them may match everything. */
const MAX_DEPTH = 20
const MAX_WAYS = 100

/** An operator, or a matcher with its values, which are Go's strings; one with an escape can't be read. */
const TOKEN = /\s*(&&|\|\||[!()]|[A-Za-z]+\s*\(\s*(?:(?:`[^`]*`|"[^"\\]*")\s*(?:,\s*)?)*\))/y

/**
 * The hosts and paths of a rule such as Host(`a`) && (PathPrefix(`/x`) || Path(`/y`)). Other matchers narrow it, which
 * is left out.
 */
function waysOf(rule: string): readonly Way[] {
  const tokens: string[] = []
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < rule.trimEnd().length) {
    const found = TOKEN.exec(rule)?.[1]
    if (found === undefined) return ANY
    tokens.push(found)
  }
  return either({ tokens, at: 0 }, 0)
}

interface Reading {
  readonly tokens: readonly string[]
  at: number
}

function either(reading: Reading, depth: number): readonly Way[] {
  let ways = both(reading, depth)
  while (reading.tokens[reading.at] === '||') {
    reading.at++
    ways = bounded([...ways, ...both(reading, depth)])
  }
  return ways
}

function both(reading: Reading, depth: number): readonly Way[] {
  let ways = one(reading, depth)
  while (reading.tokens[reading.at] === '&&') {
    reading.at++
    const more = one(reading, depth)
    ways = bounded(
      ways.flatMap((way) =>
        more.map((other) => ({ host: way.host ?? other.host, path: way.path === '/' ? other.path : way.path })),
      ),
    )
  }
  return ways
}

function one(reading: Reading, depth: number): readonly Way[] {
  const token = reading.tokens[reading.at++] ?? ''
  if (token === '!') {
    one(reading, depth)
    return ANY
  }
  if (token !== '(') return matched(token)
  if (depth >= MAX_DEPTH) return ANY
  const ways = either(reading, depth + 1)
  reading.at++
  return ways
}

const bounded = (ways: readonly Way[]): readonly Way[] => (ways.length > MAX_WAYS ? ANY : ways)

function matched(call: string): readonly Way[] {
  const name = call.slice(0, Math.max(0, call.indexOf('('))).trim()
  const values = [...call.matchAll(/`([^`]*)`|"([^"]*)"/g)].map(([, raw, quoted]) => raw ?? quoted ?? '')
  if (values.length === 0) return ANY
  if (/^Host(Header|SNI)?$/.test(name))
    return values.map((value) => ({ host: value === '*' ? null : value.toLowerCase().replace(/\.$/, ''), path: '/' }))
  return /^Path(Prefix)?$/.test(name) ? values.map((path) => ({ host: null, path: path || '/' })) : ANY
}
