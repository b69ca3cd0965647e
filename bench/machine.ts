import { cpus, release, totalmem, type as system } from 'node:os'
import type { Cores } from './pinning.ts'

/** What it was measured on. */
export interface Machine {
  readonly processor: string
  readonly cores: number
  readonly memoryBytes: number
  readonly system: string
  /** null: servers and client took whatever core was free. */
  readonly pinned: Cores | null
}

export const machine = (pinned: Cores | null): Machine => ({
  processor: cpus()[0]?.model.trim() ?? 'unknown',
  cores: cpus().length,
  memoryBytes: totalmem(),
  system: `${system()} ${release()}`,
  pinned,
})
