import { statusOf } from '../api/status.ts'
import { aggregated } from './checks/aggregated.ts'
import { anonymous } from './checks/anonymous.ts'
import { armed } from './checks/armed.ts'
import { canary } from './checks/canary.ts'
import { certificates } from './checks/certificates.ts'
import { clock } from './checks/clock.ts'
import { conversion } from './checks/conversion.ts'
import { enforcement } from './checks/enforcement.ts'
import { identities } from './checks/identities.ts'
import { metrics } from './checks/metrics.ts'
import { mutators } from './checks/mutators.ts'
import { policyApi } from './checks/policy-api.ts'
import { replicas } from './checks/replicas.ts'
import { rights } from './checks/rights.ts'
import type { Check, Finding } from './finding.ts'
import { LEVELS } from './finding.ts'
import type { Look } from './look.ts'

/** Every check, in order of id. */
export const CHECKS: readonly Check[] = [
  aggregated,
  anonymous,
  armed,
  canary,
  certificates,
  clock,
  conversion,
  enforcement,
  identities,
  metrics,
  mutators,
  policyApi,
  replicas,
  rights,
]

/**
 * All findings, the worst first. What the API server refuses to show is a finding too; when nobody answers, it throws.
 */
export async function examine(look: Look, checks: readonly Check[]): Promise<readonly Finding[]> {
  const found = await Promise.all(checks.map((check) => attempt(check, look)))
  return found
    .flat()
    .sort(
      (a, b) =>
        LEVELS.indexOf(a.level) - LEVELS.indexOf(b.level) || compare(a.id, b.id) || compare(a.subject, b.subject),
    )
}

const compare = (a: string, b: string): number => (a === b ? 0 : a < b ? -1 : 1)

async function attempt(check: Check, look: Look): Promise<readonly Finding[]> {
  try {
    return await check.run(look)
  } catch (cause) {
    if (statusOf(cause) === 0) throw cause
    return [
      {
        id: 'unchecked',
        level: 'warning',
        subject: `check ${check.id}`,
        what: `was not made: ${check.asks}`,
        evidence: [cause instanceof Error ? cause.message : String(cause)],
        fix: ['Run it as somebody who may read this, such as cluster-admin.'],
      },
    ]
  }
}
