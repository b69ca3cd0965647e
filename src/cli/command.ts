import type { Arguments } from './arguments.ts'
import type { World } from './ports.ts'

/** What scripts may rely on. */
export const EXIT = { ok: 0, refused: 1, usage: 2, pending: 3, expired: 4 } as const
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** One flag, as `node:util` parses it and as the help shows it. */
export interface Flag {
  readonly type: 'string' | 'boolean'
  readonly short?: string
  readonly multiple?: boolean
  /** What stands for the value in the help, such as FILE. */
  readonly value?: string
  readonly help: string
}
export type Flags = Readonly<Record<string, Flag>>

/** One command of the command line: one file, listed in `index.ts`. */
export interface Command {
  /** As it is typed: `approve`, `agent add`. */
  readonly name: string
  readonly summary: string
  /** What follows the name in the usage line, flags left out: `ID`. */
  readonly operands: string
  /** Least and most operands. */
  readonly arity: readonly [number, number]
  readonly flags: Flags
  /** Paragraphs and examples for the help, at most 80 characters a line. */
  readonly notes?: string
  readonly run: (given: Arguments, world: World) => Promise<ExitCode>
}

/** What was typed, or what it names, cannot be used. One line: the field, and what to do. Exit code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  readonly code = 'Usage'
}

/** The answer is no, in one line. Exit code 1. */
export class Refused extends Error {
  override readonly name = 'Refused'
  readonly code = 'Refused'
}
