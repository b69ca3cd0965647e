import { PROTECTED_LABEL } from '../api/names.ts'
import { celList, celString } from './cel.ts'

/** One entry of `variables` of a ValidatingAdmissionPolicy: evaluated when it is first asked for. */
export interface Variable {
  readonly name: string
  readonly expression: string
}

/** What the API server sets anew at each write of an object's metadata. */
const WRITTEN = ['managedFields', 'resourceVersion']
/** How a recorder counts an Event on (client-go tools/record and tools/events). */
const COUNTED = ['count', 'lastTimestamp', 'series', 'deprecatedCount', 'deprecatedLastTimestamp']
/** Set by the API server in `userInfo.extra` for a token that is bound to a pod (KEP-4193). */
const POD_NAME = 'authentication.kubernetes.io/pod-name'

/** Both sides have the same keys with equal values, but for these. Both must be maps. */
const isSameBut = (path: string, except: readonly string[]): string =>
  `(object${path}.all(k, k in ${celList(except)} || (k in oldObject${path} && oldObject${path}[k] == object${path}[k]))` +
  ` && oldObject${path}.all(k, k in ${celList(except)} || k in object${path}))`

/** A name without what a workload puts behind its last dash. */
const shortened = (name: string): string =>
  `(${name}.contains('-') ? ${name}.substring(0, ${name}.lastIndexOf('-')) : ${name})`

/** Owners of fields, without the times of their writes. */
const owners = (side: string): string =>
  `${side}.metadata.?managedFields.orValue([])` +
  '.map(m, [m.?manager, m.?operation, m.?apiVersion, m.?subresource, m.?fieldsV1])'

/**
 * The class Observe as far as CEL can prove it, in the last variable; `policy/harmless` is what it follows. Reads and
 * reviews of rights never reach an admission policy. Left out: an agent's own token, which a kubelet gets for it, and
 * the annotation that carries an approval, which nobody would look at. Nothing here errors, whatever is missing.
 */
export const observeVariables = (ownNamespace: string): readonly Variable[] => [
  { name: 'user', expression: "request.userInfo.?username.orValue('')" },
  { name: 'place', expression: "request.?namespace.orValue('')" },
  {
    name: 'resource',
    expression: "request.resource.group + '/' + request.resource.resource + '/' + request.?subResource.orValue('')",
  },
  {
    // Something that is going could be let go by a write that changes nothing.
    name: 'isSameMetadata',
    expression:
      "request.operation == 'UPDATE' && has(object.metadata) && has(oldObject.metadata)" +
      ` && !has(oldObject.metadata.deletionTimestamp) && ${isSameBut('.metadata', WRITTEN)}`,
  },
  {
    name: 'isEvent',
    expression:
      "variables.resource in ['/events/', 'events.k8s.io/events/'] && (request.operation == 'CREATE'" +
      ` || (variables.isSameMetadata && ${isSameBut('', ['metadata', ...COUNTED])}))`,
  },
  {
    name: 'isHome',
    expression:
      "variables.place != '' && variables.user.startsWith('system:serviceaccount:' + variables.place + ':')" +
      ` && !variables.place.startsWith('kube-') && variables.place != ${celString(ownNamespace)}` +
      ` && namespaceObject.?metadata.?labels[?${celString(PROTECTED_LABEL)}].orValue('') != 'true'`,
  },
  { name: 'pods', expression: `request.userInfo.?extra[?${celString(POD_NAME)}].orValue([])` },
  { name: 'workloads', expression: `variables.pods.map(p, ${shortened('p')})` },
  {
    // Of a Deployment's pods: without the hash of the ReplicaSet too (rand.SafeEncodeString).
    name: 'deployments',
    expression: `variables.workloads.map(w, w.matches('^.+-[bcdf-hj-np-tv-xz2-9]{6,10}$') ? ${shortened('w')} : w)`,
  },
  {
    name: 'stems',
    expression:
      "variables.pods.size() == 0 ? [variables.user.substring(variables.user.lastIndexOf(':') + 1)]" +
      ' : variables.pods + variables.workloads + variables.deployments',
  },
  { name: 'holder', expression: "oldObject.?spec.?holderIdentity.orValue('')" },
  {
    name: 'isHolder',
    expression:
      "variables.holder == '' || variables.stems.exists(s, s != '' && (variables.holder == s" +
      " || ['-', '_', '.'].exists(c, variables.holder.startsWith(s + c))))",
  },
  {
    name: 'isLease',
    expression:
      "variables.resource == 'coordination.k8s.io/leases/' && variables.isHome && (request.operation == 'CREATE'" +
      ` || (variables.isSameMetadata && variables.isHolder && ${isSameBut('', ['metadata', 'spec'])}))`,
  },
  {
    // The answer to a write of a Secret is the Secret.
    name: 'isUnchanged',
    expression:
      "variables.isSameMetadata && variables.resource != '/secrets/'" +
      ` && ${isSameBut('', ['metadata'])} && ${owners('object')} == ${owners('oldObject')}`,
  },
  { name: 'isObserved', expression: 'variables.isEvent || variables.isLease || variables.isUnchanged' },
]
