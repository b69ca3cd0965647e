import type { Agent, Scope } from './agents.ts'
import type { Facts } from './facts.ts'
import { isClusterScoped } from './protection.ts'
import type { Request } from './request.ts'
import { coversResource } from './rule.ts'

/** Is the request in the scope of every GovernedAgent that names its user? An empty scope covers nothing. */
export const inScope = (facts: Facts, agent: Agent, request: Request): boolean =>
  agent.scopes.every((scopes) => scopes.some((scope) => covers(facts, scope, request)))

const covers = (facts: Facts, scope: Scope, request: Request): boolean =>
  has(scope.apiGroups, request.group) &&
  scope.resources.some((resource) => coversResource(resource, request)) &&
  has(scope.operations, request.operation) &&
  coversNamespace(facts, scope, request) &&
  (scope.resourceNames === undefined || scope.resourceNames.length === 0 || scope.resourceNames.includes(request.name))

const has = (list: readonly string[], value: string): boolean => list.includes('*') || list.includes(value)

/** Neither namespaces nor selector is none; cluster-scoped objects only with `namespaces: ["*"]`. */
function coversNamespace(facts: Facts, scope: Scope, request: Request): boolean {
  const namespaces = scope.namespaces ?? []
  if (namespaces.includes('*')) return true
  if (isClusterScoped(request)) return false
  if (namespaces.includes(request.namespace)) return true
  return (
    scope.namespaceSelector !== undefined && selects(scope.namespaceSelector, facts.namespaces.get(request.namespace))
  )
}

type Selector = NonNullable<Scope['namespaceSelector']>

/** metav1.LabelSelector; an empty one selects every Namespace, one that is not known none. */
function selects(selector: Selector, labels: ReadonlyMap<string, string> | undefined): boolean {
  if (labels === undefined) return false
  const pairs = Object.entries(selector.matchLabels ?? {})
  return (
    pairs.every(([key, value]) => labels.get(key) === value) &&
    (selector.matchExpressions ?? []).every(({ key, operator, values = [] }) => {
      const value = labels.get(key)
      switch (operator) {
        case 'In':
          return value !== undefined && values.includes(value)
        case 'NotIn':
          return value === undefined || !values.includes(value)
        case 'Exists':
          return value !== undefined
        case 'DoesNotExist':
          return value === undefined
      }
    })
  )
}
