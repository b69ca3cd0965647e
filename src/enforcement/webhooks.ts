import type { JsonObject } from '../api/json.ts'
import type { GovernedAgent } from '../api/objects.ts'
import { AGENTS_LABEL, GROUP, PROTECTED_LABEL } from '../api/names.ts'
import type { Labels } from '../policy/facts.ts'
import { celString, expressionsFor, isOneOf, isUser } from './cel.ts'
import type { MatchCondition } from './cel.ts'
import { CONTROLLERS } from './controllers.ts'
import { identitiesOf } from './identities.ts'

/** How the API server reaches obstat: a URL outside the cluster, or a Service inside. */
export type Destination =
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'service'; readonly namespace: string; readonly name: string; readonly port: number }

/** Everything that the generated objects are made of. */
export interface Source {
  readonly agents: readonly GovernedAgent[]
  readonly namespaces: ReadonlyMap<string, Labels>
  /** Namespace that obstat runs in. */
  readonly ownNamespace: string
  /** Who obstat itself is to the API server. */
  readonly ownUsername: string
}

export interface WebhookSource extends Source {
  /** PEM of the certificate authorities that the API server is to trust. */
  readonly caBundle: string
  readonly destination: Destination
}

export const CONFIGURATION_NAME = 'obstat'
/** On everything that the leader writes and keeps. */
export const OWN_LABELS = { 'app.kubernetes.io/name': 'obstat', 'app.kubernetes.io/managed-by': 'obstat' } as const

/** The API server gives up on a review after this long; `?timeout=` of the call tells obstat what is left. */
const TIMEOUT_SECONDS = 5
/** A person's write waits no longer for an obstat that hangs, and goes through. */
const GUARD_TIMEOUT_SECONDS = 2

/** The ValidatingWebhookConfiguration that brings every request of every agent to obstat. */
export function webhookConfiguration(source: WebhookSource): JsonObject {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: CONFIGURATION_NAME, labels: OWN_LABELS },
    webhooks: [
      ...agentExpressions(source).map((expression, i) => agentsEntry(source, i, expression)),
      guardEntry(source),
    ],
  }
}

/** One expression for each entry: true for every agent, never for obstat itself, whoever calls it one. */
export const agentExpressions = (source: Source): readonly string[] =>
  expressionsFor(identitiesOf(source.agents, source.namespaces, source.ownNamespace)).map(
    (expression) => `${isNotSelf(source)} && (${expression})`,
  )

/** obstat must never have to ask itself. */
const isNotSelf = (source: Source): string => `!${isUser(source.ownUsername)}`

const agentsEntry = (source: WebhookSource, index: number, expression: string): JsonObject =>
  entry(source, {
    name: index === 0 ? 'agents.obstat.dev' : `agents-${index + 1}.obstat.dev`,
    path: '/agents',
    rules: [rule(['*'], ['*'], ['*/*'])],
    failurePolicy: 'Fail',
    timeoutSeconds: TIMEOUT_SECONDS,
    matchConditions: [{ name: 'agents', expression }],
  })

/**
 * For people: refuses what is invalid among obstat's own objects and records who changes what they protect. Whatever
 * slips in while obstat is down counts for nothing, since signatures are verified again at use, so nobody waits for it.
 */
const guardEntry = (source: WebhookSource): JsonObject =>
  entry(source, {
    name: 'guard.obstat.dev',
    path: '/guard',
    rules: [
      rule([GROUP], ['CREATE', 'UPDATE', 'DELETE'], ['*/*']),
      rule([''], ['CREATE', 'UPDATE', 'DELETE'], ['namespaces', 'namespaces/finalize', 'namespaces/status']),
    ],
    failurePolicy: 'Ignore',
    timeoutSeconds: GUARD_TIMEOUT_SECONDS,
    matchConditions: [
      { name: 'not-obstat', expression: isNotSelf(source) },
      { name: 'not-controllers', expression: `!${isOneOf(CONTROLLERS)}` },
      {
        name: 'own-objects-or-labels',
        expression: [
          `request.resource.group == ${celString(GROUP)}`,
          ...[AGENTS_LABEL, PROTECTED_LABEL].map(differs),
        ].join(' || '),
      },
    ],
  })

/** Does the label change; a missing object (CREATE, DELETE) has none. Nothing here errors, whatever is missing. */
function differs(label: string): string {
  const value = (side: string): string => `${side}.?metadata.?labels[?${celString(label)}].orValue('')`
  return `${value('object')} != ${value('oldObject')}`
}

interface Entry {
  readonly name: string
  readonly path: string
  readonly rules: readonly JsonObject[]
  readonly failurePolicy: 'Fail' | 'Ignore'
  readonly timeoutSeconds: number
  readonly matchConditions: readonly MatchCondition[]
}

/** Every field that the API server would fill in is said, so that what is stored equals what was generated. */
const entry = (source: WebhookSource, { path, matchConditions, ...rest }: Entry): JsonObject => ({
  ...rest,
  clientConfig: {
    ...clientConfig(source.destination, path),
    caBundle: Buffer.from(source.caBundle).toString('base64'),
  },
  // A request in another version of a resource is the same request.
  matchPolicy: 'Equivalent',
  // No selectors: whoever may write a label could take an object out of sight.
  namespaceSelector: {},
  objectSelector: {},
  sideEffects: 'NoneOnDryRun',
  admissionReviewVersions: ['v1'],
  matchConditions: matchConditions.map((condition) => ({ ...condition })),
})

const rule = (
  apiGroups: readonly string[],
  operations: readonly string[],
  resources: readonly string[],
): JsonObject => ({
  apiGroups,
  apiVersions: ['*'],
  operations,
  resources,
  scope: '*',
})

function clientConfig(destination: Destination, path: string): JsonObject {
  switch (destination.kind) {
    case 'url':
      return { url: `${destination.url.replace(/\/$/, '')}${path}` }
    case 'service': {
      const { namespace, name, port } = destination
      return { service: { namespace, name, path, port } }
    }
  }
}
