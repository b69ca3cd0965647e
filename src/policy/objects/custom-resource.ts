import type { Request } from '../request.ts'

/** API groups that kube-apiserver itself serves (kubernetes/pkg/controlplane, v1.36, and the retired ones). */
const BUILT_IN: ReadonlySet<string> = new Set([
  '',
  'admissionregistration.k8s.io',
  'apiextensions.k8s.io',
  'apiregistration.k8s.io',
  'apps',
  'authentication.k8s.io',
  'authorization.k8s.io',
  'autoscaling',
  'batch',
  'certificates.k8s.io',
  'coordination.k8s.io',
  'discovery.k8s.io',
  'events.k8s.io',
  'extensions',
  'flowcontrol.apiserver.k8s.io',
  'internal.apiserver.k8s.io',
  'networking.k8s.io',
  'node.k8s.io',
  'policy',
  'rbac.authorization.k8s.io',
  'resource.k8s.io',
  'scheduling.k8s.io',
  'storage.k8s.io',
  'storagemigration.k8s.io',
])

/** Is the object one that some other controller gives its meaning to? */
export const isCustomResource = (request: Request): boolean => !BUILT_IN.has(request.group)

/** Is `group` this domain or below it? `x.crossplane.io` is under `crossplane.io`; `evilcrossplane.io` is not. */
export const isUnder = (group: string, domain: string): boolean => group === domain || group.endsWith(`.${domain}`)
