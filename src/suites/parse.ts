import type { ErrorObject, ValidateFunction } from 'ajv'
import { Ajv } from 'ajv'
import type { Json, JsonObject } from '../api/json.ts'
import { isObject, text } from '../api/json.ts'
import { API_VERSION, GROUP, KINDS } from '../api/names.ts'
import { isDateTime, issuesOf, parseObject } from '../api/parse.ts'
import { groupOf } from '../api/plural.ts'
import type { Issue, Result } from '../api/result.ts'
import { bad, issue, ok } from '../api/result.ts'
import { harmless } from '../policy/harmless/index.ts'
import { rules } from '../policy/rules/index.ts'
import type { Base, Case, CaseRequest } from './case.ts'
import { policyObject } from './case.ts'
import type { Schema } from './schema.ts'
import { BASE_SCHEMA, CASE_SCHEMA } from './schema.ts'

/**
 * A case, or every problem in it. Unknown fields are problems. Its user may come from a base, its review is not read.
 */
export const parseCase = (value: Json): Result<Case> => parse(value, CASE_SCHEMA, caseIssues)

/** What `base.yaml` holds, or every problem in it. */
export const parseBase = (value: Json): Result<Base> =>
  parse(value, BASE_SCHEMA, ({ facts }: Base) => factIssues(facts))

const compiled = new Map<Schema, ValidateFunction>()

function parse<T extends Base>(value: Json, schema: Schema, check: (value: T) => readonly Issue[]): Result<T> {
  const validate = compiled.get(schema) ?? compile(schema)
  if (!validate(value)) return bad(withNeighbours(validate.errors ?? []))
  const issues = check(value as T)
  return issues.length > 0 ? bad(issues) : ok(value as T)
}

function compile(schema: Schema): ValidateFunction {
  const ajv = new Ajv({ allErrors: true, verbose: true })
  ajv.addFormat('date-time', isDateTime)
  const validate = ajv.compile(schema)
  compiled.set(schema, validate)
  return validate
}

/** An unknown field comes with the known ones: most are misspelt or a level too high. */
function withNeighbours(errors: readonly ErrorObject[]): readonly Issue[] {
  const known = new Map(
    errors.map((error) => [
      error.instancePath,
      Object.keys((error.parentSchema?.['properties'] as object | undefined) ?? {}),
    ]),
  )
  return issuesOf(errors).map(({ path, message }) => {
    const fields = known.get(path.slice(0, path.lastIndexOf('/'))) ?? []
    return { path, message: message === 'no such field' ? `${message}; there are ${fields.join(', ')}` : message }
  })
}

function caseIssues({ request, review, facts, expect }: Case): readonly Issue[] {
  const isBoth = request !== undefined && review !== undefined
  const ids = new Set(rules.map(({ id }) => id))
  const unknown = (expect.findings ?? []).flatMap((id, at) =>
    ids.has(id) ? [] : [{ path: `/expect/findings/${at}`, message: 'no rule has this id; docs/rules.md lists them' }],
  )
  const isHarmless = expect.harmless === undefined || ['', ...harmless.map(({ id }) => id)].includes(expect.harmless)
  return [
    ...(isBoth ? [{ path: '/review', message: 'excludes request; keep one of them' }] : []),
    ...(request === undefined && review === undefined ? [{ path: '/request', message: 'is required, or review' }] : []),
    ...(request === undefined ? [] : requestIssues(request)),
    ...factIssues(facts),
    ...unknown,
    ...(isHarmless ? [] : [{ path: '/expect/harmless', message: 'no such entry; docs/rules.md lists them' }]),
    ...verdictIssues(expect),
  ]
}

/** What a person who forgot a field would otherwise wonder about. */
function requestIssues(request: CaseRequest): readonly Issue[] {
  const [plural = '', below] = request.resource.split('/')
  const said = saidGroup(request)
  return [
    ...(below === undefined
      ? []
      : [{ path: '/request/resource', message: `expected ${plural}, and subresource: ${below}` }]),
    ...(said === (request.group ?? '')
      ? []
      : [{ path: '/request/group', message: `expected ${said}, as the object's apiVersion says` }]),
    ...missingSides(request).map((side) => ({
      path: `/request/${side}`,
      message: `is required for ${request.operation}`,
    })),
  ]
}

/** The group that the object itself names; that of the request where it names none, or need not be the same. */
function saidGroup({ operation, group = '', subresource = '', object, oldObject }: CaseRequest): string {
  const said = text(object ?? oldObject, 'apiVersion')
  return said === '' || subresource !== '' || operation === 'CONNECT' ? group : groupOf(said)
}

const missingSides = (request: CaseRequest): readonly string[] =>
  SIDES[request.operation].filter((side) => request[side] === undefined)

/** What the API server always sends. */
const SIDES = {
  CREATE: ['object'],
  UPDATE: ['object', 'oldObject'],
  DELETE: ['oldObject'],
  CONNECT: [],
} as const

const verdictIssues = ({ verdict, ...rest }: Case['expect']): readonly Issue[] =>
  verdict === 'NotJudged'
    ? Object.keys(rest).map((key) => ({ path: `/expect/${key}`, message: 'says nothing where nobody judges' }))
    : []

function factIssues(facts: Base['facts']): readonly Issue[] {
  const policy = facts?.policy === undefined ? [] : issuesUnder('/facts/policy', '/spec', policyObject(facts.policy))
  const objects = (facts?.objects ?? []).flatMap((object, at) => issuesUnder(`/facts/objects/${at}`, '', object))
  return [...policy, ...objects]
}

function issuesUnder(path: string, below: string, object: Json): readonly Issue[] {
  const read = parseExisting(object)
  return read.ok ? [] : read.issues.map((one) => ({ ...one, path: path + one.path.slice(below.length) }))
}

/**
 * An object that exists. Those of obstat.dev as the API server would store them, of others only kind and name are asked
 * for.
 */
export function parseExisting(object: Json): Result<JsonObject> {
  const kind = text(object, 'kind')
  if (!isObject(object) || kind === '') return issue('/kind', 'is required')
  if (text(object, 'metadata', 'name') === '') return issue('/metadata/name', 'is required')
  if (groupOf(text(object, 'apiVersion')) !== GROUP) return ok(object)
  const known = KINDS.find((one) => one === kind)
  if (known === undefined) return issue('/kind', `${API_VERSION} has ${KINDS.join(', ')}`)
  return parseObject(known, object)
}
