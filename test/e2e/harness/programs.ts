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

/** Programs of the control plane are missing and can't be built; build.sh has said on stderr what to install. */
export class ProgramsMissing extends Error {
  override readonly name = 'ProgramsMissing'
}

/** Everything, or what a bare API server needs. */
export type Extent = 'everything' | 'core'

const missing = (extent: Extent): readonly Program[] =>
  (extent === 'core' ? core : [...core, ...rest]).filter((program) => !existsSync(pathOf(program)))

const complaint = (left: readonly Program[], reason: string): string =>
  `A real Kubernetes control plane is needed here, and ${left.join(', ')} could not be built: ${reason}. ` +
  'What to install stands above. Nothing was tested.'

/** What test/controlplane/build.sh answers when Go is missing or too old. */
const needsGo = 2

/**
 * Makes sure that the programs are there and current, building what is missing; progress goes to the terminal. Without
 * Go what is there is good enough, be it old. Throws ProgramsMissing when something is missing in the end.
 */
export function ensurePrograms(extent: Extent = 'everything'): void {
  const built = spawnSync(join(home, 'build.sh'), { stdio: ['ignore', 2, 2] })
  const left = missing(extent)
  if (left.length === 0 && (built.status === 0 || built.status === needsGo)) return
  if (built.status === needsGo) throw new ProgramsMissing(complaint(left, 'Go 1.26 or newer is missing'))
  const how = built.error === undefined ? `exit code ${String(built.status)}` : built.error.message
  throw new ProgramsMissing(complaint(left, `test/controlplane/build.sh failed (${how})`))
}

/** Whether a failure to run at all must fail the run: on a CI machine nobody reads the advice. */
export const isContinuousIntegration = (): boolean => (process.env['CI'] ?? '') !== '' && process.env['CI'] !== 'false'
