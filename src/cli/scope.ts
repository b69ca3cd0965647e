import type { GovernedAgent } from '../api/objects.ts'
import { UsageError } from './command.ts'

type Scope = NonNullable<GovernedAgent['spec']['scope']>[number]
type Operation = Scope['operations'][number]

const OPERATIONS: readonly Operation[] = ['CREATE', 'UPDATE', 'DELETE', 'CONNECT', '*']

/**
 * Scope entries of `NAMESPACES:RESOURCES[:OPERATIONS]`, lists with commas; resources as kubectl names them:
 * `shop:deployments.apps,deployments.apps/scale,pods:UPDATE,DELETE`. `*` stands for all of each. One entry for each API
 * group. Throws UsageError.
 */
export function parseScope(text: string): readonly Scope[] {
  const [namespaces, resources, operations = '*', ...rest] = text.split(':')
  if (resources === undefined || rest.length > 0)
    throw new UsageError(`--scope: expected NAMESPACES:RESOURCES[:OPERATIONS], got ${JSON.stringify(text)}`)
  const byGroup = new Map<string, string[]>()
  for (const resource of listed(resources, text)) {
    const [group, names] = groupOf(resource)
    byGroup.set(group, [...(byGroup.get(group) ?? []), ...names])
  }
  return [...byGroup].map(([group, names]) => ({
    apiGroups: [group],
    resources: names,
    operations: listed(operations, text).map(operationOf),
    namespaces: listed(namespaces ?? '', text),
  }))
}

/** `deployments.apps/scale` is resource `deployments/scale` of group `apps`; `*` is everything. */
function groupOf(resource: string): readonly [group: string, resources: readonly string[]] {
  if (resource === '*') return ['*', ['*', '*/*']]
  const [named = '', subresource] = resource.split('/')
  const dot = named.indexOf('.')
  const plural = dot < 0 ? named : named.slice(0, dot)
  return [dot < 0 ? '' : named.slice(dot + 1), [subresource === undefined ? plural : `${plural}/${subresource}`]]
}

function operationOf(text: string): Operation {
  const found = OPERATIONS.find((operation) => operation === text.toUpperCase())
  if (found === undefined)
    throw new UsageError(`--scope: expected ${OPERATIONS.join(', ')}, got ${JSON.stringify(text)}`)
  return found
}

function listed(text: string, whole: string): string[] {
  const items = text.split(',').map((item) => item.trim())
  if (items.includes('')) throw new UsageError(`--scope: an empty item in ${JSON.stringify(whole)}`)
  return items
}
