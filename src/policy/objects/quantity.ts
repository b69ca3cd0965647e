import type { Json } from '../../api/json.ts'
import { ExactNumber } from '../../signing/json.ts'
import { isSame } from './equal.ts'

/** A number as a fraction of whole numbers, so that nothing is rounded. The denominator is positive. */
export interface Quantity {
  readonly numerator: bigint
  readonly denominator: bigint
}

/** Powers of ten of the decimal suffixes of apimachinery's resource.Quantity. */
const DECIMAL = new Map([
  ['n', -9],
  ['u', -6],
  ['m', -3],
  ['', 0],
  ['k', 3],
  ['M', 6],
  ['G', 9],
  ['T', 12],
  ['P', 15],
  ['E', 18],
])
/** Powers of 1024 of its binary suffixes. */
const BINARY = new Map([
  ['Ki', 1],
  ['Mi', 2],
  ['Gi', 3],
  ['Ti', 4],
  ['Pi', 5],
  ['Ei', 6],
])
const FORM = /^([+-]?)([0-9]*)(?:\.([0-9]*))?(?:[eE]([+-]?[0-9]{1,4})|(n|u|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei))?$/

/** Digits or zeros beyond this say nothing about a cluster and would cost time. */
const MAX_EXPONENT = 400
const MAX_LENGTH = 400

/**
 * The value of a resource.Quantity however it is written (`2Gi`, `2e6`, `0.5`, `2000m`, 2), or null for anything else.
 */
export const quantity = (value: Json | undefined): Quantity | null =>
  Number.isSafeInteger(value) ? { numerator: BigInt(value as number), denominator: 1n } : parseQuantity(textOf(value))

function parseQuantity(written: string): Quantity | null {
  const parts = written.length > MAX_LENGTH ? null : FORM.exec(written)
  if (parts === null) return null
  const [, sign = '', whole = '', fraction = '', exponent, suffix = ''] = parts
  if (whole === '' && fraction === '') return null
  const binary = BINARY.get(suffix)
  const tens = (exponent === undefined ? (DECIMAL.get(suffix) ?? 0) : Number(exponent)) - fraction.length
  if (Math.abs(tens) > MAX_EXPONENT) return null
  const digits = BigInt(`${whole}${fraction}`) * (sign === '-' ? -1n : 1n) * 1024n ** BigInt(binary ?? 0)
  return tens >= 0
    ? { numerator: digits * 10n ** BigInt(tens), denominator: 1n }
    : { numerator: digits, denominator: 10n ** BigInt(-tens) }
}

/** Negative when `a` is less than `b`, 0 when they are the same value, positive when it is more. */
export function compare(a: Quantity, b: Quantity): number {
  const difference = a.numerator * b.denominator - b.numerator * a.denominator
  return difference < 0n ? -1 : difference > 0n ? 1 : 0
}

/** Is `to` less than `from`? True where they differ and one is no quantity: what can't be read is not harmless. */
export function isLowered(from: Json | undefined, to: Json | undefined): boolean {
  if (isSame(from, to)) return false
  const [before, after] = [quantity(from), quantity(to)]
  return before === null || after === null || compare(after, before) < 0
}

/** Is `to` more than `from`, both being quantities? */
export function isRaised(from: Json | undefined, to: Json | undefined): boolean {
  const [before, after] = [quantity(from), quantity(to)]
  return before !== null && after !== null && compare(after, before) > 0
}

/** How a value is written, for messages: a number beyond a double by its source text. '' for what is no scalar. */
export function textOf(value: Json | undefined): string {
  if (typeof value === 'string') return value
  if (typeof value === 'number') return String(value)
  if (!(value instanceof ExactNumber)) return ''
  const exact = value['obstat.dev/number']
  return typeof exact === 'string' ? exact : ''
}
