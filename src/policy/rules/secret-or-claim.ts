import type { Json } from '../../api/json.ts'
import { list, text } from '../../api/json.ts'
import { hiddenPaths, templateMounts } from '../objects/claim-mounts.ts'
import { claimSources, dataSources } from '../objects/data-sources.ts'
import { cronJobReads } from '../objects/cron-job-run.ts'
import { listed, named } from '../objects/named.ts'
import type { PodSpecChange } from '../objects/pod-specs.ts'
import { podSpecChanges } from '../objects/pod-specs.ts'
import { given } from '../objects/walk.ts'
import type { Request } from '../request.ts'
import type { Rule } from '../rule.ts'
import { found, quote } from '../rule.ts'

/**
 * A pod that mounts a Secret or a claim, or has a Secret in its environment, reads and overwrites what others rely on.
 * Finds what a new pod takes, and what a template did not take before: another Secret, another key of it, another
 * container that gets it, a claim of its own that starts as a copy of another. Without its claim a workload writes into
 * a container that forgets, so taking one away counts, and so does mounting what is gone with the pod over a part of
 * it.
 * Source: core/v1 VolumeSource, EnvVarSource, EnvFromSource; apps/v1 StatefulSetSpec.volumeClaimTemplates.
 */
export const secretOrClaim: Rule = {
  id: 'secret-or-claim',
  remedy: 'Use a ConfigMap, an emptyDir or a claim template of its own, or ask an approver.',
  raises: 'Destructive',
  matches: [{ operations: ['CREATE', 'UPDATE'], group: '*', resource: '*/*' }],
  needs: cronJobReads,
  find: (request, facts) => {
    const pods = podSpecChanges(request, facts)
    const changes = [
      ...pods.map(({ from, to }) => [dataSources(from), dataSources(to)] as const),
      ...pods.map((change) => ownMounts(change, request)),
      [templateSources(request.oldObject), templateSources(request.object)] as const,
      [machineSources(request.oldObject), machineSources(request.object)] as const,
    ]
    const added = changes.flatMap(([before, after]) => only(after, before))
    if (added.length > 0) return found(`gives pods of ${named(request)} ${listed([...new Set(added)])}`)
    const taken = changes.flatMap(([before, after]) => only(before, after))
    if (taken.length > 0) return found(`takes ${listed([...new Set(taken)])} from pods of ${named(request)}`)
    const hidden = request.operation === 'UPDATE' ? pods.flatMap((change) => hiddenAnew(change, request)) : []
    return hidden.length === 0 ? null : found(`mounts over the claims of ${named(request)} at ${listed(hidden)}`)
  },
}

/** A new set has claims of its own, which hold nothing yet. */
const ownMounts = ({ from, to }: PodSpecChange, { operation, oldObject, object }: Request) =>
  operation === 'UPDATE'
    ? ([templateMounts(from, oldObject), templateMounts(to, object)] as const)
    : ([new Map<string, string>(), new Map<string, string>()] as const)

function hiddenAnew({ from, to }: PodSpecChange, { oldObject, object }: Request): readonly string[] {
  const before = hiddenPaths(from, oldObject)
  return [...hiddenPaths(to, object)].filter((path) => !before.has(path)).map(quote)
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

/** The disks of a virtual machine (kubevirt.io/v1 Volume) but those that it brings itself. */
const machineSources = (object: Json): ReadonlyMap<string, string> =>
  new Map(
    [given(object, 'spec', 'template', 'spec'), given(object, 'spec')]
      .filter((spec) => given(spec, 'domain') !== undefined)
      .flatMap((spec) => list(spec, 'volumes'))
      .flatMap((volume) =>
        DISKS.flatMap(([kind, key]) => {
          const name = text(volume, kind, key)
          return name === '' || isOwnDisk(object, name)
            ? []
            : [[`${text(volume, 'name')} ${kind} ${name}`, `${kind} ${quote(name)}`] as const]
        }),
      ),
  )

const DISKS = [
  ['persistentVolumeClaim', 'claimName'],
  ['dataVolume', 'name'],
  ['secret', 'secretName'],
] as const

const isOwnDisk = (object: Json, name: string): boolean =>
  list(object, 'spec', 'dataVolumeTemplates').some((template) => text(template, 'metadata', 'name') === name)
