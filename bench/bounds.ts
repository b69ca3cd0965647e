import type { BodyName, Outcome } from './reviews/cases.ts'
import type { Measure, Stick, Summary } from './summary.ts'

/**
 * What a quotient may be at most. Twice what was found on a machine with two cores where others used over 90 % of it:
 * there the first hundred calls are all that is measured, before code is compiled. Only code that lost its way is to
 * fail.
 */
interface Bound {
  readonly stick: Stick
  readonly measure: Measure
  readonly most: number
}

const MEMORY: Bound = { stick: 'decode', measure: 'peakBytes', most: 12 }

/** CPU time of the server is what a busy machine disturbs least; waiting times stand here only where they are short. */
const DECIDED: readonly Bound[] = [
  { stick: 'decode', measure: 'cpuMs', most: 12 },
  { stick: 'decode', measure: 'p50Ms', most: 15 },
  MEMORY,
]
/** Live reads of a folder look at every file of it, which no stick does; the smallest body costs the sticks least. */
const READ_LIVE: readonly Bound[] = [{ stick: 'decode', measure: 'cpuMs', most: 45 }, MEMORY]
/** Where most of the time is reading JSON, obstat is ahead. */
const LARGE: readonly Bound[] = [
  { stick: 'decode', measure: 'cpuMs', most: 1.5 },
  { stick: 'decode', measure: 'p50Ms', most: 1.5 },
  MEMORY,
]

function boundsOf(body: BodyName, outcome: Outcome): readonly Bound[] {
  if (body === '1m' || body === '12m') return LARGE
  return outcome === 'allow' ? DECIDED : READ_LIVE
}

const titleOf = ({ body, outcome, connections }: Summary): string => `${body} ${outcome}, ${connections} at once`

/** Every quotient that is out of bounds, in words. The least of all passes counts: one quiet pass is enough. */
export const outOfBounds = (summaries: readonly Summary[]): readonly string[] =>
  summaries.flatMap((summary) =>
    boundsOf(summary.body, summary.outcome).flatMap(({ stick, measure, most }) => {
      const found = summary.ratios.get(stick)?.[measure]?.least
      if (found === undefined || found <= most) return []
      return [`${titleOf(summary)}: ${measure} is ${found.toFixed(1)} times that of ${stick}, at most ${most} is fine`]
    }),
  )

/** Every wrong answer: then the numbers are those of something else. A block without a single good call is one too. */
export const wrongAnswers = (summaries: readonly Summary[]): readonly string[] =>
  summaries.flatMap((summary) =>
    [...summary.standings].flatMap(([name, { errors, firstError, fewestCalls }]) => {
      if (errors > 0) return [`${titleOf(summary)}: ${errors} wrong answers of ${name}, first: ${firstError}`]
      return fewestCalls > 0 ? [] : [`${titleOf(summary)}: no answer of ${name} in a whole block; use longer ones`]
    }),
  )
