import type { JsonObject } from '../api/json.ts'
import { documentsIn } from '../suites/files.ts'
import type { Problem } from '../suites/files.ts'
import { run } from '../suites/judge.ts'
import type { Test } from '../suites/load.ts'
import { existingIn, loadObjects, loadSuites } from '../suites/load.ts'
import type { Command } from './command.ts'
import { EXIT, UsageError } from './command.ts'
import { readBytes } from './files.ts'
import type { World } from './ports.ts'
import { printable } from './printable.ts'
import { annotation, FORMATS, report, summaryOf } from './test-report.ts'
import { versionOf } from './version.ts'

const NOTES = `DIR holds GovernedAgents, ActionPolicy, Namespaces and whatever else exists, as
YAML, and cases: a request, and what must come out. It is judged by the code of
the webhook; no cluster is asked. Objects and base.yaml of a folder hold for the
cases in it and in the folders below.

  obstat test policy
  obstat test policy --filter 'databases|restart' --verbose
  obstat test policy -o junit > results.xml
  kubectl get gagent,approver,apol,ns -o yaml | obstat test policy --objects -

docs/policy-tests.md describes the files. Exit codes: 0 every case came out as
expected, 1 one did not, 2 a file is no use, or there is no case.`

export const test: Command = {
  name: 'test',
  summary: 'check policy against cases in files, without a cluster',
  operands: 'DIR',
  arity: [1, 1],
  flags: {
    filter: {
      type: 'string',
      value: 'REGEX',
      help: 'only cases whose "FILE: NAME" matches this regular expression',
    },
    objects: {
      type: 'string',
      value: 'PATH',
      multiple: true,
      help: 'a file or folder of objects that exist for every case, - for standard input; those in DIR take precedence',
    },
    output: { type: 'string', short: 'o', value: 'FORMAT', help: `${FORMATS.join(', ')}; default table` },
    verbose: { type: 'boolean', short: 'v', help: 'list the cases that pass too, in the table' },
  },
  notes: NOTES,
  run: async (given, world) => {
    const format = given.oneOf('output', FORMATS) ?? 'table'
    const problems: Problem[] = []
    const objects = await objectsOf(given.texts('objects'), world, problems)
    const directory = given.operands[0] ?? ''
    const loaded = loadSuites(directory, objects)
    problems.push(...loaded.problems)
    for (const problem of problems) {
      world.say(printable(`${problem.file}:${problem.line}: ${problem.message}`))
      if (format === 'github') world.out(annotation(problem.file, problem.line, 'not a policy test', problem.message))
    }
    if (problems.length > 0) {
      world.say(`obstat test: ${problems.length === 1 ? 'a file is' : 'files are'} no use as above; no case was run`)
      return EXIT.usage
    }
    for (const file of loaded.unused) world.say(printable(`${file}: warning: no case names this AdmissionReview`))
    const outcomes = chosen(loaded.tests, directory, given.text('filter')).map(run)
    world.out(report(format, outcomes, { isVerbose: given.has('verbose'), version: await versionOf(world.root) }))
    if (format !== 'table') world.say(summaryOf(outcomes))
    return outcomes.some(({ differences }) => differences.length > 0) ? EXIT.refused : EXIT.ok
  },
}

async function objectsOf(paths: readonly string[], world: World, problems: Problem[]): Promise<readonly JsonObject[]> {
  const read = await Promise.all(
    paths.map(async (path) => {
      if (path !== '-') return loadObjects(path, problems)
      const content = (await readBytes(world, '--objects', path)).toString('utf8')
      return existingIn(documentsIn('(standard input)', content, problems), problems)
    }),
  )
  return read.flat()
}

/** Throws UsageError where nothing is left: a run without a case must not look like a success. */
function chosen(tests: readonly Test[], directory: string, filter: string | undefined): readonly Test[] {
  if (tests.length === 0)
    throw new UsageError(`${directory}: no case found; a case is a YAML document with request (or review) and expect`)
  if (filter === undefined) return tests
  const pattern = regexOf(filter)
  const matching = tests.filter(({ file, name }) => pattern.test(`${file}: ${name}`))
  if (matching.length === 0)
    throw new UsageError(`--filter: none of ${tests.length} cases matches ${JSON.stringify(filter)}`)
  return matching
}

function regexOf(filter: string): RegExp {
  try {
    return new RegExp(filter)
  } catch (cause) {
    throw new UsageError(`--filter: expected a regular expression, got ${JSON.stringify(filter)}`, { cause })
  }
}
