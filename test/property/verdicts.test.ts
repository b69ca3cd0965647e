import { expect } from 'chai'
import * as fc from 'fast-check'
import { PHASES, PROTECTED_LABEL } from '../../src/api/names.ts'
import { classify } from '../../src/policy/classify.ts'
import type { Facts } from '../../src/policy/facts.ts'
import type { Request } from '../../src/policy/request.ts'
import type { CaseFacts } from '../../src/suites/case.ts'
import { factsOf } from '../../src/suites/facts.ts'
import { catalogue, decisionOf } from '../../src/suites/judge.ts'
import type { Test } from '../../src/suites/load.ts'
import { loadSuites } from '../../src/suites/load.ts'
import { fixtures, requestOf } from '../policy/case.ts'
import { testKey } from '../signing/signer.ts'

const { tests } = loadSuites(fixtures)
const nameOf = ({ file }: Test): string => file.slice(fixtures.length)

const judged = (request: Request, given: CaseFacts, more: Partial<Facts> = {}) =>
  decisionOf(request, { ...factsOf(request, given, catalogue), ...more }, given.approvedBy)

describe('the verdict on any case', () => {
  it('is never better in a lower phase', () => {
    const changed = new Set<string>()
    for (const test of tests) {
      const verdicts = PHASES.map((phase) => judged(test.request, { ...test.facts, phase }).verdict)
      const allowed = verdicts.map((verdict) => (verdict === 'Allow' ? 1 : 0))
      expect([...allowed].sort(), nameOf(test)).to.deep.equal(allowed)
      if (allowed[0] !== allowed[3]) changed.add(test.file)
    }
    expect(changed.size).to.be.at.least(100)
  })

  it('is never better where everything is protected', () => {
    let changed = 0
    for (const test of tests) {
      const facts = factsOf(test.request, test.facts, catalogue)
      const all = new Map([...facts.namespaces].map(([name, labels]) => [name, protecting(labels)]))
      const [before, after] = [facts, { ...facts, namespaces: all }].map(
        (given) => decisionOf(test.request, given).verdict,
      )
      if (before === 'Deny') expect(after, nameOf(test)).to.equal('Deny')
      if (before !== after) changed += 1
    }
    expect(changed).to.be.at.least(50)
  })

  it('is never better with an approval less', () => {
    const held = tests.filter((test) => judged(test.request, test.facts).reason === 'ApprovalRequired')
    const people = fc.subarray(['alice', 'bob', 'carol'])
    let opened = 0
    fc.assert(
      fc.property(
        fc.constantFrom(...held),
        fc.record({ required: fc.integer({ min: 1, max: 3 }), roles: fc.subarray(['platform', 'operations']) }),
        people,
        people,
        (test, approval, some, others) => {
          const given = withPeople(test.facts, approval)
          const [fewer, more] = [some, [...some, ...others]].map(
            (approvedBy) => judged(test.request, { ...given, approvedBy }).verdict,
          )
          if (fewer === 'Allow') expect(more, nameOf(test)).to.equal('Allow')
          if (fewer !== more) opened += 1
          if (some.length < approval.required) expect(fewer, nameOf(test)).to.equal('Deny')
        },
      ),
      { numRuns: 300 },
    )
    expect(opened).to.be.at.least(1)
  })

  it('does not depend on the order of the rules', () => {
    const shuffled = fc
      .tuple(
        fc.shuffledSubarray([...catalogue.rules], { minLength: catalogue.rules.length }),
        fc.shuffledSubarray([...catalogue.harmless], { minLength: catalogue.harmless.length }),
      )
      .map(([rules, harmless]) => ({ rules, harmless }))
    fc.assert(
      fc.property(fc.constantFrom(...tests), shuffled, (test, other) => {
        const facts = factsOf(test.request, test.facts, catalogue)
        expect(classify(test.request, facts, other), nameOf(test)).to.deep.equal(
          classify(test.request, facts, catalogue),
        )
      }),
      { numRuns: 2000 },
    )
  })
})

describe('the class of an act', () => {
  const WHERE = { namespace: 'shop', name: 'cart', user: 'system:serviceaccount:sre:sre-bot' }
  const [first] = tests

  it('is that of the same scale in the object and in /scale', () => {
    const seen = new Set<string>()
    fc.assert(
      fc.property(
        fc.constantFrom('deployments', 'statefulsets', 'replicasets'),
        fc.nat({ max: 12 }),
        fc.nat({ max: 12 }),
        (resource, from, to) => {
          fc.pre(from !== to)
          const classes = ['', 'scale'].map((subresource) => {
            const request = requestOf({
              request: {
                ...WHERE,
                operation: 'UPDATE',
                group: 'apps',
                resource,
                subresource,
                oldObject: { spec: { replicas: from } },
                object: { spec: { replicas: to } },
              },
              expect: { verdict: 'Allow' },
            })
            return judged(request, first?.facts ?? {}).classification.class
          })
          expect(classes[1], `${resource} from ${from} to ${to}`).to.equal(classes[0])
          seen.add(classes[0] ?? '')
        },
      ),
      { numRuns: 500 },
    )
    expect(seen).to.have.keys('Routine', 'Change', 'Destructive')
  })
})

const protecting = (labels: ReadonlyMap<string, string>): ReadonlyMap<string, string> =>
  new Map([...labels, [PROTECTED_LABEL, 'true']])

const ROLES = { alice: ['platform'], bob: ['operations'], carol: ['platform', 'operations'] }
const KEYS = new Map(Object.keys(ROLES).map((name) => [name, testKey('ed25519').record]))

/** The facts with three people, and an agent that asks for this much. */
function withPeople(facts: CaseFacts, approval: { readonly required: number; readonly roles: readonly string[] }) {
  const people = Object.entries(ROLES).map(([name, roles]) => ({
    apiVersion: 'obstat.dev/v1alpha1',
    kind: 'Approver',
    metadata: { name },
    spec: { roles, keys: [{ type: 'ed25519', publicKey: KEYS.get(name)?.publicKey ?? '' }] },
  }))
  const objects = (facts.objects ?? []).map((object) =>
    object['kind'] === 'GovernedAgent' ? { ...object, spec: { ...(object['spec'] as object), approval } } : object,
  )
  return { ...facts, objects: [...objects, ...people] }
}
