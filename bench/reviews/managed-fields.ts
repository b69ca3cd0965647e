import type { Json, JsonObject } from '../../src/api/json.ts'
import { field, isArray, isObject } from '../../src/api/json.ts'

/** Set by the server itself, so that no manager owns them. */
const NOBODYS = new Set([
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'name',
  'namespace',
  'managedFields',
])
/** Lists that merge by a key (the `listMapKeys` of their types); all others are owned whole. */
const KEYS_OF_ITEMS = [['containerPort', 'protocol'], ['name'], ['type']] as const
/** Maps that are owned whole. */
const ATOMIC = new Set(['selector'])

interface Manager {
  readonly manager: string
  readonly apiVersion: string
  readonly time: string
  readonly subresource?: string
}

/** The entry of `metadata.managedFields` for a manager that owns all of this (FieldsV1 of meta/v1). */
export const managedFields = (owned: JsonObject, { manager, apiVersion, time, subresource }: Manager): JsonObject => ({
  manager,
  operation: 'Update',
  apiVersion,
  time,
  fieldsType: 'FieldsV1',
  fieldsV1: fieldsOf(owned, new Set(['kind', 'apiVersion'])),
  ...(subresource === undefined ? {} : { subresource }),
})

function fieldsOf(object: JsonObject, left: ReadonlySet<string> = NOBODYS): JsonObject {
  const entries = Object.entries(object).filter(([key]) => !left.has(key))
  return Object.fromEntries(entries.map(([key, value]) => [`f:${key}`, fieldsIn(key, value)]))
}

function fieldsIn(key: string, value: Json): Json {
  if (isArray(value)) return itemsOf(value)
  if (!isObject(value)) return {}
  if (key === 'metadata') return fieldsOf(value)
  if (ATOMIC.has(key)) return {}
  // A map that a manager made is its own as a whole, too.
  const isMade = ['labels', 'annotations', 'data', 'resources', 'limits', 'requests', 'securityContext'].includes(key)
  return { ...(isMade ? { '.': {} } : {}), ...fieldsOf(value, new Set()) }
}

function itemsOf(items: readonly Json[]): Json {
  const keys = KEYS_OF_ITEMS.find((names) =>
    items.every((item) => names.every((name) => isObject(item) && name in item)),
  )
  if (keys === undefined) return {}
  return Object.fromEntries(
    items.flatMap((item) => {
      if (!isObject(item)) return []
      const key = Object.fromEntries(keys.map((name) => [name, field(item, name)]))
      return [[`k:${JSON.stringify(key)}`, { '.': {}, ...fieldsOf(item, new Set()) }] as const]
    }),
  )
}
