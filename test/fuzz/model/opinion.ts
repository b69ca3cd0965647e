import type { Case } from '../world.ts'
import { actOf } from './act.ts'
import { ceilingOf } from './best.ts'
import type { Class } from './verdict.ts'
import { rank, refusalOf } from './verdict.ts'
import { floorsOf } from './worst.ts'

/** What the model is sure of about one case. */
export interface Opinion {
  /** The class is at least this. */
  readonly floor: Class
  readonly ceiling: Class | null
  /** Which sentences of the model say so. */
  readonly why: readonly string[]
  /** It must be refused, for one of these reasons; null: no opinion. */
  readonly refused: readonly string[] | null
  readonly mustPass: boolean
}

export function opinionOf(it: Case): Opinion {
  const act = actOf(it)
  const floors = floorsOf(act)
  const floor = floors.reduce<Class>((worst, one) => (rank(one.class) > rank(worst) ? one.class : worst), 'Observe')
  const ceiling = ceilingOf(act)
  return {
    floor,
    ceiling: ceiling?.class ?? null,
    why: [
      ...floors.filter((one) => one.class === floor).map(({ why }) => why),
      ...(ceiling === null ? [] : [ceiling.why]),
    ],
    refused: refusalOf(act, floor),
    mustPass: ceiling !== null && refusalOf(act, ceiling.class) === null,
  }
}
