import type { Json } from '../../api/json.ts'
import type { Turn } from './turns.ts'
import { wordsOf } from './turns.ts'

/** Streams drop what is beyond these (NATS JetStream StreamConfig). */
const MAX_AGE: ReadonlySet<string> = new Set(['maxAge', 'maxBytes', 'maxMsgs'])

/** Does this turn shorten how long or how many backups, snapshots, revisions or messages are kept? */
export function isRetentionCut({ path, key, from, to }: Turn): boolean {
  // Argo Workflows keep theirs in a section: `ttlStrategy.secondsAfterCompletion`.
  const words = [
    ...wordsOf(key),
    ...(/\/ttlStrategy\//.test(path) ? ['ttl'] : []),
    // Lifecycles of buckets: `expiration.days`, `noncurrentVersionExpiration.noncurrentDays`, `deleteAfterDays…`.
    ...(DAYS.test(path) ? ['expiration'] : []),
    ...(MAX_AGE.has(key) ? ['retain'] : []),
  ]
  const isAbout = words.some((word) => /^(retention|retain|ttl|keep|expiration|expiry|expire)$/.test(word))
  if (!isAbout || words.includes('alive') || [from, to].some((side) => typeof side === 'boolean')) return false
  const before = amount(from)
  const after = amount(to)
  if (to === undefined) return false
  return before === null || after === null ? from !== undefined || after !== null : after < before
}

const DAYS = /[eE]xpir(ation|y)(\/\d+)?\/(noncurrent|newerNoncurrent)?[dD](ays|ate)$/

const UNIT: ReadonlyMap<string, number> = new Map([
  ['', 1],
  ['ms', 0.001],
  ['s', 1],
  ['m', 60],
  ['h', 3600],
  ['d', 86_400],
  ['w', 604_800],
  ['M', 2_592_000],
  ['y', 31_536_000],
])

/** No duration that somebody means is longer. */
const MAX_DURATION = 40
/** Each number in a series has a unit, so that there is one way to read it. */
const DURATION = /^(\d+(\.\d+)?|(\d+(\.\d+)?(ms|[smhdwMy]))+)$/

/** `50GB`, as Prometheus and its kin write sizes, by powers of 1024. */
const SIZE = /^(\d{1,12}(?:\.\d{1,12})?)([KMGTPE]?)i?B$/

function size(value: string): number | null {
  const [, count = '', prefix = ''] = SIZE.exec(value) ?? []
  return count === '' ? null : Number(count) * 1024 ** ' KMGTPE'.indexOf(prefix === '' ? ' ' : prefix)
}

/**
 * A number, the seconds of a Go duration and its usual extensions (`720h`, `1h30m`, `30d`), or the bytes of a size;
 * null for anything else.
 */
export function amount(value: Json | undefined): number | null {
  if (typeof value === 'number') return value
  if (typeof value === 'string' && SIZE.test(value)) return size(value)
  if (typeof value !== 'string' || value.length > MAX_DURATION || !DURATION.test(value)) return null
  let sum = 0
  for (const [, count, unit] of value.matchAll(/(\d+(?:\.\d+)?)(ms|[smhdwMy])?/g))
    sum += Number(count) * (UNIT.get(unit ?? '') ?? 1)
  return sum
}
