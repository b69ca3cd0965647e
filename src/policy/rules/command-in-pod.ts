import { list } from '../../api/json.ts'
import { classOfVerb } from '../classify.ts'
import type { Rule } from '../rule.ts'
import { found, quote } from '../rule.ts'

/**
 * A command in a running container can do whatever its process may: delete data, read mounted Secrets. Without stdin
 * and terminal the whole command is in the act, so a person can judge it. Reads the options of the CONNECT (core/v1
 * PodExecOptions, PodAttachOptions).
 */
export const commandInPod: Rule = {
  id: 'command-in-pod',
  remedy: 'Read logs, events and metrics instead of running a command.',
  raises: 'Destructive',
  matches: [
    { operations: ['CONNECT'], group: '', resource: 'pods/exec' },
    { operations: ['CONNECT'], group: '', resource: 'pods/attach' },
  ],
  find: (request) => {
    if (classOfVerb(request) !== 'Destructive') return null
    const command = list(request.object, 'command').map((word) => (typeof word === 'string' ? quote(word) : '?'))
    return found(
      request.subresource === 'attach'
        ? `attaches to the output of pod ${quote(request.name)}`
        : `runs ${command.join(' ')} in pod ${quote(request.name)}`,
    )
  },
}
