import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Family } from '../test/e2e/harness/family.ts'
import { getApproved } from './approval.ts'
import type { Block } from './block.ts'
import { measureBlock } from './block.ts'
import type { LoadOptions } from './load.ts'
import { runLoad } from './load.ts'
import type { Cell, Pace } from './options.ts'
import { BESIDE, LARGE, paceFor } from './options.ts'
import type { Cores } from './pinning.ts'
import { goJson } from './reviews/go-json.ts'
import type { Outcome } from './reviews/cases.ts'
import { reviewFor, timeoutSecondsOf } from './reviews/cases.ts'
import type { Contender, Server, ServerOptions } from './servers.ts'
import { startNoop, startObstat } from './servers.ts'
import type { Source } from './source.ts'
import { folderSource } from './source.ts'
import { orderOf } from './statistics.ts'

/** What is measured with, the same for all cells. */
export interface Bench {
  /** An empty folder of its own. */
  readonly dir: string
  readonly obstat: string
  readonly programs: string
  readonly cores: Cores | null
  readonly pace: Pace
  readonly signal: AbortSignal
  readonly say: (line: string) => void
}

/** One server that was started for a cell. */
export interface Measured extends Pick<Server, 'readyMs' | 'restingBytes'> {
  readonly blocks: readonly Block[]
}

/** One body, one outcome, one number of connections, all contenders. */
export interface Result {
  readonly body: Cell['body']
  readonly bytes: number
  readonly outcome: Outcome
  readonly connections: number
  readonly isBesideLarge: boolean
  readonly contenders: ReadonlyMap<Contender, Measured>
}

/**
 * Starts all servers anew, measures the cell at each number of connections, and ends them. Without a shared source
 * obstat gets a fresh folder.
 */
export async function measureCell(bench: Bench, cell: Cell, shared: Source | null): Promise<readonly Result[]> {
  const dir = join(bench.dir, `${cell.body}-${cell.outcome}${cell.isBesideLarge ? '-beside' : ''}`)
  mkdirSync(dir, { mode: 0o700 })
  const bodyFile = join(dir, 'review.json')
  const body = goJson(reviewFor(cell.body, cell.outcome))
  writeFileSync(bodyFile, body)
  if (cell.isBesideLarge) writeFileSync(besideFile(bodyFile), goJson(reviewFor(LARGE, cell.outcome)))
  const family = new Family()
  try {
    const source = shared ?? folderSource(join(dir, 'objects'))
    const servers = await startAll(bench, family, source, cell.outcome, bodyFile)
    const first = Math.max(...cell.connections)
    for (const server of servers)
      await runLoad({
        ...loadOf(bench, cell, server, bodyFile, Math.min(first, 10)),
        ...{ warmUpMs: 0, durationMs: bench.pace.firstWarmUpMs },
      })
    const results: Result[] = []
    for (const connections of cell.connections) {
      bench.say(
        `${cell.body} ${cell.outcome}, ${connections} at once${cell.isBesideLarge ? `, beside ${BESIDE} of ${LARGE}` : ''}`,
      )
      const contenders = await measureAll(bench, cell, servers, bodyFile, connections)
      const bytes = Buffer.byteLength(body)
      const { body: name, outcome, isBesideLarge } = cell
      results.push({ body: name, bytes, outcome, connections, isBesideLarge, contenders })
    }
    return results
  } finally {
    await family.stopAll()
  }
}

async function startAll(
  bench: Bench,
  family: Family,
  source: Source,
  outcome: Outcome,
  bodyFile: string,
): Promise<readonly Server[]> {
  const { obstat, programs, cores } = bench
  const options: ServerOptions = { dir: dirname(bodyFile), core: cores?.server, obstat, programs }
  const own = await startObstat(family, source, options)
  if (outcome === 'approve') await getApproved(own, source, bodyFile)
  const isAllowed = outcome !== 'refuse'
  return [
    own,
    await startNoop(family, 'lean', isAllowed, options),
    await startNoop(family, 'decode', isAllowed, options),
  ]
}

async function measureAll(
  bench: Bench,
  cell: Cell,
  servers: readonly Server[],
  bodyFile: string,
  connections: number,
): Promise<Result['contenders']> {
  const blocks = new Map<Contender, Block[]>()
  for (let round = 0; round < bench.pace.rounds; round++)
    for (const server of orderOf(servers, round)) {
      const load = loadOf(bench, cell, server, bodyFile, connections)
      const pace = paceFor(cell, bench.pace)
      const measured = measureBlock(server.pid, round, load, pace)
      const [block] = await Promise.all([
        measured,
        cell.isBesideLarge ? sendLarge(bench, cell, server, bodyFile, pace) : null,
      ])
      // What the large ones cost is not the small ones' doing.
      const counted = cell.isBesideLarge ? { ...block, cpuMsPerCall: null } : block
      blocks.set(server.name, [...(blocks.get(server.name) ?? []), counted])
    }
  return new Map(
    servers.map(({ name, readyMs, restingBytes }) => [name, { readyMs, restingBytes, blocks: blocks.get(name) ?? [] }]),
  )
}

const besideFile = (bodyFile: string): string => join(dirname(bodyFile), 'large.json')

/** Sends large reviews for as long as a block lasts; a wrong answer ends the run. */
async function sendLarge(bench: Bench, cell: Cell, server: Server, bodyFile: string, pace: Pace): Promise<void> {
  const load = loadOf(bench, { ...cell, body: LARGE }, server, besideFile(bodyFile), BESIDE)
  const { errors, firstError } = await runLoad({ ...load, warmUpMs: pace.warmUpMs, durationMs: pace.durationMs })
  if (errors > 0) throw new Error(`a wrong answer of ${server.name} to a large review: ${firstError ?? ''}`)
}

/** The first refusal files the request, every further one finds it. */
const REASONS = ['ApprovalRequired', 'ApprovalPending'] as const

function loadOf(
  { programs, cores, signal }: Bench,
  { body, outcome }: Cell,
  server: Server,
  bodyFile: string,
  connections: number,
): Omit<LoadOptions, 'warmUpMs' | 'durationMs'> {
  return {
    program: join(programs, 'load'),
    core: cores?.client,
    url: `${server.url}?timeout=${timeoutSecondsOf(body)}s`,
    bodyFile,
    certificateFile: server.certificateFile,
    connections,
    expect: outcome === 'refuse' ? 'denied' : 'allowed',
    reasons: outcome === 'refuse' && server.name === 'obstat' ? REASONS : [],
    signal,
  }
}
