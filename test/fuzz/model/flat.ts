import type { Json } from '../../../src/api/json.ts'
import { isArray, isObject } from '../../../src/api/json.ts'

/**
 * An object as paths and scalars: `spec>template>spec>containers>main>image` to `r.example/app:1`. What is null or
 * empty is not there, unless taken to the letter.
 */
export type Flat = ReadonlyMap<string, Scalar>
export type Scalar = string | number | boolean

/** One path whose scalar differs; a side that is undefined is absent. */
export interface Change {
  readonly path: string
  readonly from: Scalar | undefined
  readonly to: Scalar | undefined
}

/** Items of a list go by `name` where they have one, the second of a name as `name#1`, and by number otherwise. */
export function flatten(value: Json, isToTheLetter = false): Flat {
  const flat = new Map<string, Scalar>()
  const open: [string, Json][] = [['', value]]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [path, here] = next
    const below = path === '' ? '' : `${path}>`
    if (isArray(here)) open.push(...keyed(here).map(([key, item]): [string, Json] => [below + key, item]))
    else if (isObject(here)) for (const key of Object.keys(here)) open.push([below + key, here[key] ?? null])
    else if (here !== null) flat.set(path, here)
    if (isToTheLetter && (typeof here !== 'object' || Object.keys(here ?? {}).length === 0))
      flat.set(path, JSON.stringify(here))
  }
  return flat
}

function keyed(items: readonly Json[]): [string, Json][] {
  const seen = new Map<string, number>()
  return items.map((item, index) => {
    const name = isObject(item) && typeof item['name'] === 'string' ? item['name'] : null
    if (name === null) return [String(index), item]
    const count = seen.get(name) ?? 0
    seen.set(name, count + 1)
    return [count === 0 ? name : `${name}#${count}`, item]
  })
}

export function changesOf(was: Flat, is: Flat): readonly Change[] {
  const changes: Change[] = []
  for (const [path, from] of was) {
    const to = is.get(path)
    if (to !== from && !isSameAmount(path, from, to)) changes.push({ path, from, to })
  }
  for (const [path, to] of is) if (!was.has(path)) changes.push({ path, from: undefined, to })
  return changes
}

const isSameAmount = (path: string, from: Scalar, to: Scalar | undefined): boolean =>
  /(^|>)(limits|requests|capacity|hard)>/.test(path) && to !== undefined && amount(from) === amount(to)

const POWERS: Readonly<Record<string, bigint>> = {
  n: 1n,
  u: 10n ** 3n,
  m: 10n ** 6n,
  '': 10n ** 9n,
  k: 10n ** 12n,
  M: 10n ** 15n,
  G: 10n ** 18n,
  T: 10n ** 21n,
  P: 10n ** 24n,
  E: 10n ** 27n,
  Ki: 10n ** 9n * 2n ** 10n,
  Mi: 10n ** 9n * 2n ** 20n,
  Gi: 10n ** 9n * 2n ** 30n,
  Ti: 10n ** 9n * 2n ** 40n,
  Pi: 10n ** 9n * 2n ** 50n,
  Ei: 10n ** 9n * 2n ** 60n,
}

/** A quantity in billionths, for comparison; the text itself where it is none. */
export function amount(value: Scalar): bigint | string {
  const text = String(value)
  const parts = /^(\d*)\.?(\d*)(?:[eE]([+-]?\d{1,2})|([numkMGTPE]|[KMGTPE]i)?)$/.exec(text)
  if (parts === null) return text
  const [, whole = '', fraction = '', exponent, suffix = ''] = parts
  const digits = BigInt(whole + fraction || '0') * (POWERS[suffix] ?? 0n)
  const shift = Number(exponent ?? '0') - fraction.length
  return shift >= 0 ? digits * 10n ** BigInt(shift) : digits / 10n ** BigInt(-shift)
}
