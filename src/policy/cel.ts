import type { ASTNode, ParseResult } from '@marcbachmann/cel-js'
import { Environment, EvaluationError, ParseError, TypeError as CelTypeError } from '@marcbachmann/cel-js'
import type { Json } from '../api/json.ts'
import type { Result } from '../api/result.ts'
import { issue, ok } from '../api/result.ts'
import type { CelSize, CelValue } from './cel-values.ts'
import { celValueOf } from './cel-values.ts'
import { remember } from './objects/remember.ts'
import type { Request } from './request.ts'

/** What an expression says of one request; `why` names the fault and never holds content of the request. */
export type Answer = 'true' | 'false' | { readonly why: string }

export interface Expression {
  readonly ask: (request: Request) => Answer
}

/**
 * Functions that are left out. A pattern of `matches` may run for minutes on text that an agent chose (CEL's own RE2 is
 * linear, JavaScript's is not), `split` makes long lists of it, and `json` is none of CEL's.
 */
const LEFT_OUT: ReadonlySet<string> = new Set(['matches', 'split', 'json'])
const LOOPS: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one', 'map', 'filter'])
/**
 * Rounds of all nested loops of one expression: below a second. What would take more is not asked, and so counts as
 * true.
 */
const MAX_ROUNDS = 1_000_000

const environment = new Environment({
  unlistedVariablesAreDyn: false,
  enableOptionalTypes: true,
  homogeneousAggregateLiterals: false,
})
  .registerVariable('request', 'map')
  .registerVariable('userInfo', 'map')
  .registerVariable('object', 'dyn')
  .registerVariable('oldObject', 'dyn')

/**
 * A CEL expression over `request`, `object`, `oldObject` and `userInfo` that is true or false. An issue when it does
 * not parse, names what does not exist, is of another type, or calls a function that is left out.
 */
export function compile(expression: string): Result<Expression> {
  const parsed = parse(expression)
  if (!parsed.ok) return parsed
  const run = parsed.value
  const called = callsOf(run.ast)
  const forbidden = called.find(({ name }) => LEFT_OUT.has(name))
  if (forbidden !== undefined) return issue('', `${forbidden.name}() cannot be used here`)
  const { valid, type = '', error } = run.check()
  if (!valid) return issue('', error === undefined ? 'cannot be checked' : firstLine(error))
  if (type !== 'bool' && type !== 'dyn') return issue('', `expected true or false, got ${type}`)
  const depth = Math.max(0, ...called.map((call) => call.depth))
  return ok({ ask: (request) => ask(run, depth, request) })
}

function parse(expression: string): Result<ParseResult> {
  try {
    return ok(environment.parse(expression))
  } catch (cause) {
    // Whatever the parser throws means one thing: this is no expression.
    return issue('', cause instanceof Error ? firstLine(cause) : 'cannot be parsed')
  }
}

/** The library adds the expression with a mark under the place. */
const firstLine = (error: Error): string =>
  (error instanceof ParseError || error instanceof CelTypeError ? error.summary : error.message).split('\n', 1)[0] ?? ''

/** The answer, or why there is none: what a rule cannot judge is for whoever asked to take as the worst. */
function ask(run: ParseResult, depth: number, request: Request): Answer {
  try {
    const { variables, size } = inputOf(request)
    if (size.isTooDeep) return { why: 'the object is nested too deeply' }
    if (depth > 0 && size.longest ** depth > MAX_ROUNDS) return { why: 'the object is too large for nested loops' }
    const answer: unknown = run(variables)
    return answer === true ? 'true' : answer === false ? 'false' : { why: 'neither true nor false' }
  } catch (cause) {
    return { why: cause instanceof EvaluationError ? cause.code.replaceAll('_', ' ') : 'it cannot be evaluated' }
  }
}

/** The request as admission.k8s.io/v1 names its parts. What is absent there is "" here, so that no rule fails on it. */
const inputOf = remember((request: Request) => {
  const size: CelSize = { longest: 1, isTooDeep: false }
  const { group, version, resource, user } = request
  const userInfo: Json = {
    username: user.username,
    uid: user.uid,
    groups: user.groups,
    extra: Object.fromEntries(user.extra),
  }
  const review: Json = {
    uid: request.uid,
    kind: { ...request.kind },
    resource: { group, version, resource },
    subResource: request.subresource,
    name: request.name,
    namespace: request.namespace,
    operation: request.operation,
    userInfo,
    dryRun: request.isDryRun,
    options: request.options,
  }
  const variables: Readonly<Record<string, CelValue>> = {
    request: celValueOf(review, size),
    userInfo: celValueOf(userInfo, size),
    object: celValueOf(request.object, size),
    oldObject: celValueOf(request.oldObject, size),
  }
  return { variables, size }
})

interface Call {
  readonly name: string
  /** How many loops stand in each other here. */
  readonly depth: number
}

/** Every function that an expression calls. Expressions are short, and the parser bounds their depth. */
function callsOf(ast: ASTNode): readonly Call[] {
  const found: Call[] = []
  const open: { readonly part: unknown; readonly depth: number }[] = [{ part: ast, depth: 0 }]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { part, depth } = next
    if (Array.isArray(part)) open.push(...part.map((inner: unknown) => ({ part: inner, depth })))
    else if (isNode(part)) {
      const name = part.op === 'call' || part.op === 'rcall' ? part.args[0] : ''
      const inside = LOOPS.has(name) ? depth + 1 : depth
      if (name !== '') found.push({ name, depth: inside })
      open.push({ part: part.args, depth: inside })
    }
  }
  return found
}

const isNode = (part: unknown): part is ASTNode => typeof part === 'object' && part !== null && 'op' in part
