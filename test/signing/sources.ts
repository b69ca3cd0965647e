import type { Json } from '../../src/api/json.ts'
import type { Act, ActSource } from '../../src/signing/act.ts'
import { actOf } from '../../src/signing/act.ts'
import { canonical } from '../../src/signing/canonical.ts'

const BASE: ActSource = {
  operation: 'UPDATE',
  group: 'apps',
  resource: 'deployments',
  subresource: '',
  namespace: 'shop',
  name: 'cart',
  kind: { group: 'apps', kind: 'Deployment' },
  object: null,
  oldObject: null,
  options: null,
  parentUid: '',
}
/** The act of an UPDATE of a Deployment, but for what is given. */
export const act = (source: Partial<ActSource>): Act => actOf({ ...BASE, ...source })
export const update = (oldObject: Json, object: Json, source: Partial<ActSource> = {}): Act['change'] =>
  act({ ...source, oldObject, object }).change
export const create = (object: Json, source: Partial<ActSource> = {}): Json =>
  act({ operation: 'CREATE', ...source, object }).change[0]?.to ?? null
/** As printed, since markers are instances of their own class. */
export const printed = (value: unknown): unknown => JSON.parse(canonical(value as Json))

export const POD = { group: '', resource: 'pods', kind: { group: '', kind: 'Pod' } } as const
