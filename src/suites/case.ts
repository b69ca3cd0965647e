import type { JsonObject } from '../api/json.ts'
import { text } from '../api/json.ts'
import type { DenyReason, PHASES } from '../api/names.ts'
import { API_VERSION, POLICY_NAME } from '../api/names.ts'
import type { Class } from '../policy/class.ts'
import { serviceAccountOf } from '../policy/agents.ts'
import type { AllowReason } from '../policy/decision.ts'
import type { Operation, Request, User } from '../policy/request.ts'

/** One policy test as its file has it: the smallest request that shows one thing. `schema.ts` describes the fields. */
export interface Case {
  readonly name?: string
  readonly description?: string
  readonly request?: CaseRequest
  /** Path of a recorded AdmissionReview, from the file of the case. */
  readonly review?: string
  readonly facts?: CaseFacts
  readonly expect: Expect
}

export interface CaseRequest {
  readonly operation: Operation
  readonly group?: string
  readonly version?: string
  readonly resource: string
  readonly subresource?: string
  readonly kind?: string
  readonly namespace?: string
  readonly name?: string
  readonly user?: string
  readonly groups?: readonly string[]
  readonly dryRun?: boolean
  readonly isCollectionItem?: boolean
  readonly object?: JsonObject
  readonly oldObject?: JsonObject
  readonly options?: JsonObject
}

export interface CaseFacts {
  /** RFC 3339. */
  readonly now?: string
  readonly phase?: (typeof PHASES)[number]
  /** The spec of the ActionPolicy "cluster". */
  readonly policy?: JsonObject
  readonly objects?: readonly JsonObject[]
  /** Names of Approvers who have signed exactly this act. */
  readonly approvedBy?: readonly string[]
}

/** NotJudged: the user is no agent, so the API server does not ask obstat. */
export const VERDICTS = ['Allow', 'Deny', 'NotJudged'] as const
export type Verdict = (typeof VERDICTS)[number]

export interface Expect {
  readonly verdict: Verdict
  readonly reason?: AllowReason | DenyReason
  readonly class?: Class
  readonly findings?: readonly string[]
  readonly harmless?: string
}

/** What `base.yaml` gives every case of its folder and of those below. */
export interface Base {
  readonly request?: Partial<CaseRequest>
  readonly facts?: CaseFacts
}

/** A case laid over a base: the case's own fields win, objects add up, and of two of one name the last one counts. */
export function over<T extends Base>(base: Base, it: T): T {
  const { policy: _, ...facts } = { ...base.facts, ...it.facts }
  return {
    ...it,
    ...(base.request === undefined && it.request === undefined ? {} : { request: { ...base.request, ...it.request } }),
    facts: { ...facts, objects: [...existing(base.facts), ...existing(it.facts)] },
  }
}

const existing = (facts: CaseFacts = {}): readonly JsonObject[] => [
  ...(facts.objects ?? []),
  ...(facts.policy === undefined ? [] : [policyObject(facts.policy)]),
]

/** The ActionPolicy that counts, with this spec. */
export const policyObject = (spec: JsonObject): JsonObject => ({
  apiVersion: API_VERSION,
  kind: 'ActionPolicy',
  metadata: { name: POLICY_NAME },
  spec,
})

/** The request of a case, which names its user, as the API server would send it. */
export function requestOf({ kind, user = '', groups, dryRun, ...rest }: CaseRequest): Request {
  const shown = rest.object ?? rest.oldObject ?? null
  return {
    uid: 'case',
    group: '',
    version: 'v1',
    subresource: '',
    namespace: '',
    isCollectionItem: false,
    isDryRun: dryRun === true,
    object: null,
    oldObject: null,
    options: null,
    ...rest,
    name: rest.name ?? text(rest.oldObject ?? shown, 'metadata', 'name'),
    kind: { group: rest.group ?? '', version: 'v1', kind: kind ?? text(shown, 'kind') },
    user: userOf(user, groups ?? []),
  }
}

/** A user with the groups that the API server adds by itself. */
function userOf(username: string, groups: readonly string[]): User {
  const namespace = serviceAccountOf(username)?.namespace
  const own = namespace === undefined ? [] : ['system:serviceaccounts', `system:serviceaccounts:${namespace}`]
  return { username, uid: 'user', groups: ['system:authenticated', ...own, ...groups], extra: new Map() }
}
