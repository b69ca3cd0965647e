import type { Crd, Schema } from './crds.ts'
import { schemaOf } from './crds.ts'

const METADATA = {
  type: 'object',
  required: ['name'],
  properties: {
    name: { type: 'string', minLength: 1, maxLength: 253, pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$' },
    uid: { type: 'string' },
    resourceVersion: { type: 'string' },
    generation: { type: 'integer' },
    creationTimestamp: { type: 'string' },
    labels: { type: 'object', additionalProperties: { type: 'string' } },
    annotations: { type: 'object', additionalProperties: { type: 'string' } },
    finalizers: { type: 'array', items: { type: 'string' } },
  },
}

type JsonSchema = Readonly<Record<string, unknown>>

/**
 * The CRDs as JSON Schema (draft 7) by kind: what is unknown to a CRD, which the API server would drop, is an error
 * here.
 */
export function renderSchemas(crds: readonly Crd[]): string {
  const byKind = crds.map((crd) => [crd.spec.names.kind, rootOf(crd)] as const)
  return JSON.stringify(Object.fromEntries(byKind))
}

function rootOf(crd: Crd): JsonSchema {
  const root = strict(schemaOf(crd))
  const properties = root['properties'] as JsonSchema
  const [version] = crd.spec.versions
  return {
    ...root,
    required: ['apiVersion', 'kind', 'metadata', 'spec'],
    properties: {
      ...properties,
      apiVersion: { const: `${crd.spec.group}/${version?.name ?? ''}` },
      kind: { const: crd.spec.names.kind },
      metadata: METADATA,
    },
  }
}

const KEPT = [
  'type',
  'required',
  'enum',
  'pattern',
  'format',
  'default',
  'minimum',
  'maximum',
  'minLength',
  'maxLength',
  'minItems',
  'maxItems',
  'minProperties',
  'maxProperties',
] as const

function strict(schema: Schema): JsonSchema {
  const isOpen = schema['x-kubernetes-preserve-unknown-fields'] === true
  const { properties, items, additionalProperties } = schema
  return {
    ...Object.fromEntries(KEPT.filter((key) => schema[key] !== undefined).map((key) => [key, schema[key]])),
    ...(schema['x-kubernetes-list-type'] === 'set' ? { uniqueItems: true } : {}),
    ...(items === undefined ? {} : { items: strict(items) }),
    ...(additionalProperties === undefined ? {} : { additionalProperties: strict(additionalProperties) }),
    ...(properties === undefined
      ? {}
      : {
          properties: Object.fromEntries(Object.entries(properties).map(([key, value]) => [key, strict(value)])),
          ...(isOpen ? {} : { additionalProperties: false }),
        }),
  }
}
