import type { Check } from '../finding.ts'
import { unbind } from '../close.ts'
import { grantedTo, loadRbac } from '../granted.ts'
import { described } from '../ways-round.ts'

/**
 * Without credentials an agent is `system:anonymous` in `system:unauthenticated`, and no agent to obstat. RBAC's own
 * defaults give those two no resource (system:public-info-viewer has URLs only).
 */
export const anonymous: Check = {
  id: 'anonymous',
  asks: 'what may somebody do who leaves their credentials out?',
  isForPre: true,
  run: async ({ api }) => {
    const rbac = await loadRbac(api)
    const granted = [
      ...grantedTo(rbac, [{ kind: 'User', name: 'system:anonymous' }]),
      ...grantedTo(rbac, [{ kind: 'Group', name: 'system:unauthenticated' }]),
    ].filter(({ resources, grant }) => resources.length > 0 && NOBODY.has(grant.subjectName))
    if (granted.length === 0) return []
    return [
      {
        id: 'anonymous',
        level: 'critical',
        subject: 'RBAC',
        what: 'gives rights to whoever shows no credentials: an agent that leaves its own out is not judged',
        evidence: [...new Set(granted.map((rule) => described(rule)))],
        fix: [...new Set(granted.map(unbind))],
      },
    ]
  },
}

const NOBODY: ReadonlySet<string> = new Set(['system:anonymous', 'system:unauthenticated'])
