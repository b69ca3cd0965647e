import type { Json, JsonObject } from '../api/json.ts'
import { field, isArray, isObject } from '../api/json.ts'
import type { Issue, Result } from '../api/result.ts'
import { bad, issue, ok } from '../api/result.ts'
import type { Act, SignedAct } from './act.ts'
import { intentSha256 } from './act.ts'
import { canonical, sha256Hex } from './canonical.ts'
import { readJsonBytes } from './json.ts'
import { rememberRead } from './remembered.ts'

/** What a person signs (APPROVALS section 2). Times are RFC 3339 in UTC, whole seconds. */
export type Statement = {
  readonly apiVersion: 'obstat.dev/v1alpha1'
  readonly kind: 'ApprovalStatement'
  readonly cluster: string
  /** Name of the ApprovalRequest; '' for a pre-approval. */
  readonly request: string
  readonly agent: string
  readonly acts: readonly SignedAct[]
  readonly ordered: boolean
  /** '' for a pre-approval. */
  readonly reviewSha256: string
  readonly decision: 'Approve' | 'Deny'
  readonly approver: string
  readonly reason: string
  readonly issuedAt: string
  readonly notBefore: string
  readonly notAfter: string
  /** Of a pre-approval alone: 16 random bytes in hex, shared by co-signers. */
  readonly nonce?: string
}

export const MAX_PAYLOAD_BYTES = 32 * 1024

/** The message of an issue that is an act whose digest is another's: see parseStatement. */
export const WRONG_DIGEST = 'expected the intent digest of this act'

/** The bytes of a statement: its RFC 8785 form. */
export const payloadOf = (statement: Statement): Buffer => Buffer.from(canonical(statement))

/**
 * The statement that a payload is: its own RFC 8785 form and at most 32 KiB, every field there, no other, and every
 * intent digest that of its act. Whether its times, names and acts are the right ones is for the caller to judge.
 */
export const parseStatement = (payload: Uint8Array): Result<Statement> =>
  payload.length > MAX_PAYLOAD_BYTES ? issue('', `expected at most ${MAX_PAYLOAD_BYTES} bytes`) : read(payload)

const readAnew = (payload: Uint8Array): Result<Statement> => {
  const json = readJsonBytes(payload)
  if (!json.ok) return json
  const { value } = json
  if (!isObject(value)) return issue('', 'expected an object')
  if (!Buffer.from(canonical(value)).equals(payload)) return issue('', 'expected the RFC 8785 form of the statement')
  const issues = [...checkFields(value, statementFields(value), ''), ...checkActs(value)]
  if (issues.length > 0) return bad(issues)
  const statement = value as unknown as Statement
  const wrong = statement.acts.flatMap(digestIssues)
  return wrong.length > 0 ? bad(wrong) : ok(statement)
}

const read = rememberRead(readAnew)

/** Milliseconds since 1970 of a time as statements write it, or undefined. */
export function timeMs(text: string): number | undefined {
  const ms = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/.test(text) ? Date.parse(text) : NaN
  return Number.isNaN(ms) || timeText(ms) !== text ? undefined : ms
}

/** A time as statements write it: UTC, the fraction of a second cut off. */
export const timeText = (ms: number): string => new Date(ms).toISOString().replace(/\.\d{3}Z$/, 'Z')

/**
 * Name of the ApprovalRequest that holds the uses of a pre-approval: the same for all who co-sign it (APPROVALS section
 * 5).
 */
export function preApprovalName(statement: Statement): string {
  const { cluster, agent, acts, ordered, reviewSha256, nonce = '' } = statement
  return `ap-${sha256Hex(canonical({ cluster, agent, acts, ordered, reviewSha256, nonce })).slice(0, 16)}`
}

/** What `buildStatement` copies from an ApprovalRequest. `review` is null for a pre-approval, whose `request` is ''. */
export interface StatementRequest {
  readonly cluster: string
  readonly request: string
  readonly agent: string
  readonly acts: readonly SignedAct[]
  readonly ordered: boolean
  readonly review: Json
}

/** What the person adds. `nonce` is for pre-approvals, and only for them. */
export interface StatementAnswer {
  readonly decision: 'Approve' | 'Deny'
  readonly approver: string
  readonly reason: string
  readonly issuedAtMs: number
  readonly notBeforeMs: number
  readonly notAfterMs: number
  readonly nonce?: string
}

/** The statement for a person to sign. Issues are those that parseStatement would have with it. */
export function buildStatement(asked: StatementRequest, answer: StatementAnswer): Result<Statement> {
  const { cluster, request, agent, acts, ordered, review } = asked
  const { decision, approver, reason, nonce } = answer
  return parseStatement(
    payloadOf({
      apiVersion: 'obstat.dev/v1alpha1',
      kind: 'ApprovalStatement',
      cluster,
      request,
      agent,
      acts,
      ordered,
      reviewSha256: request === '' ? '' : sha256Hex(canonical(review)),
      decision,
      approver,
      reason,
      issuedAt: timeText(answer.issuedAtMs),
      notBefore: timeText(answer.notBeforeMs),
      notAfter: timeText(answer.notAfterMs),
      ...(nonce !== undefined && { nonce }),
    }),
  )
}

/** What a field must be; the text says it to people. `isOptional` fields may be missing. */
interface Expected {
  readonly what: string
  readonly isOptional?: true
  readonly fits: (value: Json) => boolean
}
type Fields = Readonly<Record<string, Expected>>

const TEXT: Expected = { what: 'a text', fits: (value) => typeof value === 'string' }
const NAME: Expected = { what: 'a text that is not empty', fits: (value) => typeof value === 'string' && value !== '' }
const TIME: Expected = {
  what: 'a time such as 2026-11-20T07:00:00Z',
  fits: (value) => typeof value === 'string' && timeMs(value) !== undefined,
}
const HEX_32: Expected = { what: '64 lower-case hex digits', fits: matches(/^[0-9a-f]{64}$/) }

const oneOf = (...values: readonly string[]): Expected => ({
  what: values.join(' or '),
  fits: (value) => typeof value === 'string' && values.includes(value),
})

function matches(pattern: RegExp): (value: Json) => boolean {
  return (value) => typeof value === 'string' && pattern.test(value)
}

const STATEMENT_FIELDS: Fields = {
  apiVersion: oneOf('obstat.dev/v1alpha1'),
  kind: oneOf('ApprovalStatement'),
  cluster: NAME,
  request: TEXT,
  agent: NAME,
  acts: { what: 'a list of one act or more', fits: (value) => isArray(value) && value.length > 0 },
  ordered: { what: 'true or false', fits: (value) => typeof value === 'boolean' },
  reviewSha256: HEX_32,
  decision: oneOf('Approve', 'Deny'),
  approver: NAME,
  reason: TEXT,
  issuedAt: TIME,
  notBefore: TIME,
  notAfter: TIME,
}

const PRE_APPROVAL_FIELDS: Fields = {
  ...STATEMENT_FIELDS,
  reviewSha256: { what: 'an empty text, since request is empty', fits: (value) => value === '' },
  nonce: { what: '32 lower-case hex digits', fits: matches(/^[0-9a-f]{32}$/) },
}

const ACT_FIELDS: Fields = {
  operation: oneOf('CREATE', 'UPDATE', 'DELETE', 'CONNECT'),
  group: TEXT,
  resource: NAME,
  subresource: TEXT,
  namespace: TEXT,
  name: TEXT,
  generateName: { ...NAME, isOptional: true },
  uid: TEXT,
  options: { what: 'an object', fits: isObject },
  change: { what: 'a list', fits: isArray },
  intentSha256: HEX_32,
}

const ANYTHING: Expected = { what: 'a value', isOptional: true, fits: () => true }
const CHANGE_FIELDS: Fields = { path: TEXT, from: ANYTHING, to: ANYTHING }

const statementFields = (statement: JsonObject): Fields =>
  field(statement, 'request') === '' ? PRE_APPROVAL_FIELDS : STATEMENT_FIELDS

/** Every field there, each as expected, and no other. */
function checkFields(value: Json, fields: Fields, path: string): readonly Issue[] {
  if (!isObject(value)) return [{ path, message: 'expected an object' }]
  const known = Object.entries(fields).flatMap(([name, { what, isOptional, fits }]) => {
    const found = field(value, name)
    const isFine = found === undefined ? isOptional === true : fits(found)
    return isFine ? [] : [{ path: `${path}/${name}`, message: `expected ${what}` }]
  })
  const hasUnknown = Object.keys(value).some((name) => !Object.hasOwn(fields, name))
  return hasUnknown ? [...known, { path, message: `expected no fields but ${Object.keys(fields).join(', ')}` }] : known
}

function checkActs(statement: JsonObject): readonly Issue[] {
  const acts = field(statement, 'acts')
  if (!isArray(acts)) return []
  return acts.flatMap((act, index) => {
    const change = field(act, 'change')
    const entries = isArray(change) ? change : []
    return [
      ...checkFields(act, ACT_FIELDS, `/acts/${index}`),
      ...entries.flatMap((entry, at) => checkFields(entry, CHANGE_FIELDS, `/acts/${index}/change/${at}`)),
    ]
  })
}

function digestIssues(signed: SignedAct, index: number): readonly Issue[] {
  const { intentSha256: claimed, ...act } = signed
  const isRight = intentSha256(act satisfies Act) === claimed
  return isRight ? [] : [{ path: `/acts/${index}/intentSha256`, message: WRONG_DIGEST }]
}
