import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { harmless } from '../../src/policy/harmless/index.ts'
import { rules } from '../../src/policy/rules/index.ts'
import { decisionOf, loadCase } from './case.ts'

const root = fileURLToPath(new URL('../fixtures/', import.meta.url))
const folders = (kind: string): readonly string[] => readdirSync(`${root}${kind}`).sort()
const sources = (kind: string): readonly string[] =>
  readdirSync(fileURLToPath(new URL(`../../src/policy/${kind}/`, import.meta.url)))
    .filter((file) => file !== 'index.ts')
    .map((file) => file.replace('.ts', ''))
    .sort()

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
      const files = readdirSync(`${root}${kind}/${id}`).sort()

      it(`${id} has a case that it catches and one that it lets be`, () => {
        expect(
          files.some((file) => file.startsWith('deny-')),
          'deny-*.yaml',
        ).to.equal(true)
        expect(
          files.some((file) => file.startsWith('allow-')),
          'allow-*.yaml',
        ).to.equal(true)
      })

      for (const file of files)
        it(`${id}/${file}`, () => {
          const it = loadCase(`${root}${kind}/${id}/${file}`)
          const decision = decisionOf(it)
          const { classification } = decision
          const seen = {
            verdict: decision.verdict,
            ...(it.expect.reason === undefined ? {} : { reason: decision.reason }),
            ...(it.expect.class === undefined ? {} : { class: classification.class }),
            ...(it.expect.findings === undefined ? {} : { findings: classification.findings.map((f) => f.rule) }),
            ...(it.expect.harmless === undefined ? {} : { harmless: classification.harmless }),
          }
          expect(seen).to.deep.equal(it.expect)
        })
    }
  })
}
