import { entries, field, text } from '../../api/json.ts'
import type { Json } from '../../api/json.ts'
import { changes } from '../../signing/diff.ts'
import type { Facts } from '../facts.ts'
import { isUnder } from '../objects/custom-resource.ts'
import { nodeKeysOf } from '../objects/nodes.ts'
import { stepsOf } from '../objects/turns.ts'
import { listOf } from '../read.ts'
import type { Request } from '../request.ts'
import type { Rule } from '../rule.ts'
import { found, quote } from '../rule.ts'

/**
 * Labels and annotations of a node that schedulers, load balancers, autoscalers, networks and drivers act on: a zone or
 * role label moves pods and volumes, exclude-from-external-load-balancers cuts traffic, an annotation of a network or
 * of Cluster API takes the node away. Known are Kubernetes' own domains ("Well-Known Labels, Annotations and Taints")
 * and those of the makers below. Of other labels, one that a DaemonSet chooses its nodes by: its pods are deleted when
 * it goes (read live).
 */
export const nodeMetadata: Rule = {
  id: 'node-metadata',
  remedy: 'Use a key under a domain of your own that nothing selects on.',
  raises: 'Destructive',
  matches: [
    { operations: ['UPDATE'], group: '', resource: 'nodes' },
    { operations: ['UPDATE'], group: '', resource: 'nodes/*' },
  ],
  needs: (request) => (changedKeys(request, 'labels').some((key) => !isKnown(key)) ? [DAEMON_SETS] : []),
  find: (request, facts) => {
    const labels = changedKeys(request, 'labels')
    const known = labels.find(isKnown) ?? changedKeys(request, 'annotations').find(isKnown)
    if (known !== undefined)
      return found(`changes ${quote(known)} on Node ${quote(request.name)}, which schedulers and controllers act on`)
    const used = labels.flatMap((key) => selectors(key, facts).map((name) => ({ key, name })))[0]
    return used === undefined
      ? null
      : found(
          `changes label ${quote(used.key)} on Node ${quote(request.name)}, by which DaemonSet ${quote(used.name)} chooses its nodes`,
        )
  },
}

const DAEMON_SETS = listOf('apps', 'v1', 'daemonsets', '')

/** Domains whose keys on nodes mean something to a controller, Kubernetes' own first. */
const DOMAINS: readonly string[] = [
  'kubernetes.io',
  'k8s.io',
  'x-k8s.io',
  // Clouds and distributions.
  'eks.amazonaws.com',
  'k8s.aws',
  'amazonaws.com',
  'alpha.eksctl.io',
  'cloud.google.com',
  'gke.io',
  'networking.gke.io',
  'kubernetes.azure.com',
  'digitalocean.com',
  'hcloud',
  'openshift.io',
  'k3s.io',
  'rke2.io',
  'cattle.io',
  'talos.dev',
  'flatcar-linux.net',
  'flatcar-linux-update.v1.flatcar-linux.net',
  // Autoscalers, schedulers and what reboots nodes.
  'karpenter.sh',
  'volcano.sh',
  'koordinator.sh',
  'yunikorn.apache.org',
  'run.ai',
  'medik8s.io',
  'weave.works',
  'kured.dev',
  // Networks and load balancers.
  'projectcalico.org',
  'cilium.io',
  'coreos.com',
  'k8s.ovn.org',
  'metallb.io',
  'metallb.universe.tf',
  'submariner.io',
  // Storage, devices and virtual machines.
  'longhorn.io',
  'rook.io',
  'openebs.io',
  'linbit.com',
  'portworx.io',
  'nvidia.com',
  'amd.com',
  'intel.com',
  'kubevirt.io',
]

/** Unprefixed label keys that managed clusters set and select on. */
const BARE_KEYS: ReadonlySet<string> = new Set(['agentpool', 'storageprofile', 'storagetier'])

function isKnown(key: string): boolean {
  // kubectl's own record of what was applied: it says nothing to a controller.
  if (key === 'kubectl.kubernetes.io/last-applied-configuration') return false
  const slash = key.indexOf('/')
  if (slash < 0) return BARE_KEYS.has(key)
  const domain = key.slice(0, slash)
  return domain.startsWith('topology.') || DOMAINS.some((known) => isUnder(domain, known))
}

const changedKeys = (request: Request, map: 'labels' | 'annotations'): readonly string[] =>
  changes(own(request.oldObject, map), own(request.object, map)).map(({ path }) => stepsOf(path)[0] ?? '')

const own = (node: Json, map: string): Json => Object.fromEntries(entries(node, 'metadata', map))

const selectors = (key: string, facts: Facts): readonly string[] =>
  isKnown(key)
    ? []
    : facts.live
        .list(DAEMON_SETS)
        .filter((set) => nodeKeysOf(field(set, 'spec', 'template', 'spec')).includes(key))
        .map((set) => text(set, 'metadata', 'name'))
