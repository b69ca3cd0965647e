import { entries, text } from '../api/json.ts'
import { REASON_ANNOTATION } from '../api/names.ts'
import type { StandbyMode } from '../api/names.ts'
import { isStandbyName, standbyBinding, standbyMode } from '../enforcement/standby.ts'
import { getOrNull, titleOf } from './apply.ts'
import { Refused } from './command.ts'
import type { Cluster } from './ports.ts'

const ADMISSION = '/apis/admissionregistration.k8s.io/v1'
const BINDINGS = `${ADMISSION}/validatingadmissionpolicybindings`

/** One binding of the standby policy, and what it said before. */
export interface Switched {
  /** As kubectl names it. */
  readonly title: string
  readonly before: StandbyMode
}

/**
 * Has every binding of the standby policy say this, whether obstat runs or not; null for no reason. Throws Refused
 * where there is no such policy.
 */
export async function switchStandby(
  cluster: Cluster,
  mode: Exclude<StandbyMode, 'EnforcedByLeader'>,
  reason: string | null,
): Promise<readonly Switched[]> {
  const { items } = await cluster.list(`${ADMISSION}/validatingadmissionpolicies`)
  const names = items.map((policy) => text(policy, 'metadata', 'name')).filter(isStandbyName)
  if (names.length === 0)
    throw new Refused(`${cluster.server} has no standby policy: obstat makes it when it first runs`)
  const switched: Switched[] = []
  for (const name of names) {
    const path = `${BINDINGS}/${name}`
    const before = await getOrNull(cluster, path)
    const binding = standbyBinding(name, mode)
    const annotations = {
      ...Object.fromEntries(entries(binding, 'metadata', 'annotations')),
      ...(reason === null && before === null ? {} : { [REASON_ANNOTATION]: reason }),
    }
    const metadata = { ...Object.fromEntries(entries(binding, 'metadata')), annotations }
    const spec = Object.fromEntries(entries(binding, 'spec'))
    if (before === null) await cluster.create(BINDINGS, { ...binding, metadata })
    // What only the other mode has goes.
    else await cluster.patch(path, { metadata, spec: { matchResources: null, ...spec } }, MERGE)
    switched.push({ title: titleOf(binding), before: standbyMode(before) })
  }
  return switched
}

const MERGE = { contentType: 'application/merge-patch+json' } as const
