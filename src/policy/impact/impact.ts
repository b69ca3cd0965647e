import type { Json } from '../../api/json.ts'
import { entries, list, text } from '../../api/json.ts'
import { quote } from '../rule.ts'

/**
 * `loss`: gone, or out of service. `note`: what a person should know. `unknown`: it could not be read, so it may be
 * bad.
 */
export const IMPACT_MARKS = ['loss', 'note', 'unknown'] as const
export type ImpactMark = (typeof IMPACT_MARKS)[number]

/** One line of what hangs on an object. */
export type ImpactLine = {
  /** What it is about, in one or two words: `pods`, `claims`. */
  readonly about: string
  readonly mark: ImpactMark
  /** One sentence; names in it are quoted. */
  readonly what: string
}

/**
 * What an act takes with it, as live reads showed it: `spec.review.impact`. The lines are what a person is shown; the
 * rest is what must not have got worse when the approval is used. What is missing there could not be read.
 */
export type Impact = {
  readonly lines: readonly ImpactLine[]
  /** How many go, by what they are: `replicas lost`. */
  readonly counts: { readonly [what: string]: number }
  /** Names of what is lost for good, by what it is: `disks destroyed`. In order of name. */
  readonly names: { readonly [what: string]: readonly string[] }
}

/**
 * What must not have grown when an approval is used: only what stays as it is while nobody touches it. Pods that start,
 * roll over or get ready change all the time, and would take back signatures that say what they always said.
 */
export type Binding = Pick<Impact, 'counts' | 'names'>

export const NO_IMPACT: Impact = { lines: [], counts: {}, names: {} }

/** The lines of a stored `spec.review.impact`; [] for what has none. */
export const impactLines = (impact: Json): readonly ImpactLine[] =>
  list(impact, 'lines').map((line) => ({
    about: text(line, 'about'),
    // What obstat did not write is not harmless.
    mark: IMPACT_MARKS.find((mark) => mark === text(line, 'mark')) ?? 'unknown',
    what: text(line, 'what'),
  }))

/** Is there anything in a stored `spec.review.impact` that could get worse? Only then it is read again at use. */
export const canGetWorse = (shown: Json): boolean =>
  entries(shown, 'counts').length > 0 || entries(shown, 'names').length > 0

/**
 * What would be lost now and was not shown, in words; '' when it is no worse. `shown` is a stored `spec.review.impact`.
 */
export function worseThan(shown: Json, now: Binding): string {
  const counts = new Map(Object.entries(now.counts))
  for (const [what, before] of entries(shown, 'counts')) {
    const after = counts.get(what)
    if (after === undefined) return `${what} could not be read now`
    if (typeof before !== 'number' || after > before)
      return `${after} ${what}, shown were ${typeof before === 'number' ? before : 0}`
  }
  const names = new Map(Object.entries(now.names))
  for (const [what] of entries(shown, 'names')) {
    const before = list(shown, 'names', what)
    const after = names.get(what)
    if (after === undefined) return `${what} could not be read now`
    const more = after.find((name) => !before.includes(name))
    if (more !== undefined) return `${what}: ${quote(more)}`
  }
  return ''
}
