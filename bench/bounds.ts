import type { BodyName } from './reviews/cases.ts'
import type { Measure, Stick, Summary } from './summary.ts'

/** What a quotient may be at most, or at least where more is better. Wide: a busy CI machine must not fail by chance. */
interface Bound {
  readonly stick: Stick
  readonly measure: Measure
  readonly most: number
}

/** The sticks answer without thinking; obstat reads strictly, asks every rule, and verifies. */
const BOUNDS: Readonly<Record<'small' | 'large', readonly Bound[]>> = {
  small: [
    { stick: 'decode', measure: 'p50Ms', most: 10 },
    { stick: 'decode', measure: 'cpuMs', most: 10 },
    { stick: 'lean', measure: 'p50Ms', most: 20 },
    { stick: 'lean', measure: 'peakBytes', most: 20 },
  ],
  large: [
    { stick: 'decode', measure: 'p50Ms', most: 10 },
    { stick: 'lean', measure: 'peakBytes', most: 30 },
  ],
}

const sizeOf = (body: BodyName): 'small' | 'large' => (body === '1m' || body === '12m' ? 'large' : 'small')

/** Every quotient that is out of bounds, in words. The least of all passes counts: one quiet pass is enough. */
export const outOfBounds = (summaries: readonly Summary[]): readonly string[] =>
  summaries.flatMap(({ body, outcome, connections, ratios }) =>
    BOUNDS[sizeOf(body)].flatMap(({ stick, measure, most }) => {
      const found = ratios.get(stick)?.[measure]?.least
      if (found === undefined || found <= most) return []
      return [
        `${body} ${outcome}, ${connections} at once: ${measure} is ${found.toFixed(1)} times that of ${stick}, at most ${most} is fine`,
      ]
    }),
  )

/** Every wrong answer: then the numbers are those of something else. */
export const wrongAnswers = (summaries: readonly Summary[]): readonly string[] =>
  summaries.flatMap(({ body, outcome, connections, standings }) =>
    [...standings].flatMap(([name, { errors, firstError }]) =>
      errors === 0
        ? []
        : [`${body} ${outcome}, ${connections} at once: ${errors} wrong answers of ${name}, first: ${firstError}`],
    ),
  )
