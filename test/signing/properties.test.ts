import { expect } from 'chai'
import fc from 'fast-check'
import type { Json, JsonObject } from '../../src/api/json.ts'
import { isArray, isObject } from '../../src/api/json.ts'
import { actOf, intentSha256 } from '../../src/signing/act.ts'
import { canonical } from '../../src/signing/canonical.ts'
import type { Change } from '../../src/signing/diff.ts'
import { changes } from '../../src/signing/diff.ts'
import { envelopeJson, pae } from '../../src/signing/envelope.ts'
import { JsonError, parseJson } from '../../src/signing/json.ts'
import { openEnvelope } from '../../src/signing/open.ts'
import { payloadOf } from '../../src/signing/statement.ts'
import { KEY_TYPES, testKey } from './signer.ts'
import { STATEMENT } from './statements.ts'

const KEYS = ['a', 'b', 'a/b', 'a~b', '-', '0', '10', '__proto__', 'constructor', 'é', '\ud83d\ude00', '']

/** Any JSON value, with keys that collide often and names of Object.prototype among them. */
const { json } = fc.letrec<{ json: Json }>((tie) => ({
  json: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom<Json>(null, true, false, 0, 1, '', 'x', 'é\u2028"\\', 9007199254740991),
    fc.double({ noDefaultInfinity: true, noNaN: true }).map((value) => (value === 0 ? 0 : value)),
    fc.string({ unit: 'grapheme' }),
    fc.array(tie('json'), { maxLength: 4 }),
    fc
      .array(fc.tuple(fc.constantFrom(...KEYS), tie('json')), { maxLength: 4 })
      .map((pairs) => Object.fromEntries(pairs)),
  ),
}))

/** The value with the keys of every object in another order. */
function shuffled(value: Json, turn: number): Json {
  if (isArray(value)) return value.map((item) => shuffled(item, turn))
  if (!isObject(value)) return value
  const entries = Object.entries(value)
  const at = entries.length === 0 ? 0 : turn % entries.length
  const turned = [...entries.slice(at), ...entries.slice(0, at)].reverse()
  return Object.fromEntries(turned.map(([key, item]) => [key, shuffled(item, turn)]))
}

/** What a reader of a change list makes of it: `from` with each entry put in place. */
function applied(from: Json, list: readonly Change[]): Json | undefined {
  const root = { root: from } as Record<string, unknown>
  // Items that are gone must leave from the end.
  for (const { path, to } of [...list].sort(deepestLast).reverse()) {
    const keys = ['root', ...path.split('/').slice(1)].map((key) => key.replaceAll('~1', '/').replaceAll('~0', '~'))
    const last = keys.pop() ?? ''
    const parent = keys.reduce<unknown>(
      (here, key) => Object.getOwnPropertyDescriptor(here, key)?.value,
      root,
    ) as object
    if (to !== undefined)
      Object.defineProperty(parent, last, {
        value: structuredClone(to),
        enumerable: true,
        configurable: true,
        writable: true,
      })
    else if (Array.isArray(parent)) parent.length = Math.min(parent.length, Number(last))
    else Reflect.deleteProperty(parent, last)
  }
  return root['root'] as Json
}
const deepestLast = (a: Change, b: Change): number => a.path.localeCompare(b.path, 'en', { numeric: true })

describe('JSON, properties', () => {
  it('reads back what JSON.stringify and canonical print', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(canonical(parseJson(JSON.stringify(value)))).to.equal(canonical(value))
        expect(canonical(parseJson(canonical(value)))).to.equal(canonical(value))
        expect(canonical(parseJson(JSON.stringify(value, null, 2)))).to.equal(canonical(value))
      }),
    )
  })

  it('prints the same in every order of keys', () => {
    fc.assert(
      fc.property(json, fc.nat(7), (value, turn) => {
        expect(canonical(shuffled(value, turn))).to.equal(canonical(value))
      }),
    )
  })

  it('agrees with JSON.parse about what JSON is, and throws nothing but JsonError', () => {
    const spoilt = fc
      .tuple(
        json,
        fc.nat(40),
        fc.constantFrom('', ',', '"', '}', ']', '\\', '0', '-', '.', 'e', '\u0000', '\ud800', ' '),
      )
      .map(([value, at, extra]) => {
        const text = JSON.stringify(value)
        return text.slice(0, at % (text.length + 1)) + extra + text.slice((at + 1) % (text.length + 1))
      })
    fc.assert(
      fc.property(fc.oneof(spoilt, fc.string()), (text) => {
        const [ours, theirs] = [attempt(() => parseJson(text)), attempt(() => JSON.parse(text) as Json)]
        if (ours.error !== undefined) expect(ours.error).to.be.instanceOf(JsonError)
        const isOnlyOurs = ours.error instanceof JsonError && ours.error.code !== 'JsonSyntax'
        expect(ours.error === undefined).to.equal(theirs.error === undefined && !isOnlyOurs)
      }),
      { numRuns: 1000 },
    )
  })
})

function attempt(read: () => Json): { readonly error?: unknown } {
  try {
    read()
    return {}
  } catch (error) {
    return { error }
  }
}

describe('changes, properties', () => {
  it('are none between equal values, in any order of keys', () => {
    fc.assert(
      fc.property(json, fc.nat(7), (value, turn) => {
        expect(changes(value, shuffled(value, turn))).to.deep.equal([])
      }),
    )
  })

  it('do not depend on the order of keys, and mirror when the sides are exchanged', () => {
    fc.assert(
      fc.property(json, json, fc.nat(7), (from, to, turn) => {
        const found = changes(from, to)
        expect(canonical(changes(shuffled(from, turn), shuffled(to, turn)))).to.equal(canonical(found))
        const mirrored = changes(to, from).map(({ path, ...sides }) => ({
          path,
          ...('to' in sides && { from: sides.to }),
          ...('from' in sides && { to: sides.from }),
        }))
        expect(canonical(mirrored)).to.equal(canonical(found))
      }),
    )
  })

  it('make the second value of the first', () => {
    fc.assert(
      fc.property(json, json, (from, to) => {
        const result = applied(parseJson(canonical(from)), changes(from, to))
        expect(canonical(result ?? null)).to.equal(canonical(to))
      }),
    )
  })
})

describe('intentSha256, properties', () => {
  const digest = (oldObject: Json, object: Json): string =>
    intentSha256(
      actOf({
        operation: 'UPDATE',
        group: 'lab.dev',
        resource: 'widgets',
        subresource: '',
        namespace: 'n',
        name: 'w',
        kind: { group: 'lab.dev', kind: 'Widget' },
        object,
        oldObject,
        options: null,
        parentUid: '',
      }),
    )
  const object: fc.Arbitrary<JsonObject> = json.map((spec) => ({ metadata: { name: 'w' }, spec }))

  it('does not depend on the order of keys, nor on what the API server writes', () => {
    fc.assert(
      fc.property(object, object, fc.nat(7), fc.string(), (from, to, turn, version) => {
        const served = {
          ...to,
          metadata: { name: 'w', resourceVersion: version, generation: turn, annotations: { 'obstat.dev/x': version } },
        }
        expect(digest(shuffled(from, turn), shuffled(served, turn))).to.equal(digest(from, to))
      }),
    )
  })

  it('is of any object, whatever its shape, and never an error', () => {
    const names = [
      'metadata',
      'spec',
      'template',
      'labels',
      'annotations',
      'volumes',
      'containers',
      'ports',
      'selector',
    ]
    const { shape } = fc.letrec<{ shape: Json }>((tie) => ({
      shape: fc.oneof(
        { depthSize: 'medium' },
        fc.constantFrom<Json>(null, true, 'u', 0),
        fc.array(tie('shape'), { maxLength: 2 }),
        fc.dictionary(fc.constantFrom(...names, 'data', 'uid', 'name', 'nodePort'), tie('shape'), { maxKeys: 4 }),
      ),
    }))
    const kinds = [
      { group: '', kind: 'Pod' },
      { group: '', kind: 'Service' },
      { group: '', kind: 'Secret' },
      { group: 'batch', kind: 'Job' },
    ]
    const source = { group: '', resource: 'x', subresource: '', namespace: '', name: '', options: null, parentUid: '' }
    fc.assert(
      fc.property(shape, shape, fc.constantFrom(...kinds), (before, after, kind) => {
        const update = actOf({ ...source, operation: 'UPDATE', kind, oldObject: before, object: after })
        const create = actOf({ ...source, operation: 'CREATE', kind, oldObject: null, object: after })
        expect(intentSha256(update)).not.to.equal(intentSha256(create))
      }),
      { numRuns: 2000 },
    )
  })

  it('differs where what is made of the same object differs', () => {
    fc.assert(
      fc.property(object, object, object, (from, to, other) => {
        fc.pre(canonical(to) !== canonical(other))
        expect(digest(from, to)).not.to.equal(digest(from, other))
      }),
    )
  })
})

describe('openEnvelope, properties', () => {
  const payload = payloadOf(STATEMENT)
  const flipped = (bytes: Uint8Array, at: number, mask: number): Buffer => {
    const copy = Buffer.from(bytes)
    copy[at % copy.length] = (copy[at % copy.length] ?? 0) ^ mask
    return copy
  }
  for (const type of KEY_TYPES) {
    const key = testKey(type)
    const approvers = [{ approver: 'alice', keys: [key.record] }]
    const sig = key.sign(pae(payload))
    const open = (bytes: Uint8Array, signature: Uint8Array): boolean =>
      openEnvelope(envelopeJson({ payload: bytes, signatures: [{ keyid: '', sig: signature }] }), approvers).ok

    it(`refuses any flipped bit of the payload or the signature (${type})`, () => {
      expect(open(payload, sig)).to.equal(true)
      fc.assert(
        fc.property(fc.nat(), fc.integer({ min: 0, max: 7 }), (at, bit) => {
          expect(open(flipped(payload, at, 1 << bit), sig)).to.equal(false)
          expect(open(payload, flipped(sig, at, 1 << bit))).to.equal(false)
        }),
      )
    })

    it(`refuses every signature with one byte changed (${type})`, () => {
      for (let at = 0; at < sig.length; at++) expect(open(payload, flipped(sig, at, 0x01)), String(at)).to.equal(false)
    })
  }

  it('answers anything with a refusal, and throws nothing', () => {
    const keys = [testKey('es256').record]
    const envelopes = fc.record(
      {
        payloadType: fc.oneof(fc.constant('application/vnd.obstat.approval.v1+json'), json),
        payload: fc.oneof(fc.base64String(), json),
        signatures: fc.oneof(
          fc.array(fc.record({ keyid: json, sig: fc.base64String() }, { requiredKeys: ['sig'] })),
          json,
        ),
      },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(fc.oneof(json, envelopes), (envelope) => {
        expect(openEnvelope(envelope, [{ approver: 'a', keys }]).ok).to.equal(false)
      }),
      { numRuns: 300 },
    )
  })
})
