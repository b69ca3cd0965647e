import { described, labelChanges } from '../objects/metadata.ts'
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
 * Replicators copy a Secret into whichever object asks for it by an annotation, and a Secret out to wherever it says: with
 * one, an agent reads what another Namespace keeps. Reads the annotations of both sides, of new objects too.
 */
export const secretCopied: Rule = {
  id: 'secret-copied',
  remedy: 'Ask for the Secret that you need; a person decides where copies go.',
  raises: 'Destructive',
  matches: [
    { operations: ['CREATE', 'UPDATE'], group: '', resource: 'secrets' },
    { operations: ['CREATE', 'UPDATE'], group: '', resource: 'configmaps' },
  ],
  find: (request) => {
    const [change] = labelChanges(request, (key) => KEYS.some((test) => test.test(key)))
    return change === undefined
      ? null
      : found(`${described(change)}: a controller copies it between namespaces by this`)
  },
}
