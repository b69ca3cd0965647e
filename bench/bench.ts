/**
 * `node bench/bench.ts` measures obstat beside two Go webhooks that do nothing, in one run: see README.md. Tables on
 * stdout, progress on stderr. Exit code 1: a wrong answer, or with --quick a quotient out of bounds; 2: usage; 3: no
 * Go.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { startControlPlane } from '../test/e2e/harness/control-plane.ts'
import { ensurePrograms } from '../test/e2e/harness/programs.ts'
import { outOfBounds, wrongAnswers } from './bounds.ts'
import { machine } from './machine.ts'
import type { Cell, Options, Pace } from './options.ts'
import { paceFor, readOptions, USAGE, UsageError } from './options.ts'
import { chooseCores } from './pinning.ts'
import { buildPrograms, NoPrograms, versions } from './programs.ts'
import type { Bench } from './side-by-side.ts'
import { measureCell } from './side-by-side.ts'
import { CONTENDERS } from './servers.ts'
import type { Source } from './source.ts'
import type { Summary } from './summary.ts'
import { summaryOf } from './summary.ts'
import { preamble, tables } from './table.ts'
import { clusterSource } from './through/cluster-source.ts'
import { failedWrites, throughTable } from './through/report.ts'
import { measureThrough } from './through/through.ts'

const say = (line: string): void => void process.stderr.write(`${line}\n`)

/** Starting servers, signing, and what else there is between blocks. */
const START_MS = 2500
const BETWEEN_MS = 100
/** A control plane and obstat in it. */
const CONTROL_PLANE_MS = 20_000
const MOST_WRITERS = 10

/** How long it takes. */
function planMs({ isThrough, isCluster, cells, pace }: Options): number {
  const blocksMs = ({ durationMs, warmUpMs, restMs }: Pace): number =>
    (durationMs + warmUpMs + restMs + BETWEEN_MS) * CONTENDERS.length
  if (isThrough) return CONTROL_PLANE_MS + writersIn(cells).length * (pace.rounds + 1) * blocksMs(pace)
  const cellMs = (cell: Cell): number =>
    cell.connections.length * pace.rounds * blocksMs(paceFor(cell, pace)) +
    START_MS +
    pace.firstWarmUpMs * CONTENDERS.length
  return cells.reduce((sum, cell) => sum + cellMs(cell), isCluster ? CONTROL_PLANE_MS : 0)
}

/** How many write at once: as many as chosen, but etcd is not to be what is measured. */
const writersIn = ([first]: readonly Cell[]): readonly number[] =>
  first?.connections.filter((count) => count <= MOST_WRITERS) ?? [1]

/** Ends by Ctrl-C, and after three times what was planned. */
function stopSignal(planned: number): AbortSignal {
  const stopped = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const)
    // More than once: timeout(1) says it twice, and the end takes seconds at most.
    process.on(name, () => {
      stopped.abort(new Error(`ended by ${name}`))
    })
  return AbortSignal.any([stopped.signal, AbortSignal.timeout(Math.round(planned * 3) + 60_000)])
}

/** What was found: tables, everything for --json, and what must fail the run. */
interface Report {
  readonly text: string
  readonly results: unknown
  readonly faults: readonly string[]
}

async function sideBySide(options: Options, bench: Bench): Promise<Report> {
  const summaries: Summary[] = []
  const measureAll = async (source: Source | null): Promise<void> => {
    for (const cell of options.cells) {
      bench.signal.throwIfAborted()
      summaries.push(...(await measureCell(bench, cell, source)).map(summaryOf))
    }
  }
  if (options.isCluster) await withCluster(measureAll)
  else await measureAll(null)
  const faults = [...wrongAnswers(summaries), ...(options.isQuick ? outOfBounds(summaries) : [])]
  return { text: tables(summaries), results: summaries, faults }
}

/** Runs `work` with a control plane that holds obstat's objects. */
async function withCluster(work: (source: Source) => Promise<void>): Promise<void> {
  ensurePrograms('core')
  const plane = await startControlPlane({ controllers: false, nodesFake: false })
  try {
    await work(await clusterSource(plane))
  } finally {
    await plane.stop()
  }
}

async function through(options: Options, bench: Bench): Promise<Report> {
  const all = await measureThrough(bench, writersIn(options.cells))
  return { text: throughTable(all), results: all, faults: failedWrites(all) }
}

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2))
  const programs = buildPrograms()
  const cores = chooseCores()
  const planned = planMs(options)
  say(
    `about ${planned < 120_000 ? `${Math.round(planned / 1000)} seconds` : `${Math.round(planned / 60_000)} minutes`}`,
  )
  const signal = stopSignal(planned)
  const dir = mkdtempSync(join(tmpdir(), 'obstat-bench-'))
  const about = {
    machine: machine(cores),
    versions: versions(),
    pace: options.pace,
    startedAt: new Date().toISOString(),
  }
  try {
    const bench = { dir, obstat: options.obstat, programs, cores, pace: options.pace, signal, say }
    const report = await (options.isThrough ? through : sideBySide)(options, bench)
    process.stdout.write(preamble(about.machine, about.versions, options.pace) + report.text)
    if (options.json !== undefined) writeFileSync(options.json, jsonOf({ ...about, results: report.results }))
    for (const fault of report.faults) say(`FAILED: ${fault}`)
    return report.faults.length === 0 ? 0 : 1
  } catch (cause) {
    if (!signal.aborted) throw cause
    say(signal.reason instanceof Error ? signal.reason.message : 'ended')
    return 130
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

/** Maps become objects. */
const jsonOf = (value: unknown): string =>
  `${JSON.stringify(value, (_, one: unknown) => (one instanceof Map ? (Object.fromEntries(one) as object) : one), 2)}\n`

try {
  process.exitCode = await main()
} catch (cause) {
  if (cause instanceof UsageError) {
    say(`${cause.message}\n\n${USAGE}`)
    process.exitCode = 2
  } else if (cause instanceof NoPrograms) {
    say(cause.message)
    process.exitCode = 3
  } else throw cause
}
