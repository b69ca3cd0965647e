import process from 'node:process'
import { fold } from '../../../src/cli/fold.ts'
import { printableLines } from '../../../src/cli/printable.ts'
import { wrap } from '../../../src/cli/wrap.ts'
import type { Actor, Refusal } from '../harness/actors.ts'
import { refusalIn } from '../harness/actors.ts'
import type { Outcome } from '../harness/run.ts'

/** Somebody who types, under the name that stands before the prompt. */
export interface Typist {
  readonly who: string
  readonly actor: Actor
  /** A folder whose path is left out of what is printed. */
  readonly home: string
}

const WIDTH = 76
const out = (text: string): void => void process.stdout.write(text)

export const title = (words: string): void => {
  out(`\n=== ${words}\n\n`)
}

export const remark = (words: string): void => {
  for (const line of wrap(words, WIDTH)) out(`${line}\n`)
}

/** What is printed of an answer: all of it unless told; the first line, or the last one. */
export interface Typed {
  readonly shown?: 'first' | 'last'
  /** Arguments with spaces in them, behind the others. */
  readonly more?: readonly string[]
}

/** Types a command of kubectl or obstat and prints what it answers. */
export async function type({ who, actor, home }: Typist, command: string, typed: Typed = {}): Promise<Outcome> {
  const [program = '', ...words] = command.split(' ')
  const more = typed.more ?? []
  const line = [`${who}$`, program, ...[...words, ...more].map(quoted)].join(' ')
  out(`${wrap(line.replaceAll(`${home}/`, ''), WIDTH).join(' \\\n    ')}\n`)
  const outcome = await (program === 'obstat' ? actor.obstat : actor.kubectl)(words.join(' '), ...more)
  // Tables and cards come on stdout and keep their lines; what comes on stderr is prose, and may be long.
  const said = [...linesOf(outcome.stdout), ...linesOf(outcome.stderr).flatMap(folded)]
  for (const shown of chosen(said, outcome, typed.shown)) out(`  ${shown.replaceAll(`${home}/`, '')}`.trimEnd() + '\n')
  return outcome
}

function chosen(said: readonly string[], { stdout, stderr }: Outcome, shown: Typed['shown']): readonly string[] {
  if (shown === undefined) return said
  const lines = linesOf(stdout === '' ? stderr : stdout)
  const one = (shown === 'first' ? lines[0] : lines.at(-1)) ?? ''
  const rest = linesOf(stdout).length + linesOf(stderr).length - 1
  return [...(stdout === '' ? fold(one, WIDTH) : [one]), ...(rest > 0 ? [`(${rest} lines more)`] : [])]
}

/** Further lines stand under the first one. */
function folded(line: string): readonly string[] {
  const indent = /^ */.exec(line)?.[0] ?? ''
  return fold(line.slice(indent.length), WIDTH - indent.length).map((part) => indent + part)
}

const linesOf = (text: string): readonly string[] => (text === '' ? [] : printableLines(text.trimEnd(), 2000))

const quoted = (word: string): string => (/[ "]/.test(word) ? `'${word}'` : word)

/** The same, and it must work. */
export async function works(...args: Parameters<typeof type>): Promise<string> {
  const outcome = await type(...args)
  if (outcome.code !== 0) throw new Error(`expected exit code 0, got ${outcome.code}`)
  return outcome.stdout
}

/** The same, and obstat must refuse it for this reason. */
export async function isRefused(reason: string, ...args: Parameters<typeof type>): Promise<Refusal> {
  const refusal = refusalIn(await type(...args))
  if (refusal.reason !== reason) throw new Error(`expected ${reason}, got ${refusal.reason}`)
  return refusal
}
