import process from 'node:process'
import { rememberFailure } from './kept.ts'
import { ensurePrograms, isContinuousIntegration, ProgramsMissing } from './programs.ts'

/**
 * Before anything else: the programs of the control plane are there, or this run ends. It never passes for a run that
 * tested something: exit code 3 and one paragraph at a desk, a failure on a CI machine.
 */
export function mochaGlobalSetup(): void {
  try {
    ensurePrograms()
  } catch (cause) {
    if (!(cause instanceof ProgramsMissing) || isContinuousIntegration()) throw cause
    process.stderr.write(`${cause.message}\n`)
    process.exit(3)
  }
}

/** After a failed test: says where the logs are, which stay from then on. */
export const mochaHooks: Mocha.RootHookObject = {
  afterEach(this: Mocha.Context) {
    if (this.currentTest?.state !== 'failed') return
    for (const dir of rememberFailure()) process.stderr.write(`      logs of the control plane: ${dir}/*.log\n`)
  },
}
