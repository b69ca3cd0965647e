import { parseArgs } from 'node:util'
import { OBSTAT } from './programs.ts'
import type { BodyName, Outcome } from './reviews/cases.ts'
import { BODIES, OUTCOMES } from './reviews/cases.ts'

/** How long and how often. */
export interface Pace {
  /** Passes over all contenders; a multiple of 2 keeps the order fair. */
  readonly rounds: number
  readonly durationMs: number
  /** Before each measured block. */
  readonly warmUpMs: number
  /** After each. */
  readonly restMs: number
  /** Once for each fresh server. */
  readonly firstWarmUpMs: number
}

/** One body with one outcome: for it all servers are started anew, so that memory is that of this body. */
export interface Cell {
  readonly body: BodyName
  readonly outcome: Outcome
  readonly connections: readonly number[]
  /** Two connections more send the largest body all the while, and are not counted. */
  readonly isBesideLarge: boolean
}

export interface Options {
  readonly isQuick: boolean
  readonly isThrough: boolean
  readonly isCluster: boolean
  readonly json: string | undefined
  readonly obstat: string
  readonly pace: Pace
  readonly cells: readonly Cell[]
}

/** What was typed can't be used. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  readonly code = 'Usage'
}

export const USAGE = `node bench/bench.ts [flags]

  --quick               about 40 seconds; exit code 1 when a ratio is out of bounds
  --short               the table in about 10 minutes: fewer and shorter blocks
  --cluster             obstat over a real API server, which live reads go to, instead of over a folder
  --through             writes of an agent through a real API server instead
  --json FILE           everything that was measured
  --bodies a,b          of ${BODIES.join(', ')}
  --outcomes a,b        of ${OUTCOMES.join(', ')}
  --connections 1,10    calls at once; default 1, 10 and 50, the largest body 1 and 10
  --rounds N            passes over all webhooks; default 4
  --seconds S           length of one measured block; default 3
  --obstat FILE         another program than bin/obstat
`

const FULL: Pace = { rounds: 4, durationMs: 3000, warmUpMs: 500, restMs: 300, firstWarmUpMs: 3000 }
const SHORT: Pace = { rounds: 2, durationMs: 1000, warmUpMs: 250, restMs: 100, firstWarmUpMs: 4000 }
const QUICK: Pace = { rounds: 2, durationMs: 600, warmUpMs: 150, restMs: 50, firstWarmUpMs: 700 }

/**
 * One of each: an answer from memory, one that files and finds requests, one that verifies a signature, a large body.
 */
const QUICK_CELLS: readonly Cell[] = [
  { body: 'update', outcome: 'allow', connections: [10], isBesideLarge: false },
  { body: 'scale', outcome: 'refuse', connections: [10], isBesideLarge: false },
  { body: 'delete', outcome: 'approve', connections: [10], isBesideLarge: false },
  { body: '1m', outcome: 'allow', connections: [1], isBesideLarge: false },
]

/** What a small review is measured beside: so many connections with the largest body. */
export const LARGE = '12m'
export const BESIDE = 2

/** A small review whose turn large ones must not take. */
const BESIDE_LARGE: Cell = { body: 'delete', outcome: 'allow', connections: [1], isBesideLarge: true }

/** Fifty copies of 12 MB at once are 600 MB in flight, which no API server sends to one webhook. */
const connectionsFor = (body: BodyName): readonly number[] => (body === '12m' ? [1, 10] : [1, 10, 50])

/** Large bodies at fewer connections: there all webhooks read JSON most of the time. */
const shortConnectionsFor = (body: BodyName): readonly number[] => {
  if (body === '12m') return [1]
  return body === '1m' ? [1, 10] : [1, 10, 50]
}

/** Ten reviews of 12 MB wait for seconds, so their blocks are longer. */
export const paceFor = ({ body, isBesideLarge }: Cell, pace: Pace): Pace =>
  isBesideLarge || body === LARGE ? { ...pace, durationMs: pace.durationMs * 4 } : pace

/** The flags, or UsageError. */
export function readOptions(args: readonly string[]): Options {
  const values = parsed(args)
  const isQuick = values.quick
  const bodies = listOf('--bodies', values.bodies, BODIES)
  const outcomes = listOf('--outcomes', values.outcomes, OUTCOMES)
  const connections = values.connections?.split(',').map((text) => positive('--connections', text, true))
  const isShort = values.short && !isQuick
  const short = isShort ? SHORT : FULL
  const base = isQuick ? QUICK : short
  const pace: Pace = {
    ...base,
    ...(values.rounds === undefined ? {} : { rounds: positive('--rounds', values.rounds, true) }),
    ...(values.seconds === undefined ? {} : { durationMs: positive('--seconds', values.seconds, false) * 1000 }),
  }
  const isChosen = bodies !== null || outcomes !== null || connections !== undefined
  const usual = isShort ? shortConnectionsFor : connectionsFor
  const cells = (bodies ?? BODIES).flatMap((body) =>
    (outcomes ?? OUTCOMES).map((outcome) => ({
      ...{ body, outcome, connections: connections ?? usual(body), isBesideLarge: false },
    })),
  )
  return {
    isQuick,
    isThrough: values.through,
    isCluster: values.cluster,
    json: values.json,
    obstat: values.obstat,
    pace,
    cells: isChosen ? cells : isQuick ? QUICK_CELLS : [...cells, BESIDE_LARGE],
  }
}

interface Values {
  readonly quick: boolean
  readonly short: boolean
  readonly through: boolean
  readonly cluster: boolean
  readonly obstat: string
  readonly json?: string | undefined
  readonly bodies?: string | undefined
  readonly outcomes?: string | undefined
  readonly connections?: string | undefined
  readonly rounds?: string | undefined
  readonly seconds?: string | undefined
}

function parsed(args: readonly string[]): Values {
  const text = { type: 'string' } as const
  const claim = { type: 'boolean', default: false } as const
  try {
    return parseArgs({
      args: [...args],
      options: {
        ...{
          quick: claim,
          short: claim,
          through: claim,
          cluster: claim,
          json: text,
          obstat: { ...text, default: OBSTAT },
        },
        ...{ bodies: text, outcomes: text, connections: text, rounds: text, seconds: text },
      },
    }).values
  } catch (cause) {
    throw new UsageError(cause instanceof Error ? cause.message : String(cause), { cause })
  }
}

function listOf<T extends string>(flag: string, text: string | undefined, known: readonly T[]): readonly T[] | null {
  if (text === undefined) return null
  const words = text.split(',')
  const unknown = words.find((word) => !known.some((one) => one === word))
  if (unknown !== undefined) throw new UsageError(`${flag}: expected some of ${known.join(', ')}, got ${unknown}`)
  // In our order: what was approved in a cluster is refused no more.
  return known.filter((one) => words.includes(one))
}

function positive(flag: string, text: string, isWhole: boolean): number {
  const number = Number(text)
  if (!(number > 0) || (isWhole && !Number.isInteger(number)))
    throw new UsageError(`${flag}: expected a ${isWhole ? 'whole ' : ''}number above 0, got ${text}`)
  return number
}
