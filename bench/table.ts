import type { Machine } from './machine.ts'
import type { Pace } from './options.ts'
import { BESIDE } from './options.ts'
import type { Versions } from './programs.ts'
import type { Figures, Measure, Standing, Summary } from './summary.ts'
import { MEASURES } from './summary.ts'
import { CONTENDERS } from './servers.ts'
import { spreadOf } from './statistics.ts'

/** The part of a machine that others may use before a number is marked. */
const DISTURBED = 0.1
/** Below so many calls in a block the 99th percentile is just the slowest call. */
const FEW_CALLS = 100

const HEADINGS = [
  'at once',
  'webhook',
  'calls/s',
  'p50 ms',
  'p99 ms',
  'CPU ms/call',
  'peak MB',
  'calls',
  'errors',
] as const

/** Machine, versions and pace in a few lines. */
export function preamble(on: Machine, { obstat, node, go }: Versions, pace: Pace): string {
  const pinned =
    on.pinned === null ? 'not pinned' : `server on core ${on.pinned.server}, client on core ${on.pinned.client}`
  return [
    `${on.processor}, ${on.cores} cores, ${Math.round(on.memoryBytes / 2 ** 30)} GiB, ${on.system}; ${pinned}`,
    `obstat ${obstat} on Node ${node}; lean and decode: ${go}`,
    `${pace.rounds} passes (AB BA BA AB) of ${pace.durationMs / 1000} s; medians, quotients pass by pass with their range`,
    '',
  ].join('\n')
}

/** Everything in Markdown. */
export const tables = (summaries: readonly Summary[]): string => cellTables(summaries) + startTable(summaries)

/** How long each server took until it could answer, and its memory then: medians over all of its starts. */
function startTable(summaries: readonly Summary[]): string {
  const rows = CONTENDERS.map((name) => {
    const all = summaries.flatMap(({ standings }) => standings.get(name) ?? [])
    const ready = spreadOf(all.map(({ readyMs }) => readyMs))
    const resting = spreadOf(all.flatMap(({ restingBytes }) => restingBytes ?? []))
    return row([name, ready?.median.toFixed(0) ?? '-', resting === null ? '-' : plain('peakBytes', resting.median)])
  })
  return [
    '\n### Start\n\n',
    row(['webhook', 'ready after ms', 'resting MB']),
    row(['---', '---:', '---:']),
    ...rows,
  ].join('')
}

/** One Markdown table for each body and outcome. */
function cellTables(summaries: readonly Summary[]): string {
  const groups = Map.groupBy(
    summaries,
    ({ body, outcome, bytes, isBesideLarge }) =>
      `${titleOf[outcome]}: ${body} (${bytes.toLocaleString('en')} bytes)${isBesideLarge ? BESIDE_TITLE : ''}`,
  )
  return [...groups].map(([title, rows]) => `\n### ${title}\n\n${table(rows)}`).join('')
}

const BESIDE_TITLE = `, beside ${BESIDE} connections with reviews of 12.6 MB`

const titleOf = {
  refuse: 'Refused, asks for a signature',
  allow: 'Allowed',
  approve: 'Approved, signature verified',
} as const

const table = (summaries: readonly Summary[]): string =>
  [row(HEADINGS), row(HEADINGS.map((_, at) => (at < 2 ? '---' : '---:'))), ...summaries.flatMap(rowsOf)].join('')

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`

function rowsOf({ connections, standings, ratios, othersShare }: Summary): readonly string[] {
  const note =
    othersShare !== null && othersShare > DISTURBED ? ` (others used ${Math.round(othersShare * 100)} %)` : ''
  return [
    ...[...standings].map(([name, standing]) => row([`${connections}${note}`, name, ...absolute(standing)])),
    ...[...ratios].map(([stick, figures]) => row([String(connections), `**obstat / ${stick}**`, ...relative(figures)])),
  ]
}

function absolute({ figures, calls, fewestCalls, errors }: Standing): readonly string[] {
  const marked = (measure: Measure, text: string): string =>
    measure === 'p99Ms' && fewestCalls < FEW_CALLS ? `${text} (max)` : text
  const cells = MEASURES.map((measure) => {
    const found = figures[measure]
    return found === null ? '-' : marked(measure, plain(measure, found.median))
  })
  return [...cells, String(calls), String(errors)]
}

const plain = (measure: Measure, value: number): string => {
  if (measure === 'peakBytes') return (value / 1e6).toFixed(0)
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3)
}

const relative = (figures: Figures): readonly string[] => [
  ...MEASURES.map((measure) => {
    const found = figures[measure]
    if (found === null) return '-'
    return `${found.median.toFixed(2)}x (${found.least.toFixed(2)}-${found.most.toFixed(2)})`
  }),
  '',
  '',
]
