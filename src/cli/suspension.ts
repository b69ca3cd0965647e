import type { Arguments } from './arguments.ts'
import { titleOf } from './apply.ts'
import { Refused, UsageError } from './command.ts'
import { pathOf } from './objects.ts'
import type { Cluster } from './ports.ts'
import { statusOf } from './ports.ts'
import { printable } from './printable.ts'

/** The agent that was named, or null for all of them. Throws UsageError for neither and for both. */
export function everyoneOr(given: Arguments): string | null {
  const [agent = ''] = given.operands
  if (given.has('all') && agent !== '') throw new UsageError('--all is for every agent; leave the name out')
  if (given.has('all')) return null
  if (agent === '') throw new UsageError('AGENT is missing: the name of a GovernedAgent, or --all')
  return agent
}

/**
 * Sets the agent's kill switch, and answers the agent as kubectl names it. Throws Refused where there is no such agent.
 */
export async function setSuspended(
  cluster: Cluster,
  agent: string,
  { isSuspended, reason }: { readonly isSuspended: boolean; readonly reason: string | null },
): Promise<string> {
  const spec = { suspended: isSuspended, suspendedReason: reason }
  try {
    const contentType = 'application/merge-patch+json'
    return titleOf(await cluster.patch(pathOf('GovernedAgent', agent), { spec }, { contentType }))
  } catch (cause) {
    if (statusOf(cause) !== 404) throw cause
    throw new Refused(`there is no GovernedAgent ${printable(agent)}; kubectl get governedagents lists them`, { cause })
  }
}
