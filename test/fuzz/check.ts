import { DENY_REASONS } from '../../src/api/names.ts'
import type { JsonObject } from '../../src/api/json.ts'
import type { Drawn } from './cases.ts'
import { draw, edited } from './cases.ts'
import type { DraftObject } from './draft.ts'
import { isDraftObject } from './draft.ts'
import { TAME, fitting } from './edits.ts'
import type { Said } from './judge.ts'
import { ask } from './judge.ts'
import { opinionOf } from './model/opinion.ts'
import { rank } from './model/verdict.ts'
import type { Random } from './random.ts'
import { mix, randomOf } from './random.ts'
import { RESPELT, STRICTER } from './variants.ts'
import type { Variant } from './variants.ts'
import type { Case } from './world.ts'

/** One sentence that must hold for every case: '' when it does, else what is wrong. */
export interface Check {
  readonly name: string
  readonly run: (it: Case) => Promise<string>
  /** It is about more than the one case, so nothing can be taken away from that. */
  readonly isWhole?: boolean
}
export interface Failure {
  readonly check: Check
  readonly it: Case
  readonly wrong: string
}

/** A class was found: neither too old to know, nor refused before. */
const isJudged = (said: Said): boolean => said.class !== '' && said.reason !== 'StateStale'
const brief = (said: Said): string =>
  `${said.allowed ? 'allowed' : 'refused'} ${said.reason} ${said.class} [${said.rules}]`

export const model: Check = { name: 'model', run: async (it) => disagreement(it, await ask(it)) }

/** What the model and obstat say about one case that cannot both be right. */
export function disagreement(it: Case, said: Said): string {
  const opinion = opinionOf(it)
  const why = opinion.why.join(', ')
  if (opinion.refused !== null && said.allowed)
    return `allowed what must be refused (${opinion.floor}: ${why}): ${brief(said)}`
  if (opinion.mustPass && !said.allowed) return `refused what must pass (${why}): ${brief(said)}`
  if (opinion.refused?.includes(said.reason) === false)
    return `refused for another reason than ${opinion.refused.join(', ')} (${why}): ${brief(said)}`
  if (!isJudged(said)) return ''
  if (rank(said.class) < rank(opinion.floor)) return `better than ${opinion.floor} (${why}): ${brief(said)}`
  const isWorse = opinion.ceiling !== null && rank(said.class) > rank(opinion.ceiling)
  return isWorse ? `worse than ${opinion.ceiling} (${why}): ${brief(said)}` : ''
}

export const shape: Check = { name: 'shape', run: async (it) => misshapen(it, await ask(it)) }

/** The answer is one that the API server and an agent can read, and no fault lies behind it. */
export function misshapen(it: Case, { response, faults }: Said): string {
  if (faults.length > 0)
    return `fault: ${faults.map((fault) => (fault instanceof Error ? `${fault.name} ${fault.message}` : String(fault))).join('; ')}`
  if (response.uid !== it.request['uid']) return `uid ${response.uid}`
  const long = response.warnings?.find((warning) => warning.length > 256 || /[\p{Cc}\p{Zl}\p{Zp}]/u.test(warning))
  if (long !== undefined) return `warning ${long}`
  const { status } = response
  if (response.allowed) return status === undefined ? '' : 'allowed with a status'
  if (status === undefined) return 'refused without a status'
  if (!DENY_REASONS.includes(status.reason)) return `reason ${status.reason}`
  if (Buffer.byteLength(status.message) > 1024) return `message of ${Buffer.byteLength(status.message)} bytes`
  const lines = status.message.split('\n')
  return lines.length === 4 && isJson(lines[3] ?? '') ? '' : `message of ${lines.length} lines: ${status.message}`
}

function isJson(text: string): boolean {
  try {
    return typeof JSON.parse(text) === 'object'
  } catch (cause) {
    if (cause instanceof SyntaxError) return false
    throw cause
  }
}

/** The same act in another spelling gets the same class, and but for a dry run the same verdict. */
const sameAs = (variant: Variant, seed: number): Check => ({
  name: variant.name,
  run: async (it) => {
    const other = variant.make(it, randomOf(seed))
    if (other === null) return ''
    const [before, after] = [await ask(it), await ask(other)]
    if (!isJudged(before) || !isJudged(after)) return ''
    const isSame =
      before.class === after.class &&
      (before.allowed === after.allowed ||
        before.response.uid !== after.response.uid ||
        variant.isVerdictApart === true)
    return isSame ? misshapen(other, after) : `${variant.name}: ${brief(before)} became ${brief(after)}`
  },
})

/** A stricter world never lets more through. */
const noLooser = (variant: Variant, seed: number): Check => ({
  name: variant.name,
  run: async (it) => {
    const other = variant.make(it, randomOf(seed))
    if (other === null) return ''
    const [before, after] = [await ask(it), await ask(other)]
    return after.allowed && !before.allowed
      ? `${variant.name}: ${brief(before)} became ${brief(after)}`
      : misshapen(other, after)
  },
})

/** A second edit of something else never makes an act better. `less` is the object with the first edit alone. */
export const masks = (less: JsonObject): Check => ({
  name: `one more edit of ${JSON.stringify(less)}`,
  isWhole: true,
  run: async (it) => {
    const alone = await ask({ ...it, request: { ...it.request, object: less } })
    const both = await ask(it)
    if (!isJudged(alone) || !isJudged(both) || alone.class === 'Observe') return ''
    return rank(both.class) < rank(alone.class) ? `one edit ${brief(alone)}, with one more ${brief(both)}` : ''
  },
})

function masked({ it, kind }: Drawn, random: Random): { readonly check: Check; readonly it: Case } | null {
  const { oldObject, operation, subResource } = it.request
  if (operation !== 'UPDATE' || subResource !== undefined || !isDraftObject(oldObject as DraftObject)) return null
  const possible = fitting(TAME, kind)
  const [first, second] = [random.pick(possible), random.pick(possible)]
  // Entries of managedFields come with every write, so they are no act of their own.
  const isApart =
    first.area !== second.area && first.area !== 'bookkeeping' && ![first.name, second.name].includes('new container')
  if (!isApart) return null
  const less = edited(oldObject as DraftObject, [first], random)
  return { check: masks(less), it: { ...it, request: { ...it.request, object: edited(less, [second], random) } } }
}

/** Draws case `index` of a run and checks it: against the model, its shape, and one sentence about two cases. */
export async function failureOf(seed: number, index: number): Promise<Failure | null> {
  const random = randomOf(mix(seed, index))
  const drawn = draw(random)
  const { it } = drawn
  const said = await ask(it)
  const wrongShape = misshapen(it, said)
  if (wrongShape !== '') return { check: shape, it, wrong: wrongShape }
  const wrong = disagreement(it, said)
  if (wrong !== '') return { check: model, it, wrong }
  return another(drawn, said, random)
}

async function another(drawn: Drawn, said: Said, random: Random): Promise<Failure | null> {
  const seed = random.int(2 ** 31)
  const way = random.int(3)
  const pair =
    way === 0
      ? { check: sameAs(random.pick(RESPELT), seed), it: drawn.it }
      : way === 1
        ? said.allowed
          ? null
          : { check: noLooser(random.pick(STRICTER), seed), it: drawn.it }
        : masked(drawn, random)
  if (pair === null) return null
  const wrong = await pair.check.run(pair.it)
  return wrong === '' ? null : { ...pair, wrong }
}
