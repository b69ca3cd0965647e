import { identitiesIn } from '../agents.ts'
import type { Check } from '../finding.ts'
import { aggregatedGroups, loadRbac } from '../granted.ts'
import { rightsOf } from '../rights.ts'

/** What RBAC leaves each agent that admission never sees, or that only obstat stands before. */
export const rights: Check = {
  id: 'rights',
  asks: 'what does RBAC leave each agent that obstat cannot see?',
  isForPre: true,
  run: async ({ api, namespace }) => {
    const [identities, rbac, aggregated] = await Promise.all([
      identitiesIn(api, namespace),
      loadRbac(api),
      aggregatedGroups(api),
    ])
    return identities.flatMap((identity) => rightsOf(rbac, identity, aggregated, namespace))
  },
}
