import type { People } from '../policy/approvals/standing.ts'
import { agentsOf, approversOf, policyOf } from './objects.ts'
import type { Cluster } from './ports.ts'

/** What standings are judged by, read once for all requests. */
export const readPeople = async (cluster: Cluster): Promise<People> => {
  const [approvers, agents, policy] = await Promise.all([approversOf(cluster), agentsOf(cluster), policyOf(cluster)])
  return { approvers, agents, policy }
}
