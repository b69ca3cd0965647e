import type { Look } from './look.ts'

/**
 * `critical`: an agent can get round obstat now. `warning`: it may come to that. `info`: worth knowing, and no failure.
 */
export const LEVELS = ['critical', 'warning', 'info'] as const
export type Level = (typeof LEVELS)[number]

export interface Finding {
  /** `<check>` or `<check>/<what of it>`; stable, for scripts. */
  readonly id: string
  readonly level: Level
  /** What it is about: `agent sre-bot`, `Deployment obstat-system/obstat`. */
  readonly subject: string
  readonly what: string
  /** What was seen, a line each. */
  readonly evidence: readonly string[]
  /** Commands, a line each, or YAML, or where neither can know better a sentence. */
  readonly fix: readonly string[]
}

/** One thing that admission cannot see, and how it is looked at. */
export interface Check {
  readonly id: string
  /** What it answers, for people. */
  readonly asks: string
  /** Does the answer mean something before obstat is installed? */
  readonly isForPre: boolean
  /** Reads, and changes nothing. Throws what the API server answers. */
  readonly run: (look: Look) => Promise<readonly Finding[]>
}
