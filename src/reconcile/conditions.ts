import type { GovernedAgent } from '../api/objects.ts'
import type { Client } from '../cluster/client.ts'
import { isConflict, isNotFound } from '../cluster/errors.ts'
import { ownStatus } from '../cluster/paths.ts'

type Condition = NonNullable<NonNullable<GovernedAgent['status']>['conditions']>[number]
export type Claim = Pick<Condition, 'type' | 'status' | 'reason' | 'message'>

/** Requests of this agent reach obstat, or why they may not. */
export const enforced = (problem: string | null): Claim =>
  problem === null
    ? { type: 'Enforced', status: 'True', reason: 'WebhookCoversAgent', message: 'requests of this agent reach obstat' }
    : { type: 'Enforced', status: 'False', reason: 'WebhookNotCurrent', message: problem.slice(0, 1000) }

/**
 * The agent with this condition in its status, or null when it says so already. The time changes only with the status
 * of the condition (metav1.Condition); conditions of others stay as they are.
 */
export function withCondition(agent: GovernedAgent, claim: Claim, now: Date): GovernedAgent | null {
  const conditions = agent.status?.conditions ?? []
  const generation = agent.metadata.generation ?? 0
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
    ...agent,
    status: {
      ...agent.status,
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
  for (const agent of agents) {
    const next = withCondition(agent, enforced(problem), new Date())
    if (next === null) continue
    try {
      await client.replace(ownStatus('GovernedAgent', agent.metadata.name), next, { signal })
    } catch (cause) {
      // It has changed or gone since: the watch says so, and the next round writes to what is there.
      if (!isConflict(cause) && !isNotFound(cause)) throw cause
    }
  }
}
