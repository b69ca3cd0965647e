import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import * as fc from 'fast-check'
import type { ActionPolicy } from '../../src/api/objects.ts'
import { parseObject } from '../../src/api/parse.ts'
import { CLASSES } from '../../src/policy/class.ts'
import type { Decision } from '../../src/policy/decision.ts'
import { decisionOf, loadCase } from '../policy/case.ts'

const root = fileURLToPath(new URL('../fixtures/', import.meta.url))
const cases = ['rules', 'harmless'].flatMap((kind) =>
  readdirSync(`${root}${kind}`).flatMap((id) =>
    readdirSync(`${root}${kind}/${id}`).map((file) => ({
      name: `${id}/${file}`,
      case: loadCase(`${root}${kind}/${id}/${file}`),
    })),
  ),
)

const some = (...values: readonly string[]): fc.Arbitrary<string[]> =>
  fc.uniqueArray(fc.constantFrom(...values), { minLength: 1, maxLength: 3 })
const maybe = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(values, { nil: undefined })
const RAISED = fc.constantFrom('Change', 'Destructive', 'Escalation')
const NAMESPACES = fc.uniqueArray(fc.constantFrom('', '*', 'shop', 'vault', 'sre'), { maxLength: 3 })
const EXPRESSIONS = [
  'true',
  'false',
  'nothing',
  "request.operation == 'DELETE'",
  'object.spec.replicas > 1',
  "object.?metadata.?labels.?tier.orValue('') == 'gold'",
  'has(object.spec) && has(oldObject.spec) && object.spec == oldObject.spec',
]

const spec = fc.record({
  images: maybe(
    fc.record({ allowedRepositories: maybe(some('registry.lab', 'docker.io', 'docker.io/library/nginx', 'ghcr.io')) }),
  ),
  scaleDown: maybe(fc.record({ maxPercent: fc.nat({ max: 100 }), minReplicas: fc.nat({ max: 12 }) })),
  destructiveKeys: maybe(
    fc.record({
      labels: some('app', 'tier', 'app.kubernetes.io/', 'argocd.argoproj.io/refresh'),
      annotations: some('argocd.argoproj.io/', 'note', 'kubectl.kubernetes.io/restartedAt'),
    }),
  ),
  raise: maybe(
    fc.array(
      fc.record({
        apiGroups: some('', '*', 'apps', 'batch', 'autoscaling'),
        resources: some('*', '*/*', 'pods', 'deployments', 'deployments/scale', 'configmaps', 'leases'),
        operations: some('*', 'CREATE', 'UPDATE', 'DELETE', 'CONNECT'),
        namespaces: maybe(NAMESPACES),
        class: RAISED,
      }),
      { maxLength: 3 },
    ),
  ),
  cel: maybe(
    fc.uniqueArray(
      fc.record({
        name: fc.constantFrom('a', 'b', 'c'),
        expression: fc.constantFrom(...EXPRESSIONS),
        raises: RAISED,
      }),
      { maxLength: 3, selector: ({ name }) => name },
    ),
  ),
  userPresence: maybe(
    fc.array(fc.record({ classes: maybe(some('Routine', 'Change', 'Destructive')), namespaces: maybe(NAMESPACES) }), {
      maxLength: 2,
    }),
  ),
})

/** The policy as the API server stores it: what is not said is absent. */
function policyOf(generated: unknown): ActionPolicy {
  const said = JSON.parse(JSON.stringify(generated)) as ActionPolicy['spec']
  const read = parseObject('ActionPolicy', {
    apiVersion: 'obstat.dev/v1alpha1',
    kind: 'ActionPolicy',
    metadata: { name: 'cluster' },
    spec: said,
  })
  if (!read.ok) throw new Error(JSON.stringify(read.issues))
  return read.value
}

const policies = spec.map(policyOf)
const rank = ({ classification }: Decision): number => CLASSES.indexOf(classification.class)

describe('any ActionPolicy', () => {
  it('lets through nothing that would be refused without it, and lowers no class', () => {
    fc.assert(
      fc.property(fc.constantFrom(...cases), policies, (it, policy) => {
        const without = decisionOf(it.case, { policy: null })
        const judged = decisionOf(it.case, { policy })
        if (without.verdict === 'Deny') expect(judged.verdict, it.name).to.equal('Deny')
        // An approval that does not hold makes a write Tampering only where nothing else refuses it.
        if (without.reason !== 'NeverAllowed') expect(rank(judged), it.name).to.be.at.least(rank(without))
        const found = new Set(judged.classification.findings.map(({ rule }) => rule))
        for (const { rule } of without.classification.findings) expect(found, it.name).to.include(rule)
      }),
      { numRuns: 1000 },
    )
  })

  it('changes some decisions, or this file would prove nothing', () => {
    const seen = new Set(
      fc
        .sample(fc.tuple(fc.constantFrom(...cases), policies), { numRuns: 2000, seed: 7 })
        .filter(([it]) => decisionOf(it.case, { policy: null }).verdict === 'Allow')
        .map(([it, policy]) => decisionOf(it.case, { policy }).verdict),
    )
    expect(seen).to.have.keys('Allow', 'Deny')
  })
})
