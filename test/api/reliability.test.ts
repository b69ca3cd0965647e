import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'chai'
import { recorded } from '../e2e/faults/outcomes.ts'

const root = join(import.meta.dirname, '../..')

interface Report {
  readonly tests: readonly { readonly fullTitle: string }[]
}

/** Full titles of the tests that break something, without running them. */
async function titles(): Promise<readonly string[]> {
  const mocha = join(root, 'node_modules/mocha/bin/mocha.js')
  const args = ['--no-config', '--extension', 'ts', '--dry-run', '--reporter', 'json', 'test/e2e/faults/*.test.ts']
  const { stdout } = await promisify(execFile)(process.execPath, [mocha, ...args], { cwd: root })
  return (JSON.parse(stdout) as Report).tests.map(({ fullTitle }) => fullTitle)
}

describe('what docs/reliability.md says', () => {
  it('is what the tests that exist have seen, and all of them', async () => {
    const proved = recorded().map(({ suite, test }) => `${suite} ${test}`)
    expect([...proved].sort(), 'run: OBSTAT_RECORD=1 make test-e2e, then make generate').to.deep.equal(
      [...(await titles())].sort(),
    )
  })

  it('is that nothing passed which should not have', () => {
    for (const { fault, wrongAllows } of recorded()) expect(wrongAllows, fault).to.equal(0)
  })
})
