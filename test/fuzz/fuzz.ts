import { setImmediate as turn } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { failureOf } from './check.ts'
import { fixtureOf } from './print.ts'
import { shrink } from './shrink.ts'

/**
 * `make fuzz`: so many cases from a seed, or the one case of `--case`. Exit code 1 when any fails; ends after
 * `--failures` of them.
 */
const { values } = parseArgs({
  options: {
    cases: { type: 'string', default: '1000000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    case: { type: 'string' },
    failures: { type: 'string', default: '10' },
  },
})
const seed = Number(values.seed)
const first = Number(values.case ?? 0)
const end = values.case === undefined ? Number(values.cases) : first + 1
const startedAt = performance.now()
let failed = 0

console.log(`fuzz: ${end - first} cases, seed ${seed}`)
for (let index = first; index < end && failed < Number(values.failures); index++) {
  // Without a turn of the event loop, what every case leaves to be cleaned up afterwards would stay: gigabytes of it.
  if (index % 100 === 0) await turn()
  const failure = await failureOf(seed, index)
  if (failure !== null) {
    failed++
    console.log(`\n# seed ${seed}, case ${index}\n${fixtureOf(await shrink(failure))}`)
  }
  if ((index + 1) % 50_000 === 0) console.log(`${index + 1} cases, ${rate(index + 1 - first)} a second`)
}
console.log(
  `fuzz: ${failed === 0 ? 'no disagreement' : `${failed} disagreements`}, ${rate(end - first)} cases a second`,
)
process.exitCode = failed === 0 ? 0 : 1

function rate(count: number): number {
  return Math.round((count / (performance.now() - startedAt)) * 1000)
}
