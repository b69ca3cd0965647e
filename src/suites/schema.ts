import { DENY_REASONS, PHASES } from '../api/names.ts'
import { CLASSES } from '../policy/class.ts'
import { ALLOW_REASONS } from '../policy/decision.ts'
import { OPERATIONS } from '../policy/request.ts'
import { VERDICTS } from './case.ts'

/** The part of JSON Schema (draft 7) that the format uses. */
export interface Schema {
  readonly type: 'object' | 'string' | 'array' | 'boolean'
  readonly description: string
  readonly properties?: Readonly<Record<string, Schema>>
  readonly additionalProperties?: boolean
  readonly required?: readonly string[]
  readonly items?: Schema
  readonly enum?: readonly string[]
  readonly minLength?: number
  readonly maxLength?: number
  readonly format?: string
}

const text = (description: string, more: Partial<Schema> = {}): Schema => ({ type: 'string', description, ...more })
const oneOf = (values: readonly string[], description: string): Schema => text(description, { enum: values })
const flag = (description: string): Schema => ({ type: 'boolean', description })
const list = (items: Schema, description: string): Schema => ({ type: 'array', description, items })
const content = (description: string): Schema => ({ type: 'object', description })
const fields = (description: string, properties: Schema['properties'], required: readonly string[] = []): Schema => ({
  type: 'object',
  description,
  properties: properties ?? {},
  required,
  additionalProperties: false,
})

const REQUEST: Readonly<Record<string, Schema>> = {
  operation: oneOf(OPERATIONS, 'What is done. PUT, PATCH and apply are UPDATE, or CREATE where nothing is there yet.'),
  group: text('API group: apps for Deployments. Left out: the core group.'),
  version: text('API version. No rule depends on it.', { minLength: 1 }),
  resource: text('The plural, as in paths and RBAC: deployments.', { minLength: 1 }),
  subresource: text('Such as scale, status, eviction, exec.'),
  kind: text("Kind of the object. Left out: the object's own."),
  namespace: text('Namespace of the object. Left out: it is cluster-scoped. A Namespace carries its own name here.'),
  name: text("Name of the object. Left out: the object's own."),
  user: text('Who asks: system:serviceaccount:NAMESPACE:NAME, or the name of a user.', { minLength: 1 }),
  groups: list(
    text('One group.', { minLength: 1 }),
    'Groups of the user, beside those that the API server gives everybody and every ServiceAccount.',
  ),
  dryRun: flag('Whether nothing would be stored.'),
  isCollectionItem: flag('Whether this is one object of a deletecollection.'),
  object: content('The object as it would be stored; for CONNECT, the options. Only what the case is about.'),
  oldObject: content('The object as it is stored: for UPDATE and DELETE.'),
  options: content('CreateOptions, UpdateOptions or DeleteOptions, such as propagationPolicy.'),
}

const OBJECT: Schema = {
  type: 'object',
  description: 'One Kubernetes object.',
  properties: {
    apiVersion: text('Group and version.', { minLength: 1 }),
    kind: text('Kind.', { minLength: 1 }),
    metadata: {
      type: 'object',
      description: 'Name and the like.',
      properties: {
        name: text('Name.', { minLength: 1 }),
        namespace: text('Namespace, which every object that lives in one needs.'),
      },
      required: ['name'],
    },
  },
  required: ['apiVersion', 'kind', 'metadata'],
}

const FACTS = fields('What is the case beside the request.', {
  now: text('The time of the request. Left out: 2026-11-20T08:00:00Z, so that a test says the same every day.', {
    format: 'date-time',
  }),
  phase: oneOf(PHASES, 'Trust phase of every GovernedAgent, in place of its own.'),
  policy: content('The spec of the ActionPolicy "cluster", in place of that of the folder.'),
  objects: list(
    OBJECT,
    "Objects that exist, beside those of the folder: what rules look at, such as the pods of a workload, and Namespaces, GovernedAgents and so on. One of the same kind and name takes the place of the folder's.",
  ),
  approvedBy: list(
    text('Name of an Approver.', { minLength: 1 }),
    'Approvers among the objects who have signed exactly this act. Their roles, namespaces and usernames count, the times of their keys, and whether one of them proves presence; for the keys themselves the suite has others.',
  ),
})

/** A case: one YAML document. */
export const CASE_SCHEMA = fields(
  'One policy test.',
  {
    name: text('What the case shows, as a statement. Left out: the name of its file.', {
      minLength: 1,
      maxLength: 200,
    }),
    description: text('Anything worth knowing. Not printed.'),
    request: fields('The request. Either this or review.', REQUEST, ['operation', 'resource']),
    review: text('File of a recorded AdmissionReview (JSON), from the folder of the case. In place of request.', {
      minLength: 1,
    }),
    facts: FACTS,
    expect: fields(
      'What must come out. What is left out is not looked at.',
      {
        verdict: oneOf(VERDICTS, 'NotJudged: the user is no agent, so nobody asks obstat about the request.'),
        reason: oneOf([...ALLOW_REASONS, ...DENY_REASONS], 'Why. The same words as in answers and records.'),
        class: oneOf(CLASSES, 'What the request would do.'),
        findings: list(text('Id of a rule.'), 'Every rule that found something, worst first: no more and no fewer.'),
        harmless: text('Id of the entry that found the act better than its verb; "" for none.'),
      },
      ['verdict'],
    ),
  },
  ['expect'],
)

/** `base.yaml`: what every case of a folder, and of those below, starts from. */
export const BASE_SCHEMA = fields('What every case of this folder and of those below starts from.', {
  request: fields('Fields of requests that cases leave out.', REQUEST),
  facts: FACTS,
})
