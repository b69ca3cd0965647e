import { field, text } from '../../api/json.ts'
import { changes } from '../../signing/diff.ts'
import { agentOf, serviceAccountOf } from '../agents.ts'
import type { Facts } from '../facts.ts'
import type { Request, User } from '../request.ts'

/** Set by the API server in `userInfo.extra` for a token that is bound to a pod (KEP-4193). */
const POD_NAME = 'authentication.kubernetes.io/pod-name'

/** What a leader writes (coordination.k8s.io/v1 LeaseSpec), and what the API server keeps beside it. */
const RENEWAL = /^\/(spec(\/|$)|metadata\/(managedFields|resourceVersion)(\/|$))/

/**
 * Is this the agent taking, renewing or giving back a Lease of its own: in its home namespace, new, held by nobody or
 * by itself, and nothing but its spec? Whose it is says the stored holder, which a replica of the agent wrote.
 */
export function isOwnLease(request: Request, facts: Facts): boolean {
  const home = agentOf(facts, request.user).homeNamespace
  if (home === '' || request.namespace !== home) return false
  if (request.operation === 'CREATE') return true
  return (
    isOwnHolder(text(request.oldObject, 'spec', 'holderIdentity'), request.user) &&
    field(request.oldObject, 'metadata', 'deletionTimestamp') === undefined &&
    changes(request.oldObject, request.object).every(({ path }) => RENEWAL.test(path))
  )
}

/**
 * client-go's leader election writes `<pod>` or `<pod>_<uuid>`. Replicas differ in what a Deployment or StatefulSet
 * puts at the end of a pod's name; where the API server does not know the pod, the ServiceAccount's name stands for it.
 */
function isOwnHolder(holder: string, user: User): boolean {
  if (holder === '') return true
  const pods = user.extra.get(POD_NAME) ?? []
  const account = serviceAccountOf(user.username)?.name ?? ''
  const stems = pods.length > 0 ? pods.flatMap(stemsOf) : [account]
  return stems.some(
    (stem) => stem !== '' && (holder === stem || (holder.startsWith(stem) && /[-_.]/.test(holder.charAt(stem.length)))),
  )
}

/** A pod's name, without its last part, and without the hash of a ReplicaSet before that (rand.SafeEncodeString). */
function stemsOf(pod: string): readonly string[] {
  const workload = /^(.+)-[^-]+$/.exec(pod)?.[1] ?? pod
  return [pod, workload, /^(.+)-[bcdf-hj-np-tv-xz2-9]{6,10}$/.exec(workload)?.[1] ?? workload]
}
