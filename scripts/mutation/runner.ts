import { globSync } from 'node:fs'
import path from 'node:path'
import Mocha from 'mocha'

/**
 * A test runner for Stryker on Mocha's public interface. Stryker's own reaches into files that Mocha 12 has renamed.
 * Only what Stryker calls is written down here (@stryker-mutator/api/test-runner).
 */
interface TestRunner {
  readonly capabilities: () => { readonly reloadEnvironment: boolean }
  readonly dryRun: () => Promise<Ran>
  readonly mutantRun: (asked: MutantRun) => Promise<Answer>
}

interface Options {
  readonly testFiles?: readonly string[]
}

interface MutantRun {
  /** Ids of the tests that reach the mutant; absent: all of them. */
  readonly testFilter?: readonly string[]
  readonly activeMutant: { readonly id: string }
  /** A mutant that is reached more often than this loops. */
  readonly hitLimit?: number
  /** `static`: the mutant is reached while modules load, so it is switched on before. */
  readonly mutantActivation: 'runtime' | 'static'
}

interface Ran {
  readonly status: 'complete'
  readonly tests: readonly TestResult[]
  readonly mutantCoverage: unknown
}

interface TestResult {
  readonly id: string
  readonly name: string
  readonly timeSpentMs: number
  readonly status: number
  readonly failureMessage?: string
}

type Answer =
  | {
      readonly status: 'killed'
      readonly killedBy: readonly string[]
      readonly failureMessage: string
      readonly nrOfTests: number
    }
  | { readonly status: 'survived'; readonly nrOfTests: number }
  | { readonly status: 'timeout' }

/** What instrumented code and Stryker share in a test process. */
interface Context {
  activeMutant?: string | undefined
  currentTestId?: string | undefined
  hitCount?: number | undefined
  hitLimit?: number | undefined
  mutantCoverage?: unknown
}

/** Stryker's TestStatus. */
const SUCCESS = 0
const FAILED = 1

/**
 * The tests that are to notice, unless `--testFiles` names some: of what is mutated, and the properties over all of it.
 */
const TESTS = ['test/{signing,policy,admission,property}/**/*.test.ts']

const idOf = (test: Mocha.Test): string => `${path.relative('.', test.file ?? '')}: ${test.fullTitle()}`

function mochaRunner({ testFiles = [] }: Options): TestRunner {
  const shared = globalThis as typeof globalThis & { __stryker__?: Context }
  const context: Context = (shared.__stryker__ ??= {})
  let isTracing = false
  let loaded: Promise<Suites> | undefined

  const load = async (): Promise<Suites> => {
    const mocha = new Mocha({ timeout: 0, reporter: Silent })
    mocha.cleanReferencesAfterRun(false)
    for (const file of globSync(testFiles.length === 0 ? TESTS : testFiles).sort()) mocha.addFile(file)
    mocha.suite.beforeEach(function () {
      if (isTracing && this.currentTest !== undefined) context.currentTestId = idOf(this.currentTest)
    })
    await mocha.loadFilesAsync()
    return { mocha, tests: testsOf(mocha.suite) }
  }

  return {
    capabilities: () => ({ reloadEnvironment: false }),
    async dryRun() {
      isTracing = true
      const tests = await run(await (loaded ??= load()), undefined)
      isTracing = false
      return { status: 'complete', tests, mutantCoverage: context.mutantCoverage }
    },
    async mutantRun({ testFilter, activeMutant, hitLimit, mutantActivation }) {
      context.hitLimit = hitLimit
      context.hitCount = hitLimit === undefined ? undefined : 0
      context.activeMutant = mutantActivation === 'static' ? activeMutant.id : undefined
      const suites = await (loaded ??= load())
      context.activeMutant = activeMutant.id
      const results = await run(suites, testFilter)
      if (hitLimit !== undefined && (context.hitCount ?? 0) > hitLimit) return { status: 'timeout' }
      const nrOfTests = results.length
      const failed = results.find((result) => result.status === FAILED)
      if (failed === undefined) return { status: 'survived', nrOfTests }
      return { status: 'killed', killedBy: [failed.id], failureMessage: failed.failureMessage ?? '', nrOfTests }
    },
  }
}

interface Suites {
  readonly mocha: Mocha
  /** Every suite's tests, before any were left out of a run. */
  readonly tests: ReadonlyMap<Mocha.Suite, readonly Mocha.Test[]>
}

const testsOf = (root: Mocha.Suite): ReadonlyMap<Mocha.Suite, readonly Mocha.Test[]> =>
  new Map([[root, root.tests], ...root.suites.flatMap((suite) => [...testsOf(suite)])])

/** Runs the tests of these ids (undefined: all), of a mutant up to the first failure. */
function run({ mocha, tests }: Suites, ids: readonly string[] | undefined): Promise<readonly TestResult[]> {
  const wanted = ids === undefined ? undefined : new Set(ids)
  for (const [suite, all] of tests) {
    suite.bail(wanted !== undefined)
    suite.tests = all.filter((test) => wanted?.has(idOf(test)) !== false)
  }
  const results: TestResult[] = []
  return new Promise((resolve) => {
    const runner = mocha.run(() => {
      resolve(results)
    })
    const result = (test: Mocha.Test): Omit<TestResult, 'status'> => {
      const id = idOf(test)
      return { id, name: id, timeSpentMs: test.duration ?? 0 }
    }
    runner.on('pass', (test) => results.push({ ...result(test), status: SUCCESS }))
    runner.on('fail', (test, error: Error) =>
      results.push({ ...result(test), status: FAILED, failureMessage: error.message }),
    )
  })
}

class Silent extends Mocha.reporters.Base {
  override epilogue(): void {
    // Stryker reports.
  }
}

/** What of a node of Babel's syntax tree is asked here. */
interface Node {
  readonly type: string
  readonly value?: unknown
  readonly quasis?: readonly { readonly value: { readonly raw: string } }[]
}

/** Texts with a space are messages for people: they may change, so no test holds them. Names and reasons have none. */
function messages(): { readonly shouldIgnore: (path: { readonly node: Node }) => string | undefined } {
  return {
    shouldIgnore({ node: { type, value, quasis } }) {
      const text = type === 'StringLiteral' ? String(value) : (quasis ?? []).map((part) => part.value.raw).join('')
      return text.includes(' ') ? 'a message for people' : undefined
    },
  }
}

export const strykerPlugins = [
  { kind: 'TestRunner', name: 'mocha', factory: Object.assign(mochaRunner, { inject: ['options'] }) },
  { kind: 'Ignore', name: 'messages', factory: Object.assign(messages, { inject: [] }) },
]
