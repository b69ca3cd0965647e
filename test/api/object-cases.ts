import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import type { JsonObject } from '../../src/api/json.ts'
import type { Kind } from '../../src/api/names.ts'

/** One object of ours, and where it is wrong (RFC 6901), or undefined when nothing is. */
export interface ObjectCase {
  readonly title: string
  readonly object: JsonObject
  readonly issue: string | undefined
}

interface Fixture {
  readonly base: JsonObject
  readonly cases: readonly { readonly title: string; readonly set?: Record<string, unknown>; readonly issue?: string }[]
}

const FILES = {
  GovernedAgent: 'governed-agents.yaml',
  Approver: 'approvers.yaml',
  ApprovalRequest: 'approval-requests.yaml',
  ActionPolicy: 'action-policies.yaml',
} as const

/** The cases that the API server and `parseObject` must agree about. */
export function objectCases(kind: Kind): readonly ObjectCase[] {
  const path = join(import.meta.dirname, 'objects', FILES[kind])
  const { base, cases } = parse(readFileSync(path, 'utf8')) as Fixture
  return cases.map(({ title, set = {}, issue }) => ({ title, object: changed(base, set), issue }))
}

function changed(base: JsonObject, set: Readonly<Record<string, unknown>>): JsonObject {
  const copy = structuredClone(base) as Record<string, unknown>
  for (const [pointer, value] of Object.entries(set)) {
    const keys = pointer.slice(1).split('/')
    const last = keys.pop() ?? ''
    const parent = keys.reduce((here, key) => here[key] as Record<string, unknown>, copy)
    if (value === null) Reflect.deleteProperty(parent, last)
    else parent[last] = value
  }
  return copy as JsonObject
}
