import { readdirSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { sharing } from '../../src/admission/sharing.ts'
import { harmless } from '../../src/policy/harmless/index.ts'
import { rules } from '../../src/policy/rules/index.ts'
import { run } from '../../src/suites/judge.ts'
import { loadSuites } from '../../src/suites/load.ts'
import { fixtures } from './case.ts'

const folders = (kind: string): readonly string[] => readdirSync(join(fixtures, kind)).sort()
const sources = (kind: string): readonly string[] =>
  readdirSync(fileURLToPath(new URL(`../../src/policy/${kind}/`, import.meta.url)))
    .filter((file) => file !== 'index.ts')
    .map((file) => file.replace('.ts', ''))
    .sort()

const { tests, problems } = loadSuites(fixtures)

// The same loader and judge as `obstat test test/fixtures`.
describe('the cases', () => {
  it('can all be read', () => {
    expect(problems).to.deep.equal([])
  })

  it('are one a file, and every file is one', () => {
    const files = readdirSync(fixtures, { recursive: true, encoding: 'utf8' }).filter((file) => /\/.*\./.test(file))
    expect(tests.map(({ file }) => file)).to.deep.equal(files.map((file) => join(fixtures, file)).sort())
  })
})

// The webhook compares sides that share what is the same (admission/sharing).
describe('the cases, with both sides sharing what is the same', () => {
  for (const kind of ['rules', 'harmless'])
    it(`come out as they do apart: ${kind}`, () => {
      const different = tests
        .filter(({ file }) => file.startsWith(join(fixtures, kind, '/')))
        .filter((test) => {
          const { object, oldObject } = test.request
          return (
            run({ ...test, request: { ...test.request, object: sharing(oldObject, object) } }).differences.length > 0
          )
        })
      expect(different.map(({ file }) => file)).to.deep.equal([])
    })
})

for (const [kind, registry] of [
  ['rules', rules],
  ['harmless', harmless],
] as const) {
  describe(`policy/${kind}`, () => {
    const ids = registry.map((entry) => entry.id)

    it('lists every file once, in order of id', () => {
      expect(ids).to.deep.equal([...new Set(ids)].sort())
      expect(ids).to.deep.equal(sources(kind))
    })

    it('has a folder of cases for each entry and for nothing else', () => {
      expect(folders(kind)).to.deep.equal(ids)
    })

    for (const id of ids) {
      const mine = tests.filter(({ file }) => file.startsWith(join(fixtures, kind, id, '/')))

      it(`${id} has a case that it catches and one that it lets be`, () => {
        const files = mine.map(({ file }) => basename(file))
        expect(
          files.some((file) => file.startsWith('deny-')),
          'deny-*.yaml',
        ).to.equal(true)
        expect(
          files.some((file) => file.startsWith('allow-')),
          'allow-*.yaml',
        ).to.equal(true)
      })

      for (const test of mine)
        it(`${id}/${basename(test.file)}`, () => {
          const { differences, why } = run(test)
          expect(differences, why.join('; ')).to.deep.equal([])
        })
    }
  })
}
