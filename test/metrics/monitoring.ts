import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'

/** The folder of the dashboard and the alert rules. */
export const folder = join(import.meta.dirname, '../../examples/monitoring')

export interface Rules {
  readonly groups: readonly { readonly name: string; readonly rules: readonly AlertRule[] }[]
}

export interface AlertRule {
  readonly alert: string
  readonly expr: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
}

export const rulesIn = (file: string): unknown => parse(readFileSync(join(folder, file), 'utf8'))

export const alerts = (): readonly AlertRule[] => (rulesIn('alerts.yaml') as Rules).groups.flatMap(({ rules }) => rules)

interface Dashboard {
  readonly templating: { readonly list: readonly { readonly definition?: string }[] }
  readonly panels: readonly {
    readonly title: string
    readonly targets?: readonly { readonly expr: string; readonly legendFormat: string }[]
  }[]
}

export const dashboard = (): Dashboard => JSON.parse(readFileSync(join(folder, 'dashboard.json'), 'utf8')) as Dashboard

export interface Target {
  readonly panel: string
  readonly legend: string
  /** As Grafana sends it, with some value in the place of each variable. */
  readonly query: string
}

export const targets = (): readonly Target[] =>
  dashboard().panels.flatMap(({ title, targets: queries }) =>
    (queries ?? []).map(({ expr, legendFormat }) => ({
      panel: title,
      legend: legendFormat,
      query: expr.replaceAll('$__rate_interval', '1m').replaceAll('$job', '.+'),
    })),
  )
