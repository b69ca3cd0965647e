import { stringify } from 'yaml'
import type { Json } from '../api/json.ts'
import type { Arguments } from './arguments.ts'
import type { Flags } from './command.ts'

export const FORMATS = ['table', 'wide', 'json', 'yaml', 'name'] as const
export type Format = (typeof FORMATS)[number]

export const OUTPUT: Flags = {
  output: { type: 'string', short: 'o', value: 'FORMAT', help: `${FORMATS.join(', ')}; default table` },
}

export const formatOf = (given: Arguments): Format => given.oneOf('output', FORMATS) ?? 'table'

/** JSON on a terminal or in a pipe; escapes nothing, since JSON is data and not shown text. */
export const toJson = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`

/** One YAML document without anchors; long lines stay whole. */
export const toYaml = (value: unknown): string => stringify(value, { lineWidth: 0, aliasDuplicateObjects: false })

/** Several objects as `kubectl get` gives them. */
export const listOf = (items: readonly Json[]): Json => ({ apiVersion: 'v1', kind: 'List', items })
