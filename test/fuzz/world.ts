import type { JsonObject } from '../../src/api/json.ts'

/** What obstat knows when it is asked: plain JSON, so that a case can be printed, shrunk and read again. */
export interface World {
  readonly agents: readonly AgentSpec[]
  /** Spec of the ActionPolicy "cluster"; null: none. */
  readonly policy: JsonObject | null
  readonly namespaces: Readonly<Record<string, Readonly<Record<string, string>>>>
  /** How long ago the caches were last proved current. */
  readonly ageMs: number
  /** What a live read finds, any version of it. */
  readonly live: readonly LiveObject[]
}

export interface AgentSpec extends JsonObject {
  readonly name: string
  readonly subjects: readonly { readonly kind: string; readonly namespace?: string; readonly name: string }[]
  readonly trustPhase: string
  readonly enforcement: string
  readonly suspended: boolean
  readonly scope: readonly ScopeEntry[]
  readonly owns: readonly {
    readonly apiGroups: readonly string[]
    readonly resources: readonly string[]
    readonly finalizers: readonly string[]
  }[]
}

export interface ScopeEntry extends JsonObject {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly operations: readonly string[]
  readonly namespaces: readonly string[]
}

export interface LiveObject {
  readonly group: string
  readonly resource: string
  readonly object: JsonObject
}

/** One admission review in the world where it is asked. `request` is that of AdmissionReview v1. */
export interface Case {
  readonly world: World
  readonly request: JsonObject
}

export const OWN_NAMESPACE = 'obstat-system'
