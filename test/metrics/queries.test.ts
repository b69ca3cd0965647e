import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import type { Family } from '../../src/metrics/catalogue.ts'
import { FAMILY_LIST } from '../../src/metrics/catalogue.ts'
import { alerts, dashboard, folder, rulesIn, targets } from './monitoring.ts'
import type { Query, Selector } from './promql.ts'
import { readQuery } from './promql.ts'

/** What Prometheus itself makes, and the labels that it or its operator adds to every series. */
const UP: Family = { topic: 'Process', name: 'up', type: 'gauge', help: 'Scraped.', labels: {} }
const TARGET_LABELS = ['job', 'instance', 'namespace', 'pod']

/** Every series that there is, by its name, with its labels. */
const series = new Map(
  [...FAMILY_LIST, UP].flatMap((family): [string, Family['labels']][] =>
    family.type === 'histogram'
      ? ['_bucket', '_sum', '_count'].map((suffix) => [
          family.name + suffix,
          suffix === '_bucket' ? { ...family.labels, le: [] } : family.labels,
        ])
      : [[family.name, family.labels]],
  ),
)

/** Why a selector can never find anything; [] when it can. */
function faultsOf({ metric, matchers }: Selector): readonly string[] {
  const labels = series.get(metric)
  if (labels === undefined) return [`there is no metric ${metric}`]
  return matchers.flatMap(({ label, operator, value }) => {
    if (TARGET_LABELS.includes(label)) return []
    const known = labels[label]
    if (known === undefined) return [`${metric} has no label ${label}`]
    const wanted = operator.endsWith('~') ? value.split('|') : [value]
    return known.length === 0 ? [] : wanted.filter((one) => !known.includes(one)).map((one) => `no ${label} is ${one}`)
  })
}

/** Labels that the answer to a query has. */
const labelsOf = ({ selectors, grouped }: Query, text: string): readonly string[] =>
  /\b(sum|min|max|count|avg|absent|histogram_quantile)\b/.test(text)
    ? grouped
    : [...TARGET_LABELS, ...selectors.flatMap(({ metric }) => Object.keys(series.get(metric) ?? {}))]

const queries = [
  ...targets().map(({ panel, query }) => [`panel ${panel}`, query] as const),
  ...alerts().map(({ alert, expr }) => [`alert ${alert}`, expr] as const),
]

describe('the queries of the dashboard and the alert rules', () => {
  for (const [where, text] of queries)
    it(`ask for what there is: ${where}: ${text.replaceAll(/\s+/g, ' ')}`, () => {
      const { selectors, grouped } = readQuery(text)
      expect(selectors).to.not.be.empty
      expect(selectors.flatMap(faultsOf)).to.deep.equal([])
      const known = [...TARGET_LABELS, ...selectors.flatMap(({ metric }) => Object.keys(series.get(metric) ?? {}))]
      expect(known).to.include.members(grouped)
    })

  it('are named after labels that their answers have', () => {
    for (const { panel, legend, query } of targets()) {
      const used = [...legend.matchAll(/\{\{(\w+)\}\}/g)].map(([, label]) => label)
      expect(labelsOf(readQuery(query), query), panel).to.include.members(used)
    }
    for (const { alert, expr, annotations } of alerts()) {
      const texts = Object.values(annotations).join(' ')
      const used = [...texts.matchAll(/\$labels\.(\w+)/g)].map(([, label]) => label)
      expect(labelsOf(readQuery(expr), expr), alert).to.include.members(used)
    }
  })

  it('are not believed when they ask for what there is not', () => {
    const faults = (text: string): readonly string[] => readQuery(text).selectors.flatMap(faultsOf)
    expect(faults('rate(obstat_decision_total[5m])')).to.deep.equal(['there is no metric obstat_decision_total'])
    expect(faults('obstat_decisions_total{resource="pods"}')).to.have.length(1)
    expect(faults('sum(obstat_decisions_total{verdict=~"Deny|Refuse"})')).to.deep.equal(['no verdict is Refuse'])
    expect(faults('sum by (le) (obstat_review_duration_seconds)')).to.have.length(1)
    expect(faults('obstat_enforced == 0 unless on (instance) foo')).to.deep.equal(['there is no metric foo'])
    expect(readQuery('sum by (kind, part) (up)').grouped).to.deep.equal(['kind', 'part'])
  })

  it('use every metric of obstat', () => {
    const used = new Set(queries.flatMap(([, text]) => readQuery(text).selectors.map(({ metric }) => metric)))
    const unused = FAMILY_LIST.filter(({ name }) => !used.has(name) && !used.has(`${name}_bucket`))
    expect(unused.map(({ name }) => name)).to.deep.equal(['process_start_time_seconds'])
  })
})

describe('the dashboard', () => {
  it('fills its rows, and its panels do not overlap', () => {
    const places = (dashboard().panels as unknown as readonly Placed[]).map(({ gridPos }) => gridPos)
    const cells = places.flatMap(({ x, y, w, h }) =>
      Array.from({ length: w * h }, (_, at) => `${x + (at % w)} ${y + Math.floor(at / w)}`),
    )
    expect(new Set(cells).size).to.equal(cells.length)
    expect(cells.length % 24).to.equal(0)
  })

  it('shows what an operator asks first', () => {
    const titles = dashboard().panels.map(({ title }) => title)
    expect(titles).to.include.members([
      ...['Enforced', 'Leader', 'Pending approvals', 'Certificate', 'Decisions', 'Refusals by reason'],
      ...['Latency', 'Cache age', 'Event loop delay'],
    ])
  })
})

interface Placed {
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
}

describe('the alert rules', () => {
  const cases = rulesIn('alerts_test.yaml') as { readonly tests: readonly AlertCase[] }
  const expected = cases.tests.map(({ promql_expr_test: checks }) =>
    checks.map(({ exp_samples: samples }) => (samples ?? []).map(({ labels }) => labels).join(' ')),
  )

  for (const { alert, labels } of alerts())
    it(`${alert}, ${labels['severity'] ?? ''}: fires in one case of alerts_test.yaml, and not yet in another check`, () => {
      const fires = (samples: string): boolean =>
        samples.includes(`alertname="${alert}"`) && samples.includes(`severity="${labels['severity'] ?? ''}"`)
      expect(expected.some((checks) => checks.some(fires))).to.equal(true)
      expect(expected.some((checks) => checks.some((samples) => !fires(samples)))).to.equal(true)
    })

  it('say what happened and what to do', () => {
    for (const { alert, labels, annotations } of alerts()) {
      expect(alert).to.match(/^Obstat[A-Z]\w+$/)
      expect(['warning', 'critical']).to.include(labels['severity'])
      expect(Object.keys(annotations).sort(), alert).to.deep.equal(['description', 'summary'])
    }
  })

  it('stand in the table of the README, each once', () => {
    const table = readFileSync(join(folder, 'README.md'), 'utf8')
    const named = [...table.matchAll(/`(Obstat\w+)`(?=[^\n]*\|[^\n]*\|)/g)].map(([, name]) => name)
    expect(named).to.have.members([...new Set(alerts().map(({ alert }) => alert))])
  })

  it('are the same for the Prometheus operator', () => {
    const { spec } = rulesIn('prometheusrule.yaml') as { readonly spec: unknown }
    expect(spec).to.deep.equal(rulesIn('alerts.yaml'))
  })
})

interface AlertCase {
  readonly promql_expr_test: readonly { readonly exp_samples?: readonly { readonly labels: string }[] }[]
}
