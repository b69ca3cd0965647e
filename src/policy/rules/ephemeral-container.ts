import { containersOf } from '../objects/containers.ts'
import { podSpecChanges } from '../objects/pod-specs.ts'
import type { Rule } from '../rule.ts'
import { found, quote } from '../rule.ts'

/**
 * An ephemeral container runs a command of the agent's choice inside a running pod, beside its processes and data, and
 * can't be taken out again. A privileged one is worse (host-access).
 * Source: KEP-277; core/v1 EphemeralContainer.
 */
export const ephemeralContainer: Rule = {
  id: 'ephemeral-container',
  remedy: 'Read logs, events and metrics instead, or ask a person to look into the pod.',
  raises: 'Destructive',
  matches: [
    { operations: ['CREATE', 'UPDATE'], group: '', resource: 'pods' },
    { operations: ['UPDATE'], group: '', resource: 'pods/ephemeralcontainers' },
  ],
  find: (request, facts) => {
    const added = podSpecChanges(request, facts).flatMap(({ from, to }) => {
      const before = new Set(containersOf(from).map(({ name }) => name))
      return containersOf(to).filter(({ list, name }) => list === 'ephemeralContainers' && !before.has(name))
    })
    const [first] = added
    return first === undefined
      ? null
      : found(`runs ephemeral container ${quote(first.name)} in pod ${quote(request.name)}`)
  },
}
