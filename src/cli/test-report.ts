import { dirname } from 'node:path'
import type { Outcome } from '../suites/judge.ts'
import { printable } from './printable.ts'
import { toJson } from './printing.ts'
import { wrap } from './wrap.ts'

/** How the outcomes of policy tests are told. */
export const FORMATS = ['table', 'json', 'junit', 'sarif', 'github'] as const
export type Format = (typeof FORMATS)[number]

export interface ReportOptions {
  /** Whether the table lists the cases that pass. */
  readonly isVerbose: boolean
  /** Of obstat. */
  readonly version: string
}

/** The whole report as it goes to standard output. */
export function report(format: Format, outcomes: readonly Outcome[], { isVerbose, version }: ReportOptions): string {
  switch (format) {
    case 'table':
      return `${[...tableOf(outcomes, isVerbose), summaryOf(outcomes)].join('\n')}\n`
    case 'json':
      return toJson(jsonOf(outcomes))
    case 'junit':
      return junitOf(outcomes)
    case 'sarif':
      return toJson(sarifOf(outcomes, version))
    case 'github':
      return outcomes
        .filter(isFailed)
        .map((one) => annotation(one.test.file, one.test.line, one.test.name, tell(one).join('\n')))
        .join('')
  }
}

const isFailed = ({ differences }: Outcome): boolean => differences.length > 0

/** `12 cases: 11 passed, 1 failed`. */
export function summaryOf(outcomes: readonly Outcome[]): string {
  const failed = outcomes.filter(isFailed).length
  return `${counted(outcomes.length)}: ${outcomes.length - failed} passed, ${failed} failed`
}

const counted = (cases: number): string => `${cases} case${cases === 1 ? '' : 's'}`

/** What differs, a line each, then why it came out so. */
const tell = ({ differences, why }: Outcome): readonly string[] => [
  ...differences.map(({ field, expected, got }) => `${field}: expected ${expected}, got ${got}`),
  ...why,
]

/** Outcomes by folder, in order. */
function byFolder(outcomes: readonly Outcome[]): readonly (readonly [folder: string, outcomes: readonly Outcome[]])[] {
  const folders = new Map<string, Outcome[]>()
  for (const one of outcomes) {
    const folder = dirname(one.test.file)
    folders.set(folder, [...(folders.get(folder) ?? []), one])
  }
  return [...folders]
}

const INDENT = ' '.repeat(8)

/** As `go test` tells it: a line for each folder, and below it what failed. */
const tableOf = (outcomes: readonly Outcome[], isVerbose: boolean): readonly string[] =>
  byFolder(outcomes).flatMap(([folder, mine]) => {
    const failed = mine.filter(isFailed).length
    const word = failed === 0 ? 'ok  ' : 'FAIL'
    const count = `${counted(mine.length)}${failed === 0 ? '' : `, ${failed} failed`}`
    return [
      `${word}  ${printable(folder)}  ${count}`,
      ...mine.filter((one) => isVerbose || isFailed(one)).flatMap(linesOf),
    ]
  })

function linesOf(one: Outcome): readonly string[] {
  const { file, line, name } = one.test
  const { verdict, reason, class: worst } = one.got
  if (!isFailed(one)) {
    const outcome = [verdict, reason, worst].filter((word) => word !== '').join(', ')
    return [`  ok    ${printable(`${file}:${line}: ${name}`)}`, `${INDENT}${outcome}`]
  }
  const details = tell(one).flatMap((text) => wrap(printable(text), 80 - INDENT.length))
  return [`  FAIL  ${printable(`${file}:${line}: ${name}`)}`, ...details.map((text) => INDENT + text)]
}

const jsonOf = (outcomes: readonly Outcome[]): object => {
  const failed = outcomes.filter(isFailed).length
  return {
    cases: outcomes.length,
    passed: outcomes.length - failed,
    failed,
    results: outcomes.map((one) => ({
      file: one.test.file,
      line: one.test.line,
      name: one.test.name,
      passed: !isFailed(one),
      expected: one.test.expect,
      got: one.got,
      why: one.why,
    })),
  }
}

/** The JUnit XML that CI systems read: a suite for each folder. */
function junitOf(outcomes: readonly Outcome[]): string {
  const suites = byFolder(outcomes).map(
    ([folder, mine]) =>
      `  <testsuite ${attributes({ name: folder, ...countsOf(mine) })}>\n${mine.map(testcase).join('')}  </testsuite>\n`,
  )
  const head = attributes({ name: 'obstat test', ...countsOf(outcomes) })
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites ${head}>\n${suites.join('')}</testsuites>\n`
}

const countsOf = (outcomes: readonly Outcome[]): Readonly<Record<string, number>> => ({
  tests: outcomes.length,
  failures: outcomes.filter(isFailed).length,
  errors: 0,
  skipped: 0,
})

function testcase(one: Outcome): string {
  const { file, line, name } = one.test
  const head = `    <testcase ${attributes({ classname: file, name, file, line })}`
  if (!isFailed(one)) return `${head}/>\n`
  const lines = tell(one)
  const message = attributes({ message: lines[0] ?? '', type: 'PolicyTest' })
  return `${head}>\n      <failure ${message}>${lines.map(xml).join('\n')}</failure>\n    </testcase>\n`
}

const attributes = (values: Readonly<Record<string, string | number>>): string =>
  Object.entries(values)
    .map(([key, value]) => `${key}="${xml(String(value))}"`)
    .join(' ')

/** XML 1.0 has no way to write most control characters. */
const xml = (text: string): string => printable(text).replace(/[&<>"]/g, (c) => `&#${c.codePointAt(0) ?? 0};`)

/** SARIF 2.1.0: a result for each case that failed, as code scanning shows it. */
const sarifOf = (outcomes: readonly Outcome[], version: string): object => ({
  $schema: 'https://json.schemastore.org/sarif-2.1.0.json',
  version: '2.1.0',
  runs: [
    {
      tool: {
        driver: {
          name: 'obstat',
          version,
          rules: [{ id: 'policy-test', shortDescription: { text: 'A policy test did not come out as expected' } }],
        },
      },
      results: outcomes.filter(isFailed).map((one) => ({
        ruleId: 'policy-test',
        level: 'error',
        message: { text: [one.test.name, ...tell(one)].map(printable).join('\n') },
        locations: [
          {
            physicalLocation: {
              artifactLocation: { uri: one.test.file.split('/').map(encodeURIComponent).join('/') },
              region: { startLine: one.test.line },
            },
          },
        ],
      })),
    },
  ],
})

/** A workflow command of GitHub Actions, which shows it at the line. What would end it or begin another is escaped. */
export function annotation(file: string, line: number, title: string, message: string): string {
  const data = (text: string): string =>
    text
      .split('\n')
      .map((part) => printable(part).replaceAll('%', '%25'))
      .join('%0A')
  const property = (text: string): string => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
  return `::error file=${property(file)},line=${line},title=${property(title)}::${data(message)}\n`
}
