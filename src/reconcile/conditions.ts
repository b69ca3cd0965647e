import { POLICY_NAME } from '../api/names.ts'
import type { ActionPolicy, GovernedAgent } from '../api/objects.ts'
import type { Client } from '../cluster/client.ts'
import { isConflict, isNotFound } from '../cluster/errors.ts'
import { ownStatus } from '../cluster/paths.ts'
import { expressionIssues } from '../policy/action-policy.ts'

type Condition = NonNullable<NonNullable<GovernedAgent['status']>['conditions']>[number]
export type Claim = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>

/** Requests of this agent reach obstat, or why they may not. */
export const enforced = (problem: string | null): Claim =>
  problem === null
    ? { type: 'Enforced', status: 'True', reason: 'WebhookCoversAgent', message: 'requests of this agent reach obstat' }
    : { type: 'Enforced', status: 'False', reason: 'WebhookNotCurrent', message: problem.slice(0, 1000) }

/** This policy counts, whole; or why it does not. */
export function accepted(policy: ActionPolicy): Claim {
  const refused = (reason: string, message: string): Claim => ({
    type: 'Accepted',
    status: 'False',
    reason,
    message: message.slice(0, 1000),
  })
  if (policy.metadata.name !== POLICY_NAME)
    return refused('OtherName', `only the ActionPolicy named "${POLICY_NAME}" counts`)
  const issues = expressionIssues(policy)
  return issues.length === 0
    ? { type: 'Accepted', status: 'True', reason: 'InForce', message: 'every agent is judged by it' }
    : refused('ExpressionInvalid', issues.map(({ path, message }) => `${path}: ${message}`).join('; '))
}

/**
 * The object with this condition in its status, or null when it says so already. The time changes only with the status
 * of the condition (metav1.Condition); conditions of others stay as they are.
 */
export function withCondition<T extends GovernedAgent | ActionPolicy>(object: T, claim: Claim, now: Date): T | null {
  const conditions = object.status?.conditions ?? []
  const generation = object.metadata.generation ?? 0
  const before = conditions.find((condition) => condition.type === claim.type)
  const isSame =
    before?.status === claim.status &&
    before.reason === claim.reason &&
    before.message === claim.message &&
    before.observedGeneration === generation
  if (isSame) return null
  const changedAt = before?.status === claim.status ? before.lastTransitionTime : `${now.toISOString().slice(0, 19)}Z`
  const after: Condition = { ...claim, observedGeneration: generation, lastTransitionTime: changedAt }
  return {
    ...object,
    status: {
      ...object.status,
      observedGeneration: generation,
      conditions: [...conditions.filter((condition) => condition.type !== claim.type), after],
    },
  }
}

/** Writes the condition where it is not yet so. */
export async function writeEnforced(
  client: Client,
  agents: readonly GovernedAgent[],
  problem: string | null,
  signal: AbortSignal,
): Promise<void> {
  for (const agent of agents) await writeClaim(client, agent, enforced(problem), signal)
}

/** Says of every ActionPolicy whether it counts. */
export async function writeAccepted(
  client: Client,
  policies: readonly ActionPolicy[],
  signal: AbortSignal,
): Promise<void> {
  for (const policy of policies) await writeClaim(client, policy, accepted(policy), signal)
}

/** Writes one condition. False where the object has changed or gone since it was read. */
export async function writeClaim(
  client: Client,
  object: GovernedAgent | ActionPolicy,
  claim: Claim,
  signal: AbortSignal,
): Promise<boolean> {
  const next = withCondition(object, claim, new Date())
  if (next === null) return true
  try {
    await client.replace(ownStatus(object.kind, object.metadata.name), next, { signal })
    return true
  } catch (cause) {
    // It has changed or gone since: the watch says so, and the next round writes to what is there.
    if (!isConflict(cause) && !isNotFound(cause)) throw cause
    return false
  }
}
