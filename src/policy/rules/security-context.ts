import type { Json } from '../../api/json.ts'
import { entries, isObject, list, text } from '../../api/json.ts'
import { containerChanges, renamedContainers } from '../objects/containers.ts'
import { isSame } from '../objects/equal.ts'
import { listed, named } from '../objects/named.ts'
import type { PodSpecChange } from '../objects/pod-specs.ts'
import { podSpecChanges } from '../objects/pod-specs.ts'
import { given } from '../objects/walk.ts'
import type { Rule } from '../rule.ts'
import { found, quote } from '../rule.ts'

/** Fields of core/v1 PodSpec that say how far containers are kept from each other and from the node. */
const POD_FIELDS = ['securityContext', 'shareProcessNamespace', 'hostUsers', 'runtimeClassName'] as const
const DEFAULTS: ReadonlyMap<string, Json> = new Map<string, Json>([
  ['shareProcessNamespace', false],
  ['hostUsers', true],
])

/**
 * A security context decides as whom a container runs and what it may touch: with another one it may read its
 * neighbours or no longer its own data; a container that is new, or has a new name, may have one that only takes rights
 * away; a token that it did not have lets it ask the API server. Without its RuntimeClass a pod leaves its sandbox.
 * What reaches the node is worse (host-access).
 * Source: core/v1 PodSecurityContext and SecurityContext; node.k8s.io/v1 RuntimeClass.
 */
export const securityContext: Rule = {
  id: 'security-context',
  remedy: 'Leave the security context as it is, or ask an approver.',
  raises: 'Destructive',
  matches: [{ operations: ['UPDATE'], group: '*', resource: '*/*' }],
  find: (request, facts) => {
    const changed = podSpecChanges(request, facts).flatMap(contextChanges)
    return changed.length === 0 ? null : found(`changes ${listed([...new Set(changed)])} in ${named(request)}`)
  },
}

function contextChanges({ from, to }: PodSpecChange): readonly string[] {
  if (from === null) return []
  return [
    ...POD_FIELDS.filter((key) => differs(valueOf(from.spec, key), valueOf(to.spec, key))).map(
      (key) => `${key} of the pods`,
    ),
    ...(isGivenToken(from.spec) || !isGivenToken(to.spec) ? [] : ['automountServiceAccountToken of the pods']),
    ...[...containerChanges(from, to), ...renamedContainers(from, to)].flatMap(({ name, from: before, to: after }) => {
      const context = given(after.spec, 'securityContext')
      const isOther =
        before === null
          ? after.list !== 'ephemeralContainers' && loosens(context)
          : differs(given(before.spec, 'securityContext'), context)
      return isOther ? [`securityContext of container ${quote(name)}`] : []
    }),
  ]
}

/**
 * Does a container that is new here, or has another name, take more than its pod gives? What only takes away is
 * ordinary.
 */
const loosens = (context: Json | undefined): boolean =>
  entries(context).some(([key, value]) => value !== null && STRICT.get(key)?.(value) !== true)

const isAboveZero = (value: Json): boolean => typeof value === 'number' && value > 0
const isRuntimeDefault = (value: Json): boolean => text(value, 'type') === 'RuntimeDefault'

/** Values that give nothing, by field of core/v1 SecurityContext. */
const STRICT: ReadonlyMap<string, (value: Json) => boolean> = new Map<string, (value: Json) => boolean>([
  ['runAsNonRoot', (value) => value === true],
  ['runAsUser', isAboveZero],
  ['runAsGroup', isAboveZero],
  ['allowPrivilegeEscalation', (value) => value === false],
  ['readOnlyRootFilesystem', (value) => typeof value === 'boolean'],
  ['privileged', (value) => value === false],
  ['capabilities', (value) => list(value, 'add').length === 0],
  ['seccompProfile', isRuntimeDefault],
  ['appArmorProfile', isRuntimeDefault],
])

/** Pods are given the token of their ServiceAccount unless they, or it, say no. */
const isGivenToken = (spec: Json): boolean => given(spec, 'automountServiceAccountToken') !== false

/** Nothing and an empty object mean the same here, and so do the defaults of the two switches. */
const differs = (before: Json | undefined, after: Json | undefined): boolean => !isSame(plain(before), plain(after))

const valueOf = (spec: Json, key: string): Json | undefined => given(spec, key) ?? DEFAULTS.get(key)

const plain = (value: Json | undefined): Json =>
  value === undefined || (isObject(value) && Object.keys(value).length === 0) ? null : value
