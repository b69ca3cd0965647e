import { Ajv, type ErrorObject, type ValidateFunction } from 'ajv'
import { crossFieldIssues } from './cross-field.ts'
import type { Json } from './json.ts'
import type { Kind } from './names.ts'
import type { ActionPolicy, ApprovalRequest, Approver, GovernedAgent } from './objects.ts'
import type { Issue, Result } from './result.ts'
import { bad, ok } from './result.ts'
import schemas from './schemas.json' with { type: 'json' }

export interface Objects {
  readonly GovernedAgent: GovernedAgent
  readonly Approver: Approver
  readonly ApprovalRequest: ApprovalRequest
  readonly ActionPolicy: ActionPolicy
}

const compiled = new Map<Kind, ValidateFunction>()

/**
 * One object of a kind of ours from a file, checked as the API server would check it, and stricter: what the API server
 * drops (unknown fields, nulls) is an issue. Defaults are filled in. Answers every problem at once.
 */
export function parseObject<K extends Kind>(kind: K, value: Json): Result<Objects[K]> {
  const validate = compiled.get(kind) ?? compile(kind)
  const copy: unknown = structuredClone(value)
  if (!validate(copy)) return bad(issuesOf(validate.errors ?? []))
  const issues = crossFieldIssues(copy as Objects[Kind])
  return issues.length > 0 ? bad(issues) : ok(copy as Objects[K])
}

function compile(kind: Kind): ValidateFunction {
  const ajv = new Ajv({ allErrors: true, useDefaults: true, verbose: true, strictRequired: false })
  ajv.addFormat('date-time', isDateTime)
  ajv.addFormat('int64', { type: 'number', validate: Number.isSafeInteger })
  const validate = ajv.compile(schemas[kind])
  compiled.set(kind, validate)
  return validate
}

const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,9})?(Z|[+-]\d\d:\d\d)$/

/** RFC 3339, as the API server reads `format: date-time`. */
export const isDateTime = (text: string): boolean => DATE_TIME.test(text) && !Number.isNaN(Date.parse(text))

/**
 * What ajv found, run with `verbose`. It reports an enum or a type once a branch; one message a field and keyword is
 * enough.
 */
export function issuesOf(errors: readonly ErrorObject[]): readonly Issue[] {
  const issues = errors.map(toIssue)
  return issues.filter(
    (issue, at) => issues.findIndex((other) => other.path === issue.path && other.message === issue.message) === at,
  )
}

function toIssue(error: ErrorObject): Issue {
  const params = error.params as Readonly<Record<string, unknown>>
  const at = (key: unknown): string =>
    `${error.instancePath}/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`
  switch (error.keyword) {
    case 'required':
      return { path: at(params['missingProperty']), message: 'is required' }
    case 'additionalProperties':
      return { path: at(params['additionalProperty']), message: 'no such field' }
    case 'enum':
      return {
        path: error.instancePath,
        message: `expected one of ${(params['allowedValues'] as string[]).join(', ')}`,
      }
    case 'const':
      return { path: error.instancePath, message: `expected ${String(params['allowedValue'])}` }
    case 'type':
      return { path: error.instancePath, message: `expected ${String(params['type'])}, got ${typeOf(error.data)}` }
    case 'pattern':
      return { path: error.instancePath, message: `expected text that matches ${String(params['pattern'])}` }
    case 'format':
      return { path: error.instancePath, message: `expected a ${String(params['format'])}` }
    case 'uniqueItems':
      return { path: error.instancePath, message: 'holds an item twice' }
    default:
      return { path: error.instancePath, message: error.message ?? error.keyword }
  }
}

function typeOf(value: unknown): string {
  if (value === null) return 'null'
  return Array.isArray(value) ? 'array' : typeof value
}
