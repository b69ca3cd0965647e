import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'

/** Programs that every control plane needs; KUBEBUILDER_ASSETS may bring them. */
const core = ['etcd', 'kube-apiserver', 'kubectl'] as const
/** Files for controllers, the scheduler and fake nodes: built with Go, never brought. */
const rest = ['kube-controller-manager', 'kube-scheduler', 'kwok', 'kwok-stages.yaml'] as const

export type Program = (typeof core)[number] | (typeof rest)[number]

const home = join(import.meta.dirname, '../../controlplane')

/** Absolute path of a program of the test control plane, whether or not it has been built. */
export const pathOf = (program: Program): string => join(home, 'bin', program)

/** Programs of the control plane are missing; the message says what to install. */
export class ProgramsMissing extends Error {
  override readonly name = 'ProgramsMissing'
}

const missing = (): readonly Program[] => [...core, ...rest].filter((program) => !existsSync(pathOf(program)))

const advice = (left: readonly Program[], reason: string): string =>
  `These tests run against a real Kubernetes control plane, and ${left.join(', ')} could not be built: ${reason}. ` +
  'Install Go 1.26 or newer from https://go.dev/dl/ and run `make control-plane` (about 6 minutes the first time), ' +
  'then run this again. Nothing was tested.'

/**
 * Makes sure that every program is there and current, building what is missing; progress goes to the terminal.
 * Throws ProgramsMissing when that is not possible.
 */
export function ensurePrograms(): void {
  const built = spawnSync(join(home, 'build.sh'), { stdio: ['ignore', 2, 2] })
  const left = missing()
  if (built.status === 0 && left.length === 0) return
  if (built.status === 2) throw new ProgramsMissing(advice(left, 'Go is missing or too old'))
  const how = built.error === undefined ? `exit code ${String(built.status)}` : built.error.message
  throw new ProgramsMissing(advice(left, `test/controlplane/build.sh failed (${how})`))
}

/** Whether a failure to run at all must fail the run: on a CI machine nobody reads the advice. */
export const isContinuousIntegration = (): boolean => (process.env['CI'] ?? '') !== '' && process.env['CI'] !== 'false'
