import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import type { Json, JsonObject } from '../../src/api/json.ts'
import { field, text } from '../../src/api/json.ts'
import type { ActionPolicy, GovernedAgent } from '../../src/api/objects.ts'
import { parseObject } from '../../src/api/parse.ts'
import { needs } from '../../src/policy/classify.ts'
import type { Decision } from '../../src/policy/decision.ts'
import type { Intent } from '../../src/policy/decide.ts'
import { decide } from '../../src/policy/decide.ts'
import type { Facts } from '../../src/policy/facts.ts'
import { harmless } from '../../src/policy/harmless/index.ts'
import type { Read } from '../../src/policy/read.ts'
import { keyOf, Live } from '../../src/policy/read.ts'
import type { Operation, Request } from '../../src/policy/request.ts'
import { rules } from '../../src/policy/rules/index.ts'
import { actOf, intentSha256 } from '../../src/signing/act.ts'

export const catalogue = { rules, harmless }

/** The smallest request that shows one thing. Everything else comes from `test/fixtures/base.yaml`. */
export interface Case {
  readonly request: Partial<Omit<Request, 'user' | 'kind'>> & {
    readonly operation: Operation
    readonly resource: string
    readonly kind?: string
    readonly user?: string
    readonly dryRun?: boolean
  }
  /** `policy` is the spec of the ActionPolicy "cluster". */
  readonly facts?: {
    readonly phase?: string
    readonly policy?: JsonObject
    readonly objects?: readonly JsonObject[]
  }
  readonly expect: {
    readonly class?: string
    readonly verdict: 'Allow' | 'Deny'
    readonly reason?: string
    readonly findings?: readonly string[]
    readonly harmless?: string
  }
}

interface Base {
  readonly user: string
  readonly agent: GovernedAgent
  readonly namespaces: Readonly<Record<string, Readonly<Record<string, string>>>>
}

const base = parse(readFileSync(new URL('../fixtures/base.yaml', import.meta.url), 'utf8')) as Base

export const loadCase = (file: string): Case => parse(readFileSync(file, 'utf8')) as Case

export function requestOf({ request }: Case): Request {
  const { kind, user, dryRun, ...rest } = request
  const username = user ?? base.user
  const namespace = /^system:serviceaccount:([^:]+):/.exec(username)?.[1]
  const named = rest.oldObject ?? rest.object ?? null
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
    name: rest.name ?? text(named, 'metadata', 'name'),
    kind: { group: rest.group ?? '', version: 'v1', kind: kind ?? text(rest.object ?? rest.oldObject ?? null, 'kind') },
    user: {
      username,
      uid: 'user',
      groups: [
        'system:authenticated',
        ...(namespace === undefined ? [] : ['system:serviceaccounts', `system:serviceaccounts:${namespace}`]),
      ],
      extra: new Map(),
    },
  }
}

/** The facts of a case, with every live read answered from its `objects`. */
export function factsOf(it: Case, request: Request): Facts {
  const agent = {
    ...base.agent,
    spec: {
      ...base.agent.spec,
      ...(it.facts?.phase === undefined ? {} : { trustPhase: it.facts.phase as GovernedAgent['spec']['trustPhase'] }),
    },
  }
  const answers = new Map<string, Json>()
  const facts: Facts = {
    now: new Date('2026-11-20T08:00:00Z'),
    cluster: 'cluster',
    ownNamespace: 'obstat-system',
    ageMs: 0,
    agents: [agent],
    policy: policyOf(it.facts?.policy),
    namespaces: new Map(
      Object.entries(base.namespaces).map(([name, labels]) => [name, new Map(Object.entries(labels))]),
    ),
    live: new Live(answers),
    claimed: new Map(),
    approvers: [],
    approvalRequests: [],
  }
  for (let round = 0; round < 3; round++)
    for (const read of needs(request, facts, catalogue)) answers.set(keyOf(read), answer(read, it.facts?.objects ?? []))
  return facts
}

/** The policy as the API server would store it: checked, with its defaults. */
function policyOf(spec: JsonObject | undefined): ActionPolicy | null {
  if (spec === undefined) return null
  const object = { apiVersion: 'obstat.dev/v1alpha1', kind: 'ActionPolicy', metadata: { name: 'cluster' }, spec }
  const read = parseObject('ActionPolicy', object)
  if (!read.ok) throw new Error(`facts.policy: ${JSON.stringify(read.issues)}`)
  return read.value
}

/** The decision on a case; `more` are facts that differ from the case's own. */
export function decisionOf(it: Case, more: Partial<Facts> = {}): Decision {
  const request = requestOf(it)
  const act = actOf({ ...request, parent: null, parentUid: '' })
  const intent: Intent = { act, intentSha256: intentSha256(act), parent: null }
  return decide(request, { ...factsOf(it, request), ...more }, catalogue, intent)
}

function answer(read: Read, objects: readonly JsonObject[]): Json {
  const found = objects.filter(
    (object) =>
      pluralOf(text(object, 'kind')) === read.resource &&
      groupOf(text(object, 'apiVersion')) === read.group &&
      (text(object, 'metadata', 'namespace') === read.namespace || (read.verb === 'list' && read.namespace === '')),
  )
  return read.verb === 'list'
    ? found
    : (found.find((object) => field(object, 'metadata', 'name') === read.name) ?? null)
}

const groupOf = (apiVersion: string): string => (apiVersion.includes('/') ? (apiVersion.split('/')[0] ?? '') : '')

/** English plurals as the API's own kinds have them. */
const pluralOf = (kind: string): string => {
  const word = kind.toLowerCase()
  if (word === 'endpoints') return word
  if (/(s|x|ch)$/.test(word)) return `${word}es`
  return word.endsWith('y') && !/[aeiou]y$/.test(word) ? `${word.slice(0, -1)}ies` : `${word}s`
}
