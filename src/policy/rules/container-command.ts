import { codeChanges } from '../objects/code.ts'
import { containerChanges, renamedContainers } from '../objects/containers.ts'
import { listed, named } from '../objects/named.ts'
import { podSpecChanges } from '../objects/pod-specs.ts'
import type { Rule } from '../rule.ts'
import { found, quote } from '../rule.ts'

/**
 * Another command, argument, working directory, hook or exec probe is another program with the data and the rights of
 * the workload. An image of one's own repository was built by somebody; a command line was made up. A new object is
 * left alone: it has no data yet, unless it mounts some (secret-or-claim). A container that is new where one is gone is
 * compared with that, too: it may be the same under a new name.
 * Source: core/v1 Container, Lifecycle, ExecAction.
 */
export const containerCommand: Rule = {
  id: 'container-command',
  remedy: 'Change the image tag, environment or ConfigMap instead, or ask an approver.',
  raises: 'Destructive',
  matches: [{ operations: ['UPDATE'], group: '*', resource: '*/*' }],
  find: (request, facts) => {
    const changed = podSpecChanges(request, facts).flatMap(({ from, to }) =>
      [...containerChanges(from, to), ...renamedContainers(from, to)].flatMap((container) =>
        container.to.list === 'ephemeralContainers'
          ? []
          : codeChanges(container).map((what) => `${what} of container ${quote(container.name)}`),
      ),
    )
    return changed.length === 0 ? null : found(`changes ${listed([...new Set(changed)])} in ${named(request)}`)
  },
}
