import { GROUP } from '../../api/names.ts'
import { text } from '../../api/json.ts'
import type { Request } from '../request.ts'
import { subject } from '../request.ts'
import type { Rule } from '../rule.ts'
import { found } from '../rule.ts'
import { titleOf } from '../objects/metadata.ts'

/**
 * An agent that writes GovernedAgents, Approvers or ApprovalRequests, or the definitions of these kinds, rewrites its
 * own limits. Reads the API group, and of a CustomResourceDefinition its name and group: a name is `<plural>.<group>`
 * (apiextensions.k8s.io/v1), and a DELETE may show nothing else.
 */
export const obstatObjects: Rule = {
  id: 'obstat-objects',
  remedy: 'Ask a person to change it: an agent never writes what governs it.',
  raises: 'Tampering',
  matches: [{ operations: '*', group: '*', resource: '*/*' }],
  find: (request) =>
    isOurs(request.group) || definesOurs(request) ? found(`writes ${titleOf(request)}, an object of ${GROUP}`) : null,
}

const isOurs = (group: string): boolean => group === GROUP || group.endsWith(`.${GROUP}`)

const definesOurs = (request: Request): boolean =>
  request.group === 'apiextensions.k8s.io' &&
  (request.name.endsWith(`.${GROUP}`) || isOurs(text(subject(request), 'spec', 'group')))
