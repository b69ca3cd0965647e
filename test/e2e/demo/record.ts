/**
 * `make demo-recordings`: writes `examples/demo/`, what `obstat demo` sends, anew from a real control plane. Takes
 * about half a minute. Exit code 3: programs of the control plane are missing.
 */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import process from 'node:process'
import { startControlPlane } from '../harness/control-plane.ts'
import { ensurePrograms, ProgramsMissing } from '../harness/programs.ts'
import { record } from './recordings.ts'

const folder = join(import.meta.dirname, '../../../examples/demo')

async function main(): Promise<void> {
  ensurePrograms()
  const plane = await startControlPlane()
  try {
    const recordings = await record(plane)
    for (const part of ['cluster', 'later', 'reviews']) rmSync(join(folder, part), { recursive: true, force: true })
    for (const [file, bytes] of recordings) {
      mkdirSync(dirname(join(folder, file)), { recursive: true })
      writeFileSync(join(folder, file), bytes)
      process.stdout.write(`examples/demo/${file}  ${bytes.length} bytes\n`)
    }
  } finally {
    await plane.stop()
  }
}

try {
  await main()
} catch (cause) {
  if (!(cause instanceof ProgramsMissing)) throw cause
  process.stderr.write(`${cause.message}\n`)
  process.exitCode = 3
}
