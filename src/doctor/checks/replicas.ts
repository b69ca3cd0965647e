import type { Json } from '../../api/json.ts'
import { field, text } from '../../api/json.ts'
import type { Check, Finding, Level } from '../finding.ts'
import { isReady } from '../../policy/objects/pod-removal.ts'
import { labelsOf, selects } from '../../policy/objects/selectors.ts'
import type { Look } from '../look.ts'
import { allOf, orNull } from '../look.ts'

/** A leader renews every two seconds or so. */
const MAX_LEASE_AGE_MS = 30_000

/** Does anybody run, and does it last when one machine goes? An obstat outside the cluster has only its Lease here. */
export const replicas: Check = {
  id: 'replicas',
  asks: 'does obstat run, and go on when a node goes?',
  isForPre: false,
  run: async (look) => {
    const { api, namespace } = look
    const base = `namespaces/${namespace}`
    const [leader, deployment, pods, budgets, nodes] = await Promise.all([
      leading(look),
      orNull(api.get(`/apis/apps/v1/${base}/deployments/obstat`)),
      allOf(api, `/api/v1/${base}/pods`),
      allOf(api, `/apis/policy/v1/${base}/poddisruptionbudgets`),
      allOf(api, '/api/v1/nodes'),
    ])
    if (deployment === null) return leader
    return [...leader, ...spread({ deployment, pods, budgets, nodes, namespace })]
  },
}

async function leading({ live, namespace, now }: Look): Promise<readonly Finding[]> {
  const lease = await orNull(live.get(`/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases/obstat`))
  const renewed = text(lease, 'spec', 'renewTime')
  const isHeld = text(lease, 'spec', 'holderIdentity') !== ''
  if (isHeld && now().getTime() - Date.parse(renewed) < MAX_LEASE_AGE_MS) return []
  return [
    {
      id: 'replicas/no-leader',
      level: 'warning',
      subject: `Lease ${namespace}/obstat`,
      what: 'is held by nobody: nothing that somebody changes is put back, and agents may be stopped',
      evidence: [lease === null ? 'it is not there' : `last renewed ${renewed === '' ? 'never' : renewed}`],
      fix: [`kubectl get pods -n ${namespace} -l app.kubernetes.io/name=obstat  # or start obstat serve`],
    },
  ]
}

interface Parts {
  readonly deployment: Json
  readonly pods: readonly Json[]
  readonly budgets: readonly Json[]
  readonly nodes: readonly Json[]
  readonly namespace: string
}

function spread({ deployment, pods, budgets, nodes, namespace }: Parts): readonly Finding[] {
  const finding = (id: string, what: string, evidence: string, fix: string, level: Level = 'warning'): Finding => ({
    id: `replicas/${id}`,
    level,
    subject: `Deployment ${namespace}/obstat`,
    what,
    evidence: [evidence],
    fix: [fix],
  })
  const template = labelsOf(field(deployment, 'spec', 'template') ?? null)
  const running = pods.filter((pod) => selects(field(deployment, 'spec', 'selector'), labelsOf(pod)) && isServing(pod))
  const places = new Set(running.map((pod) => text(pod, 'spec', 'nodeName')))
  const usable = nodes.filter((node) => field(node, 'spec', 'unschedulable') !== true)
  const covered = budgets.some((budget) => selects(field(budget, 'spec', 'selector'), template))
  return [
    ...(running.length >= 2
      ? []
      : [
          finding(
            'few',
            running.length === 0
              ? 'has no replica that is ready: agents are stopped'
              : 'has one replica: agents stop when it does',
            `${running.length} ready, spec.replicas ${JSON.stringify(field(deployment, 'spec', 'replicas') ?? 1)}`,
            `kubectl scale deployment obstat -n ${namespace} --replicas=2`,
          ),
        ]),
    ...(running.length < 2 || places.size > 1
      ? []
      : [
          finding(
            'one-node',
            'has all its replicas on one node: agents stop when it does',
            `${running.length} ready on node ${[...places].join()}, of ${usable.length} nodes`,
            usable.length > 1
              ? `kubectl rollout restart deployment obstat -n ${namespace}`
              : 'Add a node, or let agents stop with this one.',
          ),
        ]),
    ...(covered
      ? []
      : [
          finding(
            'no-budget',
            'has no PodDisruptionBudget: draining nodes may take every replica at once',
            `no PodDisruptionBudget in ${namespace} selects its pods`,
            `kubectl create poddisruptionbudget obstat -n ${namespace} --selector=app.kubernetes.io/name=obstat --min-available=1`,
          ),
        ]),
  ]
}

const isServing = (pod: Json): boolean => field(pod, 'metadata', 'deletionTimestamp') === undefined && isReady(pod)
