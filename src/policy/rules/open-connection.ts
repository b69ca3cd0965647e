import { classOfVerb } from '../classify.ts'
import type { Rule } from '../rule.ts'
import { found, quote } from '../rule.ts'

/**
 * What flows through an open connection is in no review: keystrokes of a session, packets of a port-forward, calls
 * through a proxy. Nobody could say what they would sign. Judged by verb already; this rule says so in words.
 */
export const openConnection: Rule = {
  id: 'open-connection',
  remedy: 'Run one command without stdin and terminal (kubectl exec POD -- COMMAND): a person can judge and sign that.',
  raises: 'Escalation',
  matches: [{ operations: ['CONNECT'], group: '*', resource: '*/*' }],
  find: (request) =>
    classOfVerb(request) === 'Escalation'
      ? found(
          `opens a connection to ${quote(request.name)} (${request.subresource}), and what flows through it is in no request`,
        )
      : null,
}
