import type { Block } from './block.ts'
import type { Measured, Result } from './side-by-side.ts'
import type { Contender } from './servers.ts'
import type { Spread } from './statistics.ts'
import { ratiosOf, spreadOf } from './statistics.ts'

/** What is compared, in the order of the columns. */
export const MEASURES = ['perSecond', 'p50Ms', 'p99Ms', 'cpuMs', 'peakBytes'] as const
export type Measure = (typeof MEASURES)[number]

/** The contenders that obstat is divided by. */
export const STICKS = ['lean', 'decode'] as const
export type Stick = (typeof STICKS)[number]

export type Figures = Readonly<Record<Measure, Spread | null>>

/** One contender over all passes. */
export interface Standing {
  readonly figures: Figures
  readonly calls: number
  readonly fewestCalls: number
  readonly errors: number
  readonly firstError: string
  readonly readyMs: number
  readonly restingBytes: number | null
  readonly blocks: readonly Block[]
}

export interface Summary extends Pick<Result, 'body' | 'bytes' | 'outcome' | 'connections' | 'isBesideLarge'> {
  readonly standings: ReadonlyMap<Contender, Standing>
  /** obstat divided by each stick. */
  readonly ratios: ReadonlyMap<Stick, Figures>
  /** Most that others used of the machine in any block, from 0 to 1. */
  readonly othersShare: number | null
}

export function summaryOf({ contenders, ...cell }: Result): Summary {
  const standings = new Map([...contenders].map(([name, one]) => [name, standingOf(one)] as const))
  const own = contenders.get('obstat')?.blocks ?? []
  const shares = [...contenders.values()].flatMap(({ blocks }) => blocks.flatMap((block) => block.othersShare ?? []))
  return {
    ...cell,
    standings,
    ratios: new Map(STICKS.map((stick) => [stick, ratiosTo(own, contenders.get(stick)?.blocks ?? [])])),
    othersShare: spreadOf(shares)?.most ?? null,
  }
}

const valueOf = ({ load, cpuMsPerCall, peakBytes }: Block, measure: Measure): number | null => {
  switch (measure) {
    case 'perSecond':
    case 'p50Ms':
    case 'p99Ms':
      return load.calls === 0 ? null : load[measure]
    case 'cpuMs':
      return cpuMsPerCall
    case 'peakBytes':
      return peakBytes
  }
}

const each = (figure: (measure: Measure) => Spread | null): Figures => ({
  perSecond: figure('perSecond'),
  p50Ms: figure('p50Ms'),
  p99Ms: figure('p99Ms'),
  cpuMs: figure('cpuMs'),
  peakBytes: figure('peakBytes'),
})

const ratiosTo = (own: readonly Block[], stick: readonly Block[]): Figures =>
  each((measure) =>
    ratiosOf(
      own.map((block) => valueOf(block, measure)),
      stick.map((block) => valueOf(block, measure)),
    ),
  )

const standingOf = ({ readyMs, restingBytes, blocks }: Measured): Standing => {
  const calls = blocks.map(({ load }) => load.calls)
  return {
    figures: each((measure) => spreadOf(blocks.flatMap((block) => valueOf(block, measure) ?? []))),
    calls: calls.reduce((sum, count) => sum + count, 0),
    fewestCalls: Math.min(...calls),
    errors: blocks.reduce((sum, { load }) => sum + load.errors, 0),
    firstError: blocks.find(({ load }) => load.firstError !== undefined)?.load.firstError ?? '',
    readyMs,
    restingBytes,
    blocks,
  }
}
