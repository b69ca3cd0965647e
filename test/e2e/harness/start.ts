/**
 * `node test/e2e/harness/start.ts [--dir D] [--nodes N] [--no-controllers] [--no-scheduler] [--no-nodes-fake]` starts
 * one control plane, prints the path of the administrator's kubeconfig on stdout and runs until SIGTERM or SIGINT.
 * Without `--dir` the files are in a temporary folder that goes when it ends. Exit code 3: programs are missing.
 */
import { once } from 'node:events'
import process from 'node:process'
import { parseArgs } from 'node:util'
import { startControlPlane } from './control-plane.ts'
import type { ControlPlaneOptions } from './control-plane.ts'
import { ensurePrograms, isContinuousIntegration, ProgramsMissing } from './programs.ts'

function options(): ControlPlaneOptions {
  const flag = { type: 'boolean', default: true } as const
  const { values } = parseArgs({
    allowNegative: true,
    options: {
      dir: { type: 'string' },
      nodes: { type: 'string' },
      controllers: flag,
      scheduler: flag,
      'nodes-fake': flag,
    },
  })
  const nodes = Number(values.nodes ?? 2)
  if (!Number.isInteger(nodes) || nodes < 0)
    throw new TypeError(`--nodes: expected a number, got ${values.nodes ?? ''}`)
  return {
    nodes,
    controllers: values.controllers,
    scheduler: values.scheduler,
    nodesFake: values['nodes-fake'],
    ...(values.dir === undefined ? {} : { dir: values.dir }),
  }
}

async function main(): Promise<void> {
  const wanted = options()
  const isBare = wanted.controllers === false && wanted.scheduler === false && wanted.nodesFake === false
  ensurePrograms(isBare ? 'core' : 'everything')
  const controlPlane = await startControlPlane(wanted)
  process.stdout.write(`${controlPlane.adminKubeconfig}\n`)
  process.stderr.write(`control plane at ${controlPlane.server}, logs in ${controlPlane.dir}; end it with SIGTERM\n`)
  const forever = setInterval(() => undefined, 60_000)
  await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')])
  clearInterval(forever)
  await controlPlane.stop()
}

try {
  await main()
} catch (cause) {
  if (!(cause instanceof ProgramsMissing)) throw cause
  process.stderr.write(`${cause.message}\n`)
  process.exitCode = isContinuousIntegration() ? 1 : 3
}
