import { field } from '../../api/json.ts'
import { isAlike } from '../objects/equal.ts'
import { described, labelChanges, titleOf } from '../objects/metadata.ts'
import type { Request } from '../request.ts'
import type { Rule } from '../rule.ts'
import { found } from '../rule.ts'

/** Annotations by which a controller copies Secrets and ConfigMaps between Namespaces. */
const KEYS: readonly RegExp[] = [
  // github.com/mittwald/kubernetes-replicator
  /^replicator\.v1\.mittwald\.de\//,
  // github.com/emberstack/kubernetes-reflector
  /^reflector\.v1\.k8s\.emberstack\.com\//,
  // github.com/kubeops/config-syncer
  /^(kubed|config-syncer)\.appscode\.com\/sync/,
]

/**
 * Kinds that say nothing else. Source: external-secrets.io PushSecret; secretgen.carvel.dev; projectcontour.io;
 * capsule.clastix.io.
 */
const COPIERS = [
  ['external-secrets.io', 'pushsecrets'],
  ['secretgen.carvel.dev', 'secretexports'],
  ['secretgen.carvel.dev', 'secretimports'],
  ['secretgen.carvel.dev', 'secrettemplates'],
  ['projectcontour.io', 'tlscertificatedelegations'],
  ['capsule.clastix.io', 'tenantresources'],
] as const

/**
 * Replicators copy a Secret into whichever object asks for it by an annotation, and a Secret out to wherever it says:
 * with one, an agent reads what another Namespace keeps. Some do it by kinds of their own, which say nothing else, and
 * so do those that write a Secret to a store outside. Reads the annotations of both sides, of new objects too.
 */
export const secretCopied: Rule = {
  id: 'secret-copied',
  remedy: 'Ask for the Secret that you need; a person decides where copies go.',
  raises: 'Destructive',
  matches: [['', 'secrets'] as const, ['', 'configmaps'] as const, ...COPIERS].map(([group, resource]) => ({
    operations: ['CREATE', 'UPDATE'],
    group,
    resource,
  })),
  find: (request) => {
    if (request.group !== '')
      return isOther(request) ? found(`writes ${titleOf(request)}, by which Secrets are copied`) : null
    const [change] = labelChanges(request, (key) => KEYS.some((test) => test.test(key)))
    return change === undefined
      ? null
      : found(`${described(change)}: a controller copies it between namespaces by this`)
  },
}

const isOther = ({ operation, oldObject, object }: Request): boolean =>
  operation === 'CREATE' || !isAlike(field(oldObject, 'spec'), field(object, 'spec'))
