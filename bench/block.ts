import { availableParallelism } from 'node:os'
import process from 'node:process'
import { setTimeout as delay } from 'node:timers/promises'
import type { Load, LoadOptions } from './load.ts'
import { runLoad } from './load.ts'
import type { Pace } from './options.ts'
import { cpuMsOf, machineCpuMs, peakBytesOf, resetPeak } from './usage.ts'

/** One server, one load, some seconds. */
export interface Block {
  readonly round: number
  readonly load: Load
  /** CPU time of the server for one call; null where it isn't known. */
  readonly cpuMsPerCall: number | null
  readonly peakBytes: number | null
  /** Share of the machine that others used meanwhile, from 0 to 1: much of it makes the numbers worthless. */
  readonly othersShare: number | null
}

/**
 * Measures one block and rests. The server's usage counts the warm-up, and so do the calls that it is divided by.
 * `pid` is null where there is no server to look at.
 */
export async function measureBlock(
  pid: number | null,
  round: number,
  load: Omit<LoadOptions, 'warmUpMs' | 'durationMs'>,
  { warmUpMs, durationMs, restMs }: Pace,
): Promise<Block> {
  if (pid !== null) resetPeak(pid)
  const before = usageNow(pid)
  const measured = await runLoad({ ...load, warmUpMs, durationMs })
  const after = usageNow(pid)
  const peakBytes = pid === null ? null : peakBytesOf(pid)
  await delay(restMs, undefined, { signal: load.signal })
  const server = difference(after.server, before.server)
  const all = difference(after.machine, before.machine)
  const others = server === null || all === null ? null : all - server - measured.cpuMs - (after.own - before.own)
  const capacityMs = (after.at - before.at) * availableParallelism()
  return {
    round,
    load: measured,
    cpuMsPerCall: server === null || measured.allCalls === 0 ? null : server / measured.allCalls,
    peakBytes,
    othersShare: others === null ? null : Math.max(0, others / capacityMs),
  }
}

interface Usage {
  readonly at: number
  readonly server: number | null
  readonly machine: number | null
  readonly own: number
}

function usageNow(pid: number | null): Usage {
  const { user, system } = process.cpuUsage()
  return {
    at: performance.now(),
    server: pid === null ? null : cpuMsOf(pid),
    machine: machineCpuMs(),
    own: (user + system) / 1000,
  }
}

const difference = (a: number | null, b: number | null): number | null => (a === null || b === null ? null : a - b)
