import type { Block } from '../block.ts'
import type { Spread } from '../statistics.ts'
import { differencesOf, ratiosOf, spreadOf } from '../statistics.ts'
import type { Writer } from './site.ts'
import type { Writes } from './through.ts'

const HEADINGS = [
  'at once',
  'webhook',
  'writes/s',
  'p50 ms',
  'p99 ms',
  "webhook's CPU ms/write",
  'peak MB',
  'writes',
  'errors',
]

const row = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`

/** One Markdown table: each writer, what the webhooks add, and obstat divided by lean. */
export const throughTable = (all: readonly Writes[]): string =>
  [
    '\n### A write by the agent, through kube-apiserver and etcd\n\n',
    row(HEADINGS),
    row(HEADINGS.map((_, at) => (at < 2 ? '---' : '---:'))),
    ...all.flatMap(rowsOf),
  ].join('')

function rowsOf({ connections, writers }: Writes): readonly string[] {
  const of = (writer: Writer): readonly Block[] => writers.get(writer) ?? []
  const ms = (writer: Writer, key: 'p50Ms' | 'p99Ms'): readonly number[] => of(writer).map(({ load }) => load[key])
  const first = String(connections)
  const added = (writer: Writer): string =>
    row([
      ...[first, `**added by ${writer}**`, ''],
      ...(['p50Ms', 'p99Ms'] as const).map((key) => `${signed(differencesOf(ms(writer, key), ms('nobody', key)))} ms`),
      ...['', '', '', ''],
    ])
  const times = row([
    ...[first, '**obstat / lean**', ''],
    ...(['p50Ms', 'p99Ms'] as const).map((key) => `${plain(ratiosOf(ms('obstat', key), ms('lean', key)))}x`),
    ...['', '', '', ''],
  ])
  return [
    ...[...writers].map(([name, blocks]) => row([first, name, ...cellsOf(blocks)])),
    added('lean'),
    added('obstat'),
    times,
  ]
}

const cellsOf = (blocks: readonly Block[]): readonly string[] => [
  plain(spreadOf(blocks.map(({ load }) => load.perSecond)), 0),
  plain(spreadOf(blocks.map(({ load }) => load.p50Ms))),
  plain(spreadOf(blocks.map(({ load }) => load.p99Ms))),
  plain(spreadOf(blocks.flatMap(({ cpuMsPerCall }) => cpuMsPerCall ?? []))),
  plain(spreadOf(blocks.flatMap(({ peakBytes }) => (peakBytes === null ? [] : [peakBytes / 1e6]))), 0),
  String(blocks.reduce((sum, { load }) => sum + load.calls, 0)),
  String(blocks.reduce((sum, { load }) => sum + load.errors, 0)),
]

const plain = (spread: Spread | null, digits = 2): string => (spread === null ? '-' : spread.median.toFixed(digits))

const signed = (spread: Spread | null): string =>
  spread === null
    ? '-'
    : `${spread.median < 0 ? '' : '+'}${spread.median.toFixed(2)} (${spread.least.toFixed(2)}-${spread.most.toFixed(2)})`

/** Every write that failed. */
export const failedWrites = (all: readonly Writes[]): readonly string[] =>
  all.flatMap(({ connections, writers }) =>
    [...writers].flatMap(([name, blocks]) => {
      const bad = blocks.find(({ load }) => load.errors > 0)?.load
      return bad === undefined
        ? []
        : [`writes, ${connections} at once: wrong answers to ${name}, first: ${bad.firstError ?? ''}`]
    }),
  )
