import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stringify } from 'yaml'
import type { JsonObject } from '../src/api/json.ts'
import type { Approver, GovernedAgent } from '../src/api/objects.ts'
import { ORDINARY, PROTECTED, storedIn } from './reviews/cases.ts'
import { uidAt } from './reviews/objects.ts'
import { AGENT } from './reviews/review.ts'

/** Longer than any measurement: nothing expires under way. */
const DAY_SECONDS = 86_400

/** The agent of all reviews: trusted as far as there is, in every Namespace. */
export const governedAgent: GovernedAgent = {
  apiVersion: 'obstat.dev/v1alpha1',
  kind: 'GovernedAgent',
  metadata: { name: AGENT.name },
  spec: {
    subjects: [{ kind: 'ServiceAccount', ...AGENT }],
    trustPhase: 'AutonomousL1',
    scope: [{ apiGroups: ['*'], resources: ['*/*'], operations: ['*'], namespaces: ['*'] }],
    approval: { requestTtlSeconds: DAY_SECONDS, approvalTtlSeconds: DAY_SECONDS },
  },
}

const namespace = (name: string, labels: Readonly<Record<string, string>> = {}): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, uid: uidAt({ namespace: '', name }), labels: { 'kubernetes.io/metadata.name': name, ...labels } },
})

/**
 * Writes what `obstat serve --standalone` judges by: the agent, one person, the Namespaces, and what rules read live.
 */
export function writeFolder(directory: string, approver: Approver): void {
  mkdirSync(directory, { mode: 0o700 })
  const objects: readonly (readonly [file: string, object: object])[] = [
    ['agent', governedAgent],
    ['approver', approver],
    ['namespace-kube-system', namespace('kube-system')],
    ...[AGENT.namespace, ORDINARY].map((name) => [`namespace-${name}`, namespace(name)] as const),
    [`namespace-${PROTECTED}`, namespace(PROTECTED, { 'obstat.dev/protected': 'true' })],
    ...storedIn().map((object, at) => [`stored-${at}`, object] as const),
  ]
  for (const [file, object] of objects)
    writeFileSync(join(directory, `${file}.yaml`), stringify(object, { aliasDuplicateObjects: false }), { mode: 0o600 })
}
