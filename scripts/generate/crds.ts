import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'

/** The part of an OpenAPI v3 structural schema that our CRDs use. */
export interface Schema {
  readonly type?: string
  readonly description?: string
  readonly required?: readonly string[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly items?: Schema
  readonly additionalProperties?: Schema
  readonly enum?: readonly string[]
  readonly pattern?: string
  readonly format?: string
  readonly default?: unknown
  readonly nullable?: boolean
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly minItems?: number
  readonly maxItems?: number
  readonly minProperties?: number
  readonly maxProperties?: number
  readonly 'x-kubernetes-list-type'?: string
  readonly 'x-kubernetes-preserve-unknown-fields'?: boolean
  readonly 'x-kubernetes-validations'?: readonly { readonly rule: string; readonly message: string }[]
}

/** One CustomResourceDefinition of ours, as its manifest says it. */
export interface Crd {
  readonly metadata: { readonly name: string }
  readonly spec: {
    readonly group: string
    readonly names: { readonly kind: string; readonly plural: string; readonly shortNames: readonly string[] }
    readonly versions: readonly {
      readonly name: string
      readonly selectableFields?: readonly { readonly jsonPath: string }[]
      readonly schema: { readonly openAPIV3Schema: Schema }
    }[]
  }
}

/** Every CRD of a folder, in order of file name. */
export const loadCrds = (folder: string): readonly Crd[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.yaml') && name !== 'kustomization.yaml')
    .sort()
    .map((name) => parse(readFileSync(join(folder, name), 'utf8')) as Crd)

/** The schema of the one version that a CRD of ours has. Throws when there are more. */
export function schemaOf(crd: Crd): Schema {
  const [version, ...rest] = crd.spec.versions
  if (version === undefined || rest.length > 0) throw new Error(`${crd.metadata.name}: expected one version`)
  return version.schema.openAPIV3Schema
}
