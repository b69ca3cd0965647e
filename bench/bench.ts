/**
 * `node bench/bench.ts` measures obstat beside two Go webhooks that do nothing, in one run: see README.md. Tables on
 * stdout, progress on stderr. Exit code 1: a wrong answer, or with --quick a quotient out of bounds; 2: usage; 3: no Go.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import process from 'node:process'
import { outOfBounds, wrongAnswers } from './bounds.ts'
import { machine } from './machine.ts'
import type { Cell, Options, Pace } from './options.ts'
import { readOptions, USAGE, UsageError } from './options.ts'
import { chooseCores } from './pinning.ts'
import { buildPrograms, NoPrograms, versions } from './programs.ts'
import type { Bench } from './side-by-side.ts'
import { measureCell } from './side-by-side.ts'
import { CONTENDERS } from './servers.ts'
import type { Summary } from './summary.ts'
import { summaryOf } from './summary.ts'
import { preamble, tables } from './table.ts'

const say = (line: string): void => void process.stderr.write(`${line}\n`)

/** Starting servers, signing, and what else there is between blocks. */
const START_MS = 2500
const BETWEEN_MS = 100

/** How long the cells take. */
function planMs(cells: readonly Cell[], { rounds, durationMs, warmUpMs, restMs, firstWarmUpMs }: Pace): number {
  const blockMs = durationMs + warmUpMs + restMs + BETWEEN_MS
  const blocks = cells.reduce((sum, { connections }) => sum + connections.length, 0) * rounds * CONTENDERS.length
  return blocks * blockMs + cells.length * (START_MS + firstWarmUpMs * CONTENDERS.length)
}

/** Ends by Ctrl-C, and after three times what was planned. */
function stopSignal(planned: number): AbortSignal {
  const stopped = new AbortController()
  for (const name of ['SIGINT', 'SIGTERM'] as const)
    process.once(name, () => {
      stopped.abort(new Error(`ended by ${name}`))
    })
  return AbortSignal.any([stopped.signal, AbortSignal.timeout(Math.round(planned * 3) + 60_000)])
}

async function sideBySide(options: Options, bench: Bench): Promise<readonly Summary[]> {
  const summaries: Summary[] = []
  for (const cell of options.cells) {
    bench.signal.throwIfAborted()
    summaries.push(...(await measureCell(bench, cell)).map(summaryOf))
  }
  return summaries
}

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2))
  const programs = buildPrograms()
  const cores = chooseCores()
  const planned = planMs(options.cells, options.pace)
  say(
    `about ${planned < 120_000 ? `${Math.round(planned / 1000)} seconds` : `${Math.round(planned / 60_000)} minutes`}`,
  )
  const dir = mkdtempSync(join(tmpdir(), 'obstat-bench-'))
  const about = {
    machine: machine(cores),
    versions: versions(),
    pace: options.pace,
    startedAt: new Date().toISOString(),
  }
  try {
    const bench = { dir, obstat: options.obstat, programs, cores, pace: options.pace, signal: stopSignal(planned), say }
    const summaries = await sideBySide(options, bench)
    process.stdout.write(preamble(about.machine, about.versions, options.pace) + tables(summaries))
    if (options.json !== undefined) writeFileSync(options.json, jsonOf({ ...about, results: summaries }))
    const faults = [...wrongAnswers(summaries), ...(options.isQuick ? outOfBounds(summaries) : [])]
    for (const fault of faults) say(`FAILED: ${fault}`)
    return faults.length === 0 ? 0 : 1
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}

/** Maps become objects. */
const jsonOf = (value: unknown): string =>
  `${JSON.stringify(value, (_, one: unknown) => (one instanceof Map ? Object.fromEntries(one) : one), 2)}\n`

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
