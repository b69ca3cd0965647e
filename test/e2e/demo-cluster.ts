/**
 * `make demo-cluster`: the story of `obstat demo` on a real control plane, with real kubectl. Everything that it starts
 * it stops. Exit code 1: something came out otherwise than told; 3: programs of the control plane are missing.
 */
import process from 'node:process'
import { startControlPlane } from './harness/control-plane.ts'
import type { ControlPlane } from './harness/control-plane.ts'
import { startObstat } from './harness/obstat.ts'
import type { Obstat } from './harness/obstat.ts'
import { ensurePrograms, ProgramsMissing } from './harness/programs.ts'
import { play } from './demo/play.ts'

const say = (line: string): void => void process.stdout.write(`${line}\n`)

/** Ctrl-C stops what runs; the story then fails on what is gone, which is no news. */
const isStopped = { value: false }

async function main(): Promise<void> {
  ensurePrograms()
  say('Starting etcd, kube-apiserver, controllers, a scheduler and two fake nodes on 127.0.0.1; about 10 seconds.')
  const began = performance.now()
  const plane: ControlPlane = await startControlPlane()
  let webhook: Obstat | undefined
  const stop = async (): Promise<void> => {
    await webhook?.stop()
    await plane.stop()
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      isStopped.value = true
      void stop().then(() => process.exit(130))
    })
  try {
    webhook = await startObstat(plane)
    await play(plane, webhook)
  } finally {
    if (!isStopped.value) await stop()
  }
  say(`\nAll came out as told, in ${Math.round((performance.now() - began) / 1000)} seconds. Everything has stopped.`)
}

try {
  await main()
} catch (cause) {
  if (!isStopped.value) {
    process.stderr.write(`\n${cause instanceof Error ? cause.message : String(cause)}\n`)
    process.exitCode = cause instanceof ProgramsMissing ? 3 : 1
  }
}
