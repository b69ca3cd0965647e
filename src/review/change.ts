import type { Json } from '../api/json.ts'
import { field, isArray, isObject } from '../api/json.ts'
import type { ApprovalRequest } from '../api/objects.ts'
import { canonical } from '../signing/canonical.ts'
import { pointer } from '../signing/diff.ts'
import { plain, shortened } from './text.ts'

type Act = ApprovalRequest['spec']['acts'][number]
type Change = Act['change'][number]

export interface ChangeLine {
  readonly mark: 'added' | 'removed' | 'changed' | 'warning'
  /** Begins with `+`, `-` or `~`, so that it can be read without colours. */
  readonly text: string
}

/** Lines of one act; the rest is counted, and `-o yaml` shows all. */
const MAX_LINES = 60
const MAX_VALUE = 300
const MAX_PATH = 200
/** Both sides of a change stand in one line as long as they are short. */
const MAX_PAIR = 50

/**
 * What one act changes, one value a line; new objects and parts are taken apart. Values that are only known by digest
 * say so.
 */
export function changeLines(act: Pick<Act, 'change'>): readonly ChangeLine[] {
  const lines: ChangeLine[] = []
  let more = 0
  for (const change of act.change)
    for (const line of linesOf(change)) {
      if (lines.length < MAX_LINES) lines.push(line)
      else more++
    }
  return more === 0
    ? lines
    : [...lines, { mark: 'warning', text: `and ${more} lines more, not shown here: obstat show -o yaml` }]
}

function linesOf({ path, from, to }: Change): readonly ChangeLine[] {
  const isPair = from !== undefined && to !== undefined
  if (isPair && isShort(from) && isShort(to))
    return [{ mark: 'changed', text: `~ ${where(path)}: ${inline(from)} -> ${inline(to)}` }]
  return [
    ...(from === undefined ? [] : leavesOf(path, from).map(({ at, value }) => one('-', at, value))),
    ...(to === undefined ? [] : leavesOf(path, to).map(({ at, value }) => one('+', at, value))),
  ]
}

const one = (sign: '-' | '+', at: string, value: Json): ChangeLine => ({
  mark: sign === '-' ? 'removed' : 'added',
  text: `${sign} ${where(at)}: ${inline(value)}`,
})

const where = (path: string): string => plain(shortened(path === '' ? 'the object' : path, MAX_PATH))

const isShort = (value: Json): boolean => canonical(value).length <= MAX_PAIR || isMarker(value)

interface Leaf {
  readonly at: string
  readonly value: Json
}

/** Every scalar, marker and empty container in a value, in its order. Iterative: depth costs no stack. */
function leavesOf(path: string, root: Json): readonly Leaf[] {
  const found: Leaf[] = []
  const open: Leaf[] = [{ at: path, value: root }]
  for (let here = open.pop(); here !== undefined; here = open.pop()) {
    const inner = isMarker(here.value) ? [] : childrenOf(here)
    if (inner.length === 0) found.push(here)
    else open.push(...inner.reverse())
  }
  return found
}

function childrenOf({ at, value }: Leaf): Leaf[] {
  if (isArray(value)) return value.map((item, index) => ({ at: `${at}/${index}`, value: item }))
  if (!isObject(value)) return []
  return Object.entries(value).map(([key, item]) => ({ at: `${at}/${pointer(key)}`, value: item }))
}

const isMarker = (value: Json): boolean =>
  ['obstat.dev/sha256', 'obstat.dev/generated', 'obstat.dev/number'].some((key) => field(value, key) !== undefined)

/** A value in one line; a marker says what it stands for. */
function inline(value: Json): string {
  const hash = field(value, 'obstat.dev/sha256')
  const bytes = field(value, 'obstat.dev/bytes')
  const number = field(value, 'obstat.dev/number')
  if (typeof hash === 'string')
    return plain(`(not shown${typeof bytes === 'number' ? `, ${bytes} bytes` : ''}, sha256 ${hash.slice(0, 16)}…)`)
  if (field(value, 'obstat.dev/generated') === true) return '(the time of the request)'
  if (typeof number === 'string') return plain(shortened(number, MAX_VALUE))
  return plain(shortened(canonical(value), MAX_VALUE))
}
