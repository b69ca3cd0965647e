import { PROTECTED_LABEL } from '../api/names.ts'
import type { Facts } from './facts.ts'
import type { Request } from './request.ts'

/** A Namespace that is labelled, obstat's own, one of Kubernetes' own, or not known (yet). */
export function isProtected(facts: Facts, namespace: string): boolean {
  if (namespace === facts.ownNamespace || namespace.startsWith('kube-')) return true
  const labels = facts.namespaces.get(namespace)
  return labels === undefined || labels.get(PROTECTED_LABEL) === 'true'
}

/**
 * Does this request touch something protected? Cluster-scoped objects count, Nodes do not: they have rules of their
 * own.
 */
export const touchesProtected = (facts: Facts, request: Request): boolean =>
  isClusterScoped(request)
    ? !(request.group === '' && request.resource === 'nodes')
    : isProtected(facts, request.namespace)

/** Namespaces are cluster-scoped, although their requests carry their own name as namespace. */
export const isClusterScoped = (request: Request): boolean =>
  request.namespace === '' || (request.group === '' && request.resource === 'namespaces')
