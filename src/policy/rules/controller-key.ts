import type { ControllerKey } from '../objects/controller-keys.ts'
import {
  CONTROLLER_KEYS,
  EXPIRY_NAMES,
  LOOK_AGAIN,
  OFF,
  OFF_SWITCH_NAMES,
  SHIELD_NAMES,
} from '../objects/controller-keys.ts'
import type { KeyChange, KeyTest } from '../objects/metadata.ts'
import { described, isObstatKey, keyChanges, labelChanges } from '../objects/metadata.ts'
import type { ActionPolicy } from '../../api/objects.ts'
import type { Rule } from '../rule.ts'
import { found } from '../rule.ts'

/**
 * Some labels and annotations are orders to a controller: delete this in a minute, prune it, shut it down, drop it from
 * the load balancer. Reads labels and annotations of both sides, of the object and of its templates, through every
 * subresource (/status of most built-in kinds keeps them). Keys that ask a controller to look again, and whatever only
 * takes an order back, are left alone; so is a new object, which nothing depends on yet. Keys and sources:
 * objects/controller-keys.ts. The ActionPolicy may name more, whose every change counts.
 */
export const controllerKey: Rule = {
  id: 'controller-key',
  remedy: 'Leave this key alone, or ask for exactly what its controller would do.',
  raises: 'Destructive',
  matches: [{ operations: ['UPDATE'], group: '*', resource: '*/*' }],
  find: (request, { policy }) => {
    for (const change of labelChanges(request, isOrder)) {
      const harm = harmOf(change)
      if (harm !== '') return found(`${described(change)}: ${harm}`)
    }
    if (policy?.spec.destructiveKeys === undefined) return null
    const [own] = keyChanges(request, testOf(policy.spec.destructiveKeys))
    return own === undefined ? null : found(`${described(own)}: the ActionPolicy says that a controller destroys by it`)
  },
}

/** The keys that this cluster's controllers act on. */
function testOf({ labels = [], annotations = [] }: NonNullable<ActionPolicy['spec']['destructiveKeys']>): KeyTest {
  const keys = new Map([
    ['labels', new Set(labels)],
    ['annotations', new Set(annotations)],
  ])
  return (key, parent) => {
    const named = keys.get(parent)
    return named !== undefined && (named.has(key) || named.has(key.slice(0, key.indexOf('/') + 1)))
  }
}

const BY_KEY: ReadonlyMap<string, ControllerKey> = new Map(CONTROLLER_KEYS.map((entry) => [entry.key, entry]))

const entryOf = (key: string): ControllerKey | undefined =>
  LOOK_AGAIN.has(key) ? undefined : (BY_KEY.get(key) ?? BY_KEY.get(key.slice(0, key.indexOf('/') + 1)))

const nameOf = (key: string): string => key.slice(key.indexOf('/') + 1)

const NAMES: readonly { readonly test: RegExp; readonly when: ControllerKey['when']; readonly harm: string }[] = [
  { test: EXPIRY_NAMES, when: 'set', harm: 'a controller may delete it then' },
  { test: OFF_SWITCH_NAMES, when: 'set', harm: 'its controller may shut it down or stop caring for it' },
  { test: SHIELD_NAMES, when: 'lost', harm: 'it may have kept the object from being deleted' },
]

const isOrder = (key: string): boolean =>
  !LOOK_AGAIN.has(key) &&
  !isObstatKey(key) &&
  (entryOf(key) !== undefined || NAMES.some(({ test }) => test.test(nameOf(key))))

function harmOf(change: KeyChange): string {
  const entry = entryOf(change.key) ?? NAMES.find(({ test }) => test.test(nameOf(change.key)))
  if (entry === undefined) return ''
  switch (entry.when) {
    case 'any':
      return entry.harm
    case 'set':
      return isOn(change.to) ? entry.harm : ''
    case 'lost':
      return change.from !== undefined ? entry.harm : ''
  }
}

const isOn = (value: KeyChange['to']): boolean =>
  value !== undefined && (typeof value !== 'string' || !OFF.has(value.toLowerCase()))
