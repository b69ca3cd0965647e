import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'

/** What happened to whom while something was broken, as a test has seen it. */
export interface Outcome {
  /** What was broken. */
  readonly fault: string
  readonly agents: string
  readonly people: string
  readonly controllers: string
  /** Acts that went through and should not have. */
  readonly wrongAllows: number
  /** How long what is said here lasted. */
  readonly lasted: string
}

export interface Recorded extends Outcome {
  /** Title of the suite, and of the test in it. */
  readonly suite: string
  readonly test: string
}

const FILE = join(import.meta.dirname, 'outcomes.json')

export const recorded = (file = FILE): readonly Recorded[] =>
  existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as readonly Recorded[]) : []

/**
 * Keeps what a test has seen for docs/reliability.md, when the run was asked to (OBSTAT_RECORD=1); otherwise nothing
 * changes, since times differ from run to run. Called by a test that has passed all its assertions.
 */
export function record(test: Mocha.Context, outcome: Outcome): void {
  process.stdout.write(
    `      ${outcome.fault}: agents ${outcome.agents}; people ${outcome.people}; ${outcome.lasted}\n`,
  )
  if (process.env['OBSTAT_RECORD'] !== '1') return
  const [suite, title] = [test.test?.parent?.fullTitle() ?? '', test.test?.title ?? '']
  const others = recorded().filter((one) => one.suite !== suite || one.test !== title)
  const all = [...others, { ...outcome, suite, test: title }].sort((a, b) =>
    a.suite < b.suite ? -1 : a.suite > b.suite ? 1 : 0,
  )
  writeFileSync(FILE, `${JSON.stringify(all, null, 2)}\n`)
}

/** Seconds with one digit, for what people read. */
export const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`
