import { ROWS } from './panels.ts'
import type { Panel } from './panels.ts'

const WIDTH = 24
const DATASOURCE = { type: 'prometheus', uid: '${datasource}' }

/** Grafana's JSON, to be imported as it is. */
export function renderDashboard(): string {
  const panels: object[] = []
  let y = 0
  for (const [title, height, row] of ROWS) {
    panels.push({ type: 'row', title, collapsed: false, gridPos: { h: 1, w: WIDTH, x: 0, y }, panels: [] })
    const w = WIDTH / row.length
    for (const [at, panel] of row.entries())
      panels.push(renderPanel(panel, panels.length, { h: height, w, x: at * w, y: y + 1 }))
    y += height + 1
  }
  return JSON.stringify({
    uid: 'obstat',
    title: 'obstat',
    description: 'What stands in the way of agents, who is waiting for whom, and whether obstat is well.',
    tags: ['obstat', 'kubernetes'],
    schemaVersion: 39,
    editable: true,
    graphTooltip: 1,
    refresh: '30s',
    time: { from: 'now-6h', to: 'now' },
    templating: { list: [datasource, job] },
    panels,
  })
}

const datasource = { name: 'datasource', label: 'Prometheus', type: 'datasource', query: 'prometheus' }
const job = {
  name: 'job',
  type: 'query',
  datasource: DATASOURCE,
  definition: 'label_values(obstat_build_info, job)',
  query: { query: 'label_values(obstat_build_info, job)', refId: 'job' },
  refresh: 2,
  multi: true,
  includeAll: true,
  allValue: '.+',
  current: { text: 'All', value: '$__all' },
}

function renderPanel(panel: Panel, id: number, gridPos: object): object {
  const isInstant = panel.kind === 'stat'
  return {
    id,
    type: panel.kind,
    title: panel.title,
    description: panel.description,
    datasource: DATASOURCE,
    gridPos,
    targets: panel.queries.map(([legendFormat, expr], at) => ({
      refId: 'ABCDEFGH'[at],
      datasource: DATASOURCE,
      expr,
      legendFormat: legendFormat === '' ? panel.title : legendFormat,
      ...(isInstant ? { instant: true, range: false } : {}),
      ...(panel.kind === 'heatmap' ? { format: 'heatmap' } : {}),
    })),
    fieldConfig: { defaults: fieldsOf(panel), overrides: [] },
    options: OPTIONS[panel.kind],
  }
}

const OPTIONS: Readonly<Record<Panel['kind'], object>> = {
  stat: {
    colorMode: 'background',
    graphMode: 'none',
    textMode: 'auto',
    reduceOptions: { calcs: ['lastNotNull'], fields: '', values: false },
  },
  timeseries: {
    legend: { displayMode: 'list', placement: 'bottom', showLegend: true },
    tooltip: { mode: 'multi', sort: 'desc' },
  },
  heatmap: { calculate: false, yAxis: { unit: 's' }, color: { mode: 'scheme', scheme: 'Blues', steps: 32 } },
}

const fieldsOf = ({ kind, unit, decimals, max, isStacked, steps, isWorseBelow, words }: Panel): object => ({
  unit: unit ?? 'short',
  ...(decimals === undefined ? {} : { decimals }),
  ...(kind === 'timeseries' ? { min: 0 } : {}),
  ...(max === undefined ? {} : { max }),
  thresholds: {
    mode: 'absolute',
    steps: [
      { value: null, color: isWorseBelow === true ? 'red' : 'green' },
      ...(steps ?? []).map(([value, color]) => ({ value, color })),
    ],
  },
  ...(words === undefined
    ? {}
    : {
        mappings: [
          {
            type: 'value',
            options: Object.fromEntries(Object.entries(words).map(([value, text], index) => [value, { text, index }])),
          },
        ],
      }),
  ...(kind === 'timeseries'
    ? {
        custom: {
          lineWidth: 1,
          fillOpacity: isStacked === true ? 30 : 5,
          stacking: { mode: isStacked === true ? 'normal' : 'none' },
          thresholdsStyle: { mode: steps === undefined ? 'off' : 'line' },
        },
      }
    : {}),
})
