import { expect } from 'chai'
import fc from 'fast-check'
import { sharing } from '../../../src/admission/sharing.ts'
import type { Json } from '../../../src/api/json.ts'
import { field } from '../../../src/api/json.ts'
import { hostShapes } from '../../../src/policy/objects/host-shapes.ts'
import { imagesOf } from '../../../src/policy/objects/images.ts'
import { keyChanges } from '../../../src/policy/objects/metadata.ts'
import type { PodSpec } from '../../../src/policy/objects/pod-specs.ts'
import { podSpecChanges } from '../../../src/policy/objects/pod-specs.ts'
import type { Request } from '../../../src/policy/request.ts'
import { canonical } from '../../../src/signing/canonical.ts'
import { factsOf, requestOf } from '../case.ts'

// Objects made of the names that rules look for, so that a change is likely to mean something.
const KEYS = ['metadata', 'spec', 'template', 'labels', 'annotations', 'containers', 'initContainers', 'image', 'name']
const MORE = ['hostNetwork', 'securityContext', 'privileged', 'hostPath', 'volumes', 'status', 'managedFields']
const SYSCTLS = 'security.alpha.kubernetes.io/sysctls'
const { value } = fc.letrec<{ value: Json; list: Json; map: Json }>((tie) => ({
  value: fc.oneof({ maxDepth: 6 }, fc.constantFrom<Json>(true, 1, 'a', 'b', null), tie('list'), tie('map'), tie('map')),
  list: fc.array(tie('map'), { maxLength: 3 }),
  map: fc.dictionary(fc.constantFrom(...KEYS, ...MORE, SYSCTLS, 'obstat.dev/x'), tie('value'), { maxKeys: 4 }),
}))
const object = fc.dictionary(fc.constantFrom('metadata', 'spec', 'template', 'containers'), value, { minKeys: 1 })

/** One place of it changed, so that most of both sides is the same. */
function altered(before: Json, by: Json, path: readonly number[]): Json {
  if (typeof before !== 'object' || before === null || path.length === 0) return by
  const keys = Object.keys(before)
  const [first = 0, ...rest] = path
  const key = keys[first % Math.max(keys.length, 1)]
  if (key === undefined) return by
  const fields = before as Readonly<Record<string, Json>>
  if (Array.isArray(before))
    return before.map((item: Json, at) => (String(at) === key ? altered(item, by, rest) : item))
  return { ...fields, [key]: altered(fields[key] ?? null, by, rest) }
}

const CASE = {
  request: { operation: 'UPDATE', group: 'x.example', resource: 'xs' },
  expect: { verdict: 'Allow' },
} as const

const request = (oldObject: Json, after: Json): Request => ({
  ...requestOf(CASE),
  oldObject,
  object: after,
})

/** What would be there and was not, and the other way round. */
const differences = (find: (here: Json, other: Json) => ReadonlyMap<string, string>, before: Json, after: Json) => {
  const [had, has] = [find(before, after), find(after, before)]
  const only = (a: ReadonlyMap<string, string>, b: ReadonlyMap<string, string>) =>
    [...a].filter(([key, what]) => b.get(key) !== what)
  return [only(had, has), only(has, had)]
}

const marksOf = (pod: PodSpec | null): Json => [
  field(pod?.metadata, 'labels') ?? null,
  field(pod?.metadata, 'annotations') ?? null,
]

describe('policy/objects, of sides that share what is the same', () => {
  it('finds the same differences as of sides that share nothing', () => {
    const facts = factsOf(CASE, requestOf(CASE))
    fc.assert(
      fc.property(object, value, fc.array(fc.nat(5), { minLength: 1, maxLength: 5 }), (before, by, path) => {
        const apart = structuredClone(altered(before, by, path))
        const together = sharing(before, apart)
        for (const find of [hostShapes, imagesOf])
          expect(differences(find, before, together)).to.deep.equal(differences(find, before, apart))
        const isAny = (): boolean => true
        expect(keyChanges(request(before, together), isAny)).to.deep.equal(
          keyChanges(request(structuredClone(before), apart), isAny),
        )
        const changed = (after: Json): readonly string[] =>
          podSpecChanges(request(before, after), facts).flatMap(({ path, from, to }) => {
            const [was, is] = [from, to].map((side) => canonical([side?.spec ?? null, marksOf(side)]))
            return was === is ? [] : [`${path} ${was ?? ''} ${is ?? ''}`]
          })
        expect(changed(together)).to.deep.equal(changed(apart))
      }),
      { numRuns: 300 },
    )
  })
})
