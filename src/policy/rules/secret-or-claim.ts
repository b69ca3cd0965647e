import type { Json } from '../../api/json.ts'
import { list, text } from '../../api/json.ts'
import { claimSources, dataSources } from '../objects/data-sources.ts'
import { cronJobReads } from '../objects/cron-job-run.ts'
import { listed, named } from '../objects/named.ts'
import { podSpecChanges } from '../objects/pod-specs.ts'
import type { Rule } from '../rule.ts'
import { found } from '../rule.ts'

/**
 * A pod that mounts a Secret or a claim, or has a Secret in its environment, reads and overwrites what others rely on.
 * Finds what a new pod takes, and what a template did not take before: another Secret, another key of it, another
 * container that gets it, a claim of its own that starts as a copy of another. Without its claim a workload writes into a
 * container that forgets, so taking one away counts.
 * Source: core/v1 VolumeSource, EnvVarSource, EnvFromSource; apps/v1 StatefulSetSpec.volumeClaimTemplates.
 */
export const secretOrClaim: Rule = {
  id: 'secret-or-claim',
  remedy: 'Use a ConfigMap, an emptyDir or a claim template of its own, or ask an approver.',
  raises: 'Destructive',
  matches: [{ operations: ['CREATE', 'UPDATE'], group: '*', resource: '*/*' }],
  needs: cronJobReads,
  find: (request, facts) => {
    const changes = [
      ...podSpecChanges(request, facts).map(({ from, to }) => [dataSources(from), dataSources(to)] as const),
      [templateSources(request.oldObject), templateSources(request.object)] as const,
    ]
    const added = changes.flatMap(([before, after]) => only(after, before))
    if (added.length > 0) return found(`gives pods of ${named(request)} ${listed([...new Set(added)])}`)
    const taken = changes.flatMap(([before, after]) => only(before, after))
    return taken.length === 0 ? null : found(`takes ${listed([...new Set(taken)])} from pods of ${named(request)}`)
  },
}

const only = (these: ReadonlyMap<string, string>, those: ReadonlyMap<string, string>): readonly string[] =>
  [...these].filter(([key]) => !those.has(key)).map(([, what]) => what)

/** What the claims start from that a StatefulSet, or what looks like one, makes for its pods. */
const templateSources = (object: Json): ReadonlyMap<string, string> =>
  new Map(
    list(object, 'spec', 'volumeClaimTemplates').flatMap((template) =>
      claimSources(template).map(({ key, what }) => [`${text(template, 'metadata', 'name')} ${key}`, what]),
    ),
  )
